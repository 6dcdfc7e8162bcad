"""The sandbox as one aiohttp application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from . import control, hosted_pages, invoice_pages, opening
from .api import Api
from .browser import routes as browser
from .capture import Capture, middleware
from .config import Config
from .control import API, WORLD
from .deliveries import Dispatcher
from .operations import REACTIONS, ROUTES, TASKS
from .routing import Router
from .world import World

_TICK_SECONDS = 0.05
_MAX_BODY_BYTES = 4 * 1024 * 1024


async def _ticking(world: World, dispatcher: Dispatcher) -> None:
    """Let time pass: do what has become due since the last tick."""
    while True:
        await asyncio.sleep(_TICK_SECONDS)
        world.begin()
        if world.announced:
            dispatcher.collect()


def create_app(config: Config) -> web.Application:
    """A sandbox with its own store, ready to be served."""
    world = World(config, TASKS, REACTIONS)
    opening.begin(world)
    capture = Capture.from_environment()
    dispatcher = Dispatcher(world, capture)
    api = Api(world, Router(ROUTES), dispatcher)

    async def lifetime(_app: web.Application) -> AsyncIterator[None]:
        await dispatcher.start()
        ticking = asyncio.create_task(_ticking(world, dispatcher))
        yield
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
        await dispatcher.stop()
        world.store.close()

    app = web.Application(client_max_size=_MAX_BODY_BYTES, middlewares=[middleware(capture)])
    app[WORLD], app[API] = world, api
    app.cleanup_ctx.append(lifetime)
    control.add_routes(app)
    browser.add_routes(app)
    app.router.add_routes(hosted_pages.ROUTES)
    app.router.add_routes(invoice_pages.ROUTES)
    app.router.add_route("*", "/v1/{rest:.*}", api.handle)
    return app
