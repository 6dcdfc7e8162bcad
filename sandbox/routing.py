"""Which function answers a method and a path."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .calls import Call
from .errors import ApiError
from .json_types import Json
from .world import World

Handler = Callable[[World, Call], Json]


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation. ``params`` names its class in stripe.params; None takes ``expand`` only.

    ``public`` operations may be called with a publishable key.
    """

    method: str
    path: str
    handler: Handler
    params: str | None = None
    public: bool = False
    steps: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(self.path.strip("/").split("/")))


class Router:
    """Routes by number of path steps; fixed words win over names in braces."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes: dict[tuple[str, int], list[Route]] = defaultdict(list)
        for route in routes:
            self._routes[route.method, len(route.steps)].append(route)
        for found in self._routes.values():
            found.sort(key=lambda route: sum(step.startswith("{") for step in route.steps))

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and the names in its path; raises 404 as Stripe does."""
        steps = tuple(path.strip("/").split("/"))
        for route in self._routes.get((method, len(steps)), ()):
            names = _names(route.steps, steps)
            if names is not None:
                return route, names
        raise ApiError(
            f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we"
            " can help at https://support.stripe.com/.",
            status=404,
        )


def _names(template: tuple[str, ...], steps: tuple[str, ...]) -> dict[str, str] | None:
    names: dict[str, str] = {}
    for expected, step in zip(template, steps, strict=True):
        if expected.startswith("{"):
            names[expected[1:-1]] = step
        elif expected != step:
            return None
    return names
