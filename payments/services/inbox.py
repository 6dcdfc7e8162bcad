"""The inbox: each event of Stripe's is stored once before it is acknowledged, and can be handled again."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.db.models import QuerySet

from config.base import audit
from config.base.actor import Actor
from config.base.clock import real_now
from payments.models import InboxEvent
from payments.services import inbox_entries
from payments.services.inbox_entries import Entry, Status

_FIELDS = tuple(field.name for field in fields(Entry))
_COLUMNS = tuple(name for name in _FIELDS if name not in {"account", "status"})
_OURS = """SELECT id FROM base_stripeaccount
           WHERE livemode = %(livemode)s AND (%(account)s = '' OR stripe_id = %(account)s) ORDER BY id LIMIT 1"""
# One statement that commits by itself: when the database goes away, nothing is half done. The account is looked up
# in it; an event of a connected account that is not ours is kept, and ignored.
_INSERT = f"""
    INSERT INTO payments_inboxevent ({", ".join(_COLUMNS)}, account_id, status, next_try_at, tries)
    VALUES ({", ".join(f"%({name})s" for name in _COLUMNS)}, ({_OURS}),
            CASE WHEN %(account)s <> '' AND NOT EXISTS ({_OURS}) THEN 'ignored' ELSE %(status)s END,
            %(received_at)s, 0)
    ON CONFLICT (stripe_id) DO NOTHING
"""  # noqa: S608 - the names of our own columns


def receive(payload: bytes, *, source: str) -> bool:
    """Store an event as it arrived; False when it was here before. Raises NotAnEvent.

    A kept connection is not probed before: the INSERT finds it dead, and may be sent again by a new one.
    """
    entry = inbox_entries.read(payload, source=source)
    connection.health_check_done = True  # type: ignore[attr-defined]  # django-stubs do not know it
    try:
        return store([entry]) == 1
    except (InterfaceError, OperationalError):
        connection.close()
        return store([entry]) == 1


def store(entries: Iterable[Entry]) -> int:
    """Store those that were not here before; how many those were."""
    new = 0
    with connection.cursor() as cursor:
        for entry in entries:
            cursor.execute(_INSERT, _values(entry))
            new += cursor.rowcount
    return new


def replay(events: QuerySet[InboxEvent], *, by: Actor, reason: str = "") -> int:
    """Put events back to waiting, each with its audit line; how many. Handling them again changes nothing."""
    return sum(_replay(event, by=by, reason=reason) for event in events.iterator())


def replayable(*, stripe_id: str = "", is_parked: bool = False, since: datetime | None = None) -> QuerySet[InboxEvent]:
    """The events that a replay may put back, oldest first, narrowed by what is given."""
    found = InboxEvent.objects.filter(status__in=_REPLAYABLE).order_by("id")
    if stripe_id:
        found = found.filter(stripe_id=stripe_id)
    if is_parked:
        found = found.filter(status=Status.PARKED)
    return found.filter(received_at__gte=since) if since else found


_REPLAYABLE = (Status.HANDLED, Status.PARKED, Status.UNHANDLED)


def _values(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _FIELDS}


def _replay(event: InboxEvent, *, by: Actor, reason: str) -> bool:
    """The root is read anew: the table may know the type by now."""
    fate = {"status": Status.WAITING, "root_kind": event.root_kind, "root_id": event.root_id}
    if event.body:
        fate = inbox_entries.fate(event.body)
    if fate["status"] != Status.WAITING:
        return False
    return audit.move(
        event,
        from_=_REPLAYABLE,
        to=Status.WAITING,
        by=by,
        reason=reason,
        root_kind=fate["root_kind"],
        root_id=fate["root_id"],
        tries=0,
        next_try_at=real_now(),
        handled_at=None,
        last_error="",
    )
