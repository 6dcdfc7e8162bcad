"""Events of the last thirty days."""

import fnmatch

from sandbox.calls import Call
from sandbox.errors import InvalidParameters, resource_missing
from sandbox.json_types import Json
from sandbox.lists import created_matches, page
from sandbox.routing import Route
from sandbox.world import World

_MAX_TYPES = 20


def retrieve(world: World, call: Call) -> Json:
    """One event, for thirty days."""
    row = world.store.find("event", call.id)
    if row is None or not world.is_recent(row):
        raise resource_missing("event", call.id, status=404)
    return row


def list_(world: World, call: Call) -> Json:
    """Events, newest first; filters: type (``charge.*``), types, delivery_success, created."""
    params, created = call.params, created_matches(call)
    if "type" in params and "types" in params:
        raise InvalidParameters("You may only specify one of these parameters: type, types.", param="types")
    if len(params.get("types", ())) > _MAX_TYPES:
        raise InvalidParameters(f"You may pass up to {_MAX_TYPES} types.", param="types")
    types = params.get("types") or ([params["type"]] if "type" in params else None)
    delivered = params.get("delivery_success")

    def keep(row: Json) -> bool:
        if types is not None and not any(fnmatch.fnmatchcase(row["type"], t) for t in types):
            return False
        if delivered is not None and (row["pending_webhooks"] == 0) != delivered:
            return False
        return created(row)

    return page(call, world.recent_events(), noun="event", keep=keep)


ROUTES = [
    Route(method="GET", path="/v1/events", handler=list_, params="EventListParams"),
    Route(method="GET", path="/v1/events/{id}", handler=retrieve),
]
