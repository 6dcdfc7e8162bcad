"""The sandbox's own page for people, and the objects that it shows."""

from itertools import dropwhile, islice

from aiohttp import web

from sandbox.browser.pages import static_page
from sandbox.control import WORLD
from sandbox.json_types import Json

_PAGE = 50


async def show(_request: web.Request) -> web.StreamResponse:
    """The page."""
    return static_page("console.html", framed=False)


async def list_objects(request: web.Request) -> web.Response:
    """Objects of a kind, newest first, older than `before`."""
    world, before = request.app[WORLD], request.query.get("before")
    rows = world.store.newest_first(_kind(request))
    if before:
        rows = islice(dropwhile(lambda row: row["id"] != before, rows), 1, None)
    found = list(islice(rows, _PAGE + 1))
    answer: Json = {"objects": found[:_PAGE], "more": len(found) > _PAGE}
    return web.json_response(answer)


async def get_object(request: web.Request) -> web.Response:
    """One object as it is."""
    found = request.app[WORLD].store.find(_kind(request), request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound(text="No such object.")
    return web.json_response(found)


def _kind(request: web.Request) -> str:
    """The kind in the address; ours, which start with an underscore, are not shown."""
    kind = request.match_info["kind"]
    if kind.startswith("_"):
        raise web.HTTPNotFound(text="No such kind.")
    return kind


ROUTES = [
    web.get("/", show),
    web.get("/_sandbox/objects/{kind}", list_objects),
    web.get("/_sandbox/objects/{kind}/{id}", get_object),
]
