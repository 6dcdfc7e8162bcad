"""What products, prices, coupons and promotion codes have in common when they are asked of Stripe."""

from datetime import datetime
from typing import Any

from django.db import transaction

from billing.models.stripe_row import CatalogRow, CatalogStatus
from config.base.actor import Actor
from config.base.errors import DomainError, IllegalState
from payments.failures import JsonObject
from payments.models import OutboundCall
from payments.services import outbound
from payments.stripe_fields import labelled


class InvalidCatalogEntry(DomainError):
    """What was asked does not fit together; `param` names the field."""

    code = "invalid_catalog_entry"
    title = "The catalog cannot hold this"


class NotInCatalog(IllegalState):
    """Stripe has not confirmed the entry yet, never made it, or deleted it."""

    code = "not_in_catalog"
    title = "The entry is not in Stripe's catalog"


def make(row: CatalogRow, *, noun: str, path: str, wish: JsonObject, by: Actor) -> None:
    """Keep the new row and ask Stripe for it; it stays `unknown` when Stripe has not answered.

    Raises StripeFailure when Stripe refused, or was not reached; the row is then `rejected`.
    """
    with transaction.atomic():
        row.save(force_insert=True)
        call = outbound.prepare(
            account=row.account,
            action=f"{noun}.create",
            subject=row,  # type: ignore[arg-type]  # every entry has its public id
            path=path,
            params={**without_gaps(wish), "metadata": labelled(row.metadata, getattr(row, "public_id"))},  # noqa: B009
            by=by,
            root_kind=noun,
        )
    outbound.send_or_raise(call, by=by)
    row.refresh_from_db()


def change(row: CatalogRow, *, noun: str, path: str, wish: JsonObject, by: Actor) -> OutboundCall:
    """Ask Stripe for a change of an entry that it has; in doubt, the call comes back SENT. Raises StripeFailure."""
    return _ask(row, action=f"{noun}.update", path=path, wish=wish, method="POST", by=by)


def delete(row: CatalogRow, *, noun: str, path: str, by: Actor) -> OutboundCall:
    """Ask Stripe to delete it; the row stays, as `deleted`."""
    return _ask(row, action=f"{noun}.delete", path=path, wish={}, method="DELETE", by=by)


def _ask(row: CatalogRow, *, action: str, path: str, wish: JsonObject, method: str, by: Actor) -> OutboundCall:
    with transaction.atomic():
        call = outbound.prepare(
            account=row.account,
            action=action,
            subject=row,  # type: ignore[arg-type]  # every entry has its public id
            path=f"{path}/{stripe_id(row)}",
            params=wish,
            by=by,
            root_kind=action.partition(".")[0],
            root_id=stripe_id(row),
            method=method,
            replies_with_root=method == "POST",
        )
    outbound.send_or_raise(call, by=by)
    row.refresh_from_db()
    return call


def stripe_id(row: CatalogRow) -> str:
    """Stripe's id of an entry that can be used there; raises NotInCatalog."""
    if not row.stripe_id or row.status in {CatalogStatus.DELETED, CatalogStatus.REJECTED}:
        raise NotInCatalog(f"This entry is {row.status}; Stripe cannot use it.")
    return row.stripe_id


def without_gaps(wish: JsonObject) -> JsonObject:
    """Only what was given: Stripe takes an empty text as the wish to clear."""
    return {name: value for name, value in wish.items() if value not in (None, "", [], {})}


def seconds(moment: datetime | None) -> int | None:
    """A moment as Stripe takes it."""
    return None if moment is None else int(moment.timestamp())


def text_or_none(value: Any) -> str | None:
    """A decimal as Stripe takes it: text, so that no digit is lost."""
    return None if value is None else f"{value.normalize():f}"
