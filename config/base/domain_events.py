"""Domain events: each move appends what happened, in its own transaction.

That is an object's timeline and the feed `GET /api/v1/events?after=`.
"""

from typing import Any, Protocol

from django.db import connection
from psycopg.types.json import Jsonb

from config.base import clock
from config.base.actor import Actor
from config.base.ids import public_id
from config.base.models import DomainEvent

_COLUMNS = (
    "public_id, account_id, type, object_type, object_id, source, data, actor_kind, actor_id, actor_label, "
    "request_id, created_at"
)
# The next number of the story, whether this source has told it, and the row itself, in one statement.
_APPEND = f"""
    INSERT INTO base_domainevent ({_COLUMNS}, sequence)
    SELECT {", ".join(f"%({name})s" for name in _COLUMNS.split(", "))}, COALESCE(MAX(sequence), 0) + 1
    FROM base_domainevent WHERE object_id = %(object_id)s
    HAVING COUNT(*) FILTER (WHERE source = %(source)s AND type = %(type)s AND source <> '') = 0
    RETURNING id, sequence, transaction_id
"""  # noqa: S608 - the names of our own columns


class Storied(Protocol):
    """A row with an id for the outside and an account."""

    public_id: Any
    account_id: Any


def append(
    row: Storied, *, type: str, by: Actor, data: dict[str, Any] | None = None, source: str = ""
) -> DomainEvent | None:
    """Append an event to the row's story; None if this `source` has told it already.

    The caller holds the row's lock (it has just updated it), so sequences have no gaps. `data` carries ids, states
    and amounts, no personal data.
    """
    told = data or {}
    values = {
        "public_id": public_id("event"),
        "account_id": row.account_id,
        "type": type,
        "object_type": type.partition(".")[0],
        "object_id": row.public_id,
        "source": source,
        "actor_kind": by.kind.value,
        "actor_id": by.id,
        "actor_label": by.label,
        "request_id": by.request_id,
        "created_at": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, values | {"data": Jsonb(told)})
        appended = cursor.fetchone()
    if appended is None:
        return None
    number, sequence, transaction_id = appended
    return DomainEvent(id=number, sequence=sequence, transaction_id=transaction_id, data=told, **values)
