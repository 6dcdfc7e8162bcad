"""Stripe.js and its frames. https://docs.stripe.com/js"""

from aiohttp import web

from sandbox.browser.pages import STATIC, static_page

_FRAMES = {
    "/v3/controller": "controller.html",
    "/v3/elements/payment": "payment.html",
    "/v3/elements/address": "address.html",
}


async def library(_request: web.Request) -> web.StreamResponse:
    """The script that a payment page loads."""
    headers = {"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-cache"}
    return web.FileResponse(STATIC / "stripe.js", headers=headers)


async def frame(request: web.Request) -> web.StreamResponse:
    """A frame that the script opens in the payment page."""
    return static_page(_FRAMES[request.path], framed=True)


ROUTES = [
    web.get("/stripe.js", library),
    web.get("/{release}/stripe.js", library),
    web.get("/v3", library),
    web.get("/v3/", library),
    *(web.get(path, frame) for path in _FRAMES),
]
