"""What the state handlers of products, prices, coupons, promotion codes and tax rates have in common."""

from decimal import Decimal
from typing import Any, TypeVar

from billing.handlers import own_rows
from billing.models import CatalogStatus
from billing.models.stripe_row import CatalogRow
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject

Entry = TypeVar("Entry", bound=CatalogRow)


def row_of(model: type[Entry], body: JsonObject, *, account: StripeAccount, by: Actor) -> Entry:
    """The locked row of a catalog entry: known by its id, or by ours in the metadata, or new."""
    locked = model._default_manager.select_for_update(of=("self",), no_key=True)
    known = own_rows.found(locked, body, account=account, by=by)
    return known or model(account=account, stripe_id=body["id"])


def write(
    entry: CatalogRow,
    facts: dict[str, Any],
    *,
    noun: str,
    is_active: bool,
    by: Actor,
    source: str,
    also_changed: bool = False,
) -> None:
    """An entry that was deleted at Stripe stays deleted."""
    if entry.status == CatalogStatus.DELETED:
        return
    own_rows.record(
        entry,
        status=CatalogStatus.ACTIVE if is_active else CatalogStatus.ARCHIVED,
        facts=facts,
        by=by,
        source=source,
        noun=noun,
        moved=lambda was, now: [now] if was in _KNOWN else [],
        story=story,
        also_changed=also_changed,
    )


def delete(model: type[CatalogRow], body: JsonObject, *, noun: str, by: Actor, source: str) -> None:
    """Deleted at Stripe: the row stays."""
    locked = model._default_manager.select_for_update(of=("self",), no_key=True)
    entry = locked.filter(stripe_id=body["id"]).first()
    if entry:
        own_rows.record(
            entry,
            status=CatalogStatus.DELETED,
            facts={},
            by=by,
            source=source,
            noun=noun,
            moved=lambda _, now: [now],
            story=story,
        )


def story(entry: Any) -> dict[str, Any]:
    return {"status": entry.status, "stripe_id": entry.stripe_id}


def exactly(value: Any) -> Decimal | None:
    """A number of Stripe's without loss; None stays None."""
    return None if value is None else Decimal(str(value))


_KNOWN = {CatalogStatus.ACTIVE, CatalogStatus.ARCHIVED}
