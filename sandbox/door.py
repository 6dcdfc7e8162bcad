"""What every part of the control door shares: the body, the answer, the refusal."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from .api import Api
from .errors import ApiError
from .json_types import Json
from .world import World

WORLD: web.AppKey[World] = web.AppKey("world", World)
API: web.AppKey[Api] = web.AppKey("api", Api)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Work = Callable[[World, Json], Json]


async def body_of(request: web.Request) -> Json:
    """The JSON object that was sent; nothing is an empty one."""
    if not request.can_read_body:
        return {}
    try:
        body = await request.json()
    except ValueError as error:
        raise web.HTTPBadRequest(text="The body must be JSON.") from error
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="The body must be a JSON object.")
    return body


def happened(request: web.Request, answer: Json) -> web.Response:
    """Keep what was done, send its events, answer."""
    request.app[WORLD].store.flush()
    request.app[API].dispatcher.collect()
    return web.json_response(answer)


def refused(why: object) -> web.Response:
    """400 with the reason."""
    return web.json_response({"error": str(why)}, status=400)


def doing(work: Work) -> Answer:
    """A door that does one piece of work, whole or not at all; what the work cannot do is refused."""

    async def answer(request: web.Request) -> web.Response:
        body, world = await body_of(request), request.app[WORLD]
        world.begin()
        try:
            return happened(request, work(world, body))
        except (ApiError, ArithmeticError, KeyError, TypeError, ValueError) as error:
            world.rollback()
            world.store.undo_unsaved()
            return refused(f"{error.args[0]} is missing" if isinstance(error, KeyError) else error)

    return answer
