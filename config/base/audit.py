"""State moves and their audit lines, together or not at all."""

from collections.abc import Collection
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model

from config.base.actor import Actor, ActorKind


def move(
    row: Model,
    *,
    from_: Collection[str],
    to: str,
    by: Actor,
    reason: str = "",
    field: str = "status",
    **also: Any,
) -> bool:
    """Move `row.field` from one of `from_` to `to`, setting `also` with it, and write the audit line.

    False when the row was not (any more) in `from_`: somebody was faster, and nothing was changed.
    """
    old = getattr(row, field)
    manager = type(row)._default_manager
    with transaction.atomic():
        changed = manager.filter(pk=row.pk, **{f"{field}__in": list(from_)}).update(**{field: to}, **also)
        if not changed:
            return False
        record(row, changes={field: [old, to]}, by=by, reason=reason)
    for name, value in {field: to, **also}.items():
        setattr(row, name, value)
    return True


def record(row: Model, *, changes: dict[str, list[Any]], by: Actor, reason: str = "") -> None:
    """Append an audit line for changes made without `save()`. Ids and states only: no personal data."""
    LogEntry.objects.create(
        content_type=ContentType.objects.get_for_model(row),
        object_pk=str(row.pk),
        object_id=row.pk,
        object_repr=getattr(row, "public_id", str(row.pk)),
        action=LogEntry.Action.UPDATE,
        changes=changes,
        actor_id=int(by.id) if by.kind is ActorKind.STAFF else None,
        additional_data={"actor": str(by), "reason": reason, "request_id": by.request_id},
    )


def hidden(_: str) -> str:
    """What stands in a line for a value that nobody may read there, such as a password."""
    return "•••"
