"""Domain events: each move appends what happened, in its own transaction.

That is an object's timeline and the feed `GET /api/v1/events?after=`.
"""

from typing import Any, Protocol

from django.db.models import Count, Max, Q

from config.base.actor import Actor
from config.base.models import DomainEvent, StripeAccount


class Storied(Protocol):
    """A row with an id for the outside and an account."""

    public_id: Any
    account: Any


def append(
    row: Storied, *, type: str, by: Actor, data: dict[str, Any] | None = None, source: str = ""
) -> DomainEvent | None:
    """Append an event to the row's story; None if this `source` has told it already.

    The caller holds the row's lock (it has just updated it), so sequences have no gaps. `data` carries ids, states
    and amounts, no personal data.
    """
    story = DomainEvent.objects.filter(object_id=row.public_id)
    told = Count("pk", filter=Q(source=source, type=type) & ~Q(source=""))
    so_far = story.aggregate(last=Max("sequence"), told=told)
    if so_far["told"]:
        return None
    account: StripeAccount = row.account
    return DomainEvent.objects.create(
        account=account,
        type=type,
        object_type=type.partition(".")[0],
        object_id=row.public_id,
        sequence=(so_far["last"] or 0) + 1,
        source=source,
        data=data or {},
        actor_kind=by.kind,
        actor_id=by.id,
        actor_label=by.label,
        request_id=by.request_id,
    )
