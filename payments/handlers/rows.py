"""The row of ours that a snapshot is about: found, and written."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from config.base import audit
from config.base.actor import Actor
from payments.failures import JsonObject
from payments.stripe_fields import our_id

Row = TypeVar("Row", bound=Model)


def found(rows: QuerySet[Row], body: JsonObject, **owner: Any) -> Row | None:
    """The row with this object's id; else the owner's that asked for it, by our id in the metadata."""
    known = rows.filter(stripe_id=body["id"]).first()
    if known is None and (ours := our_id(body)):
        known = rows.filter(public_id=ours, stripe_id=None, **owner).first()
    return known


def write(row: Any, *, status: str, facts: dict[str, Any], by: Actor) -> None:
    """Insert a new row; move one whose status is another now, with its audit line; else change what differs."""
    changed = {name: value for name, value in facts.items() if getattr(row, name) != value}
    was = row.status
    for name, value in changed.items():
        setattr(row, name, value)
    if row._state.adding:
        row.status = status
        row.save(force_insert=True)
    elif status != was:
        audit.move(row, from_=[was], to=status, by=by, **changed)
    elif changed:
        type(row)._default_manager.filter(pk=row.pk).update(**changed)
