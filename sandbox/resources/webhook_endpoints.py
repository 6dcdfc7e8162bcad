"""Webhook endpoints; the secret is shown once."""

from urllib.parse import urlsplit

from sandbox import finding
from sandbox.calls import Call
from sandbox.config import API_VERSION
from sandbox.errors import ApiError, InvalidParameters
from sandbox.json_types import Json
from sandbox.lists import page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World

MAXIMUM = 16


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ApiError(
            "Invalid URL: An explicit scheme (such as https) must be provided.", code="url_invalid", param="url"
        )


def _check_events(types: list[str]) -> None:
    if not types:
        raise InvalidParameters("You must enable at least one event.", code="parameter_missing", param="enabled_events")
    if "*" in types and len(types) > 1:
        raise InvalidParameters("You may pass either `*` or a list of event types, not both.", param="enabled_events")


def _new_secret(world: World) -> str:
    return f"whsec_{world.ids.text(32)}"


def create(world: World, call: Call) -> Json:
    """An endpoint; the answer alone carries its secret."""
    params = call.params
    _check_url(params["url"])
    _check_events(params["enabled_events"])
    _check_version(params)
    if world.store.count("webhook_endpoint") >= MAXIMUM:
        raise ApiError(
            f"You have reached the maximum of {MAXIMUM} test webhook endpoints.",
        )
    row: Json = {
        "id": world.ids.new("we"),
        "object": "webhook_endpoint",
        "api_version": params.get("api_version"),
        "application": None,
        "created": world.clock.now(),
        "description": params.get("description") or None,
        "enabled_events": params["enabled_events"],
        "livemode": False,
        "metadata": merged({}, params.get("metadata")),
        "status": "enabled",
        "url": params["url"],
    }
    world.save(row)
    secret = _new_secret(world)
    world.save(
        {
            "object": "_endpoint_secret",
            "id": row["id"],
            "secrets": [{"secret": secret, "expires_at": None}],
        }
    )
    return {**row, "secret": secret}


def _check_version(params: Json) -> None:
    version = params.get("api_version")
    if version not in (None, API_VERSION):
        raise ApiError(f"The local Stripe sends webhooks of {API_VERSION} only.", param="api_version")
    if params.get("connect"):
        raise ApiError("The local Stripe has no connected accounts.", param="connect")


def roll_secret(world: World, endpoint_id: str, overlap_seconds: int) -> str:
    """A new secret; the old ones sign on for the overlap."""
    row = world.store.get("_endpoint_secret", endpoint_id)
    until = world.clock.now() + overlap_seconds
    for entry in row["secrets"]:
        entry["expires_at"] = min(entry["expires_at"] or until, until)
    secret = _new_secret(world)
    row["secrets"].insert(0, {"secret": secret, "expires_at": None})
    world.save(row)
    return secret


def retrieve(world: World, call: Call) -> Json:
    """The endpoint, without its secret."""
    return finding.one(world, "webhook_endpoint", call.id, status=404)


def update(world: World, call: Call) -> Json:
    """URL, events, description, metadata, and whether it is disabled."""
    row, params = finding.one(world, "webhook_endpoint", call.id, status=404), call.params
    if "url" in params:
        _check_url(params["url"])
        row["url"] = params["url"]
    if "enabled_events" in params:
        _check_events(params["enabled_events"])
        row["enabled_events"] = params["enabled_events"]
    if "description" in params:
        row["description"] = params["description"] or None
    if "disabled" in params:
        row["status"] = "disabled" if params["disabled"] else "enabled"
    row["metadata"] = merged(row["metadata"], params.get("metadata"))
    world.save(row)
    return row


def delete(world: World, call: Call) -> Json:
    """Forget the endpoint."""
    row = finding.one(world, "webhook_endpoint", call.id, status=404)
    world.store.delete(row)
    return {"id": row["id"], "object": "webhook_endpoint", "deleted": True}


def list_(world: World, call: Call) -> Json:
    """Endpoints, newest first."""
    return page(call, world.store.newest_first("webhook_endpoint"), noun="webhook_endpoint")


_PATH = "/v1/webhook_endpoints"
_ONE = f"{_PATH}/{{id}}"
ROUTES = [
    Route(method="POST", path=_PATH, handler=create, params="WebhookEndpointCreateParams"),
    Route(method="GET", path=_PATH, handler=list_, params="WebhookEndpointListParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="WebhookEndpointUpdateParams"),
    Route(method="DELETE", path=_ONE, handler=delete),
]
