"""Events: what changed, told once, with the object as it stood at that moment."""

import json

from .config import API_VERSION
from .json_types import Json

RETENTION_SECONDS = 30 * 86400


def build(*, id_: str, type_: str, subject: Json, previous: Json | None, created: int, request: Json) -> Json:
    """An event object; ``previous`` only where the type is an update."""
    data: Json = {"object": json.loads(json.dumps(subject))}
    if previous:
        data["previous_attributes"] = previous
    return {
        "id": id_,
        "object": "event",
        "api_version": API_VERSION,
        "created": created,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": request,
        "type": type_,
    }


def wanted_by(endpoint: Json, type_: str) -> bool:
    """Whether a webhook endpoint listens to this type."""
    return endpoint["status"] == "enabled" and (
        "*" in endpoint["enabled_events"] or type_ in endpoint["enabled_events"]
    )
