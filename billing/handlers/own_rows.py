"""The row of ours that a snapshot is about: found, taken over from a bare one, and written with its story."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from config.base import audit, domain_events
from config.base.actor import Actor
from config.base.clock import real_now
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.handlers import rows
from payments.models import OutboundCall
from payments.stripe_fields import our_id

Row = TypeVar("Row", bound=Model)


def found(locked: QuerySet[Row], body: JsonObject, *, account: StripeAccount, by: Actor) -> Row | None:
    """The row with this object's id; else the one that asked for it, by our id in the metadata.

    A reference may come before the answer that links our own row: what hangs on the bare row then moves to ours.
    """
    known: Any = locked.filter(stripe_id=body["id"]).first()
    ours = our_id(body)
    if not ours or (known and known.stripe_created_at):
        return known  # type: ignore[no-any-return]
    asked: Any = locked.filter(account=account, public_id=ours, stripe_id=None).first()
    if known and asked:
        _hand_over(known, asked, by=by)
    return asked or known  # type: ignore[no-any-return]


def record(
    row: Any,
    *,
    status: str,
    facts: dict[str, Any],
    by: Actor,
    source: str,
    noun: str,
    moved: Callable[[str, str], list[str]],
    story: Callable[[Any], dict[str, Any]],
    also_changed: bool = False,
) -> bool:
    """Write the row and tell what became of it; whether it is new or differs from before.

    `moved`: the words for a move from one status to another ("" for a new row). A row that only differs is
    told of as updated.
    """
    was = "" if row._state.adding else row.status
    is_new = row.stripe_created_at is None
    changed = sorted(name for name, value in facts.items() if getattr(row, name) != value)
    rows.write(row, status=status, facts=facts, by=by)
    types = [f"{noun}.created"] if is_new else []
    if was != status:
        types += [f"{noun}.{word}" for word in moved(was, status)]
    elif not is_new and (changed or also_changed):
        types.append(f"{noun}.updated")
    domain_events.append_all(row, types=types, by=by, source=source, data=story(row))
    return bool(types)


def is_late(row: Any, *, action: str) -> bool:
    """Whether Stripe's object shows up only after whoever asked for it had stopped waiting."""
    if row._state.adding or row.stripe_id or row.status not in {"unknown", "rejected"}:
        return False
    if row.status == "rejected":
        return True
    calls = OutboundCall.objects.filter(subject_id=row.public_id, action=action)
    return row.status == "unknown" and calls.filter(valid_until__lt=real_now()).exists()


def _hand_over(bare: Any, asked: Any, *, by: Actor) -> None:
    for relation in type(bare)._meta.related_objects:
        hanging = relation.related_model._default_manager.filter(**{relation.field.name: bare})
        hanging.update(**{relation.field.name: asked})
    audit.move(bare, from_=[bare.status], to="rejected", by=by, reason=f"is {asked.public_id}", stripe_id=None)
