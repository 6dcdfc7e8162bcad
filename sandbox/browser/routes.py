"""All addresses that a browser opens."""

from aiohttp import web

from sandbox.browser import console, stripe_js, three_d_secure
from sandbox.browser.pages import STATIC


def add_routes(app: web.Application) -> None:
    """Serve them."""
    app.router.add_routes([*console.ROUTES, *stripe_js.ROUTES, *three_d_secure.ROUTES])
    app.router.add_static("/_sandbox/static/", STATIC)
