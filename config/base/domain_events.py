"""Domain events: each move appends what happened, in its own transaction.

That is an object's timeline and the feed `GET /api/v1/events?after=`.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from django.db import connection
from psycopg.types.json import Jsonb

from config.base import clock
from config.base.actor import Actor
from config.base.ids import public_id

# The next numbers of the story, whether this source has told it, and the rows themselves, in one statement.
_APPEND = """
    INSERT INTO base_domainevent (
        public_id, account_id, type, object_type, object_id, source, data, actor_kind, actor_id, actor_label,
        request_id, created_at, sequence
    ) SELECT
        new.public_id, %(account_id)s, new.type, SPLIT_PART(new.type, '.', 1), %(object_id)s, %(source)s, %(data)s,
        %(actor_kind)s, %(actor_id)s, %(actor_label)s, %(request_id)s, %(created_at)s,
        COALESCE(story.length, 0) + ROW_NUMBER() OVER (ORDER BY new.place)
    FROM UNNEST(%(public_ids)s::text[], %(types)s::text[]) WITH ORDINALITY AS new (public_id, type, place), (
        SELECT MAX(sequence) AS length, ARRAY_AGG(type) FILTER (WHERE source = %(source)s AND source <> '') AS told
        FROM base_domainevent WHERE object_id = %(object_id)s
    ) AS story
    WHERE story.told IS NULL OR new.type <> ALL (story.told)
    RETURNING public_id
"""


class Storied(Protocol):
    """A row with an id for the outside and an account."""

    public_id: Any
    account_id: Any


def append(row: Storied, *, type: str, by: Actor, data: dict[str, Any] | None = None, source: str = "") -> str | None:
    """Append an event to the row's story; its public id, or None if this `source` has told it already.

    The caller holds the row's lock (it has just updated it), so sequences have no gaps. `data` carries ids, states
    and amounts, no personal data.
    """
    return next(iter(append_all(row, types=[type], by=by, data=data, source=source)), None)


def append_all(
    row: Storied, *, types: Sequence[str], by: Actor, data: dict[str, Any] | None = None, source: str = ""
) -> list[str]:
    """As `append`, for several events that happened at once, in this order."""
    if not types:
        return []
    values = {
        "public_ids": [public_id("event") for _ in types],
        "account_id": row.account_id,
        "types": list(types),
        "object_id": row.public_id,
        "source": source,
        "data": Jsonb(data or {}),
        "actor_kind": by.kind.value,
        "actor_id": by.id,
        "actor_label": by.label,
        "request_id": by.request_id,
        "created_at": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, values)
        return [appended for (appended,) in cursor]
