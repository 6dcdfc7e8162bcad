"""Reading what arrived as an event, before it is stored: nothing in it is trusted to have Stripe's shape."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from config.base.clock import real_now
from config.base.errors import DomainError
from config.base.ids import public_id
from payments import event_table, gateway
from payments.failures import JsonObject
from payments.models import InboxEvent

Status = InboxEvent.Status
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
_TYPE = re.compile(r"[a-z0-9_.]{1,100}")


class NotAnEvent(DomainError):
    code = "not_an_event"
    title = "The body is not an event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of the inbox about to be stored. `account`: the connected account that the event names, if any."""

    public_id: str
    account: str
    stripe_id: str
    type: str
    livemode: bool
    api_version: str
    stripe_created_at: datetime
    root_kind: str = ""
    root_id: str = ""
    object_id: str
    request_idempotency_key: str
    body: str
    body_sha256: str
    source: str
    received_at: datetime
    status: str
    last_error: str = ""


def read(payload: bytes, *, source: str) -> Entry:
    """The entry for a raw body; raises NotAnEvent. What is an event but of no use to us is parked, not lost."""
    body, event = _parse(payload)
    now = real_now()
    livemode = event.get("livemode")
    return Entry(
        public_id=public_id("inbox"),
        account=_text(event.get("account"), 255),
        stripe_id=event["id"],
        type=event["type"],
        livemode=livemode if isinstance(livemode, bool) else settings.STRIPE_LIVE_MODE,
        api_version=_text(event.get("api_version"), 40),
        stripe_created_at=_moment(event.get("created")) or now,
        object_id=_text(_object(event).get("id"), 255),
        request_idempotency_key=_text(_dict(event.get("request")).get("idempotency_key"), 255),
        body=gateway.without_secrets(body),
        body_sha256=hashlib.sha256(payload).hexdigest(),
        source=source,
        received_at=now,
        **_fate(event),
    )


def _parse(payload: bytes) -> tuple[str, JsonObject]:
    try:
        text = payload.decode()
        event = json.loads(text)
    except (ValueError, RecursionError):
        raise NotAnEvent("The body is not JSON.") from None
    if not isinstance(event, dict) or event.get("object") != "event":
        raise NotAnEvent("The body is not an event object.")
    if not _matches(_ID, event.get("id")) or not _matches(_TYPE, event.get("type")):
        raise NotAnEvent("The event has no usable id or type.")
    return text, event


def fate(body: str) -> dict[str, str]:
    """What becomes of a stored event by the table as it is now; raises NotAnEvent."""
    return _fate(_parse(body.encode())[1])


def _fate(event: JsonObject) -> dict[str, str]:
    """Its status, its root when it has one, and what is wrong with it."""
    if event.get("livemode") is (not settings.STRIPE_LIVE_MODE):
        return {"status": Status.IGNORED}
    rule = event_table.rule_for(event["type"])
    if faults := _faults(event):
        return {"status": Status.PARKED, "last_error": f"Malformed: {', '.join(faults)}."}
    if rule is None:
        return {"status": Status.UNHANDLED}
    root = event_table.root_of(event)
    if root is None:
        return {"status": Status.UNHANDLED, "last_error": f"It names no {rule.root}."}
    if not _matches(_ID, root.stripe_id):
        return {"status": Status.PARKED, "last_error": f"Malformed: `{rule.id_at}` is no id."}
    return {"status": Status.WAITING, "root_kind": root.kind, "root_id": root.stripe_id}


def _faults(event: JsonObject) -> list[str]:
    return [
        *([] if _moment(event.get("created")) else ["`created` is no time"]),
        *([] if isinstance(event.get("livemode"), bool) else ["`livemode` is neither true nor false"]),
        *([] if _object(event) else ["`data.object` is missing"]),
    ]


def _object(event: JsonObject) -> JsonObject:
    return _dict(_dict(event.get("data")).get("object"))


def _dict(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _text(value: Any, longest: int) -> str:
    """The string, unless PostgreSQL could not keep it."""
    return value if isinstance(value, str) and len(value) <= longest and value.isprintable() else ""


def _moment(seconds: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
