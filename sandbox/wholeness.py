"""Requests that happen whole or not at all."""

from functools import wraps

from .calls import Call
from .errors import ApiError
from .json_types import Json
from .routing import Handler
from .world import World


def or_nothing(handler: Handler) -> Handler:
    """What a refused request had saved before its refusal is taken back."""

    @wraps(handler)
    def handle(world: World, call: Call) -> Json:
        try:
            return handler(world, call)
        except ApiError:
            world.rollback()
            raise

    return handle
