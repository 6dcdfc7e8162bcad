"""Every operation of the API and every piece of work that time brings, on one page."""

from collections.abc import Mapping

from .resources import customers
from .routing import Route
from .world import Task

ROUTES: list[Route] = [
    *customers.ROUTES,
]
TASKS: Mapping[str, Task] = {}
