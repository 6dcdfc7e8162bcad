"""Reading Stripe's JSON: what is absent, null, an id or an expanded object, made one shape."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model

from payments.failures import JsonObject

LABEL = "counterfoil_id"


def text(body: JsonObject, key: str) -> str:
    """A string field; empty where Stripe has null or nothing."""
    return body.get(key) or ""


def nested(body: JsonObject, key: str) -> JsonObject:
    """An object field; empty where Stripe has null, nothing, or only its id."""
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def reference(body: JsonObject, key: str) -> str:
    """The id of a referred object, expanded or not; empty where there is none."""
    value: Any = body.get(key)
    return (value.get("id") if isinstance(value, dict) else value) or ""


def moment(seconds: int | None) -> datetime | None:
    """A Unix time of Stripe's."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def our_id(body: JsonObject) -> str:
    """The public id of the row of ours that asked for this object; empty where that was somebody else."""
    return text(nested(body, "metadata"), LABEL)


def metadata(body: JsonObject) -> JsonObject:
    """The metadata that its owner gave the object: without our label."""
    return {key: value for key, value in nested(body, "metadata").items() if key != LABEL}


def labelled(given: Mapping[str, str], public_id: str) -> dict[str, str]:
    """Metadata to send: our label in it lets the object be found again when Stripe's answer was lost."""
    return {**given, LABEL: public_id}


def fitting(model: type[Model], facts: dict[str, Any]) -> dict[str, Any]:
    """Facts for a row of `model`, each text cut to what its column holds: a fact is recorded, never refused."""
    return {
        name: _cut(value, getattr(model._meta.get_field(name), "max_length", None)) for name, value in facts.items()
    }


def _cut(value: Any, longest: int | None) -> Any:
    return value[:longest] if longest and isinstance(value, str) else value
