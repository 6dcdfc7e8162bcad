"""State of a coupon → Coupon; and the coupon that a discount or a promotion code carries."""

from typing import Any

from billing.handlers import catalog
from billing.handlers.catalog import exactly
from billing.handlers.references import coupon_of
from billing.models import Coupon
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.services import snapshots
from payments.stripe_fields import fitting, metadata, moment, nested, reference, text


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the coupon. One is never archived: it is used up, or deleted."""
    if body.get("deleted"):
        catalog.delete(Coupon, body, noun="coupon", by=by, source=source)
        return
    coupon = catalog.row_of(Coupon, body, account=account, by=by)
    facts = fitting(Coupon, _facts(coupon, body))
    catalog.write(coupon, facts, noun="coupon", is_active=True, by=by, source=source)


def _facts(coupon: Coupon, body: JsonObject) -> dict[str, Any]:
    return {
        "stripe_id": body["id"],
        "name": text(body, "name"),
        "percent_off": exactly(body.get("percent_off")),
        "amount_off_minor": body.get("amount_off"),
        "currency": text(body, "currency"),
        "amounts_off": _amounts_off(body) if "currency_options" in body else coupon.amounts_off,
        "duration": body["duration"],
        "duration_in_months": body.get("duration_in_months"),
        "max_redemptions": body.get("max_redemptions"),
        "times_redeemed": body["times_redeemed"],
        "redeem_by": moment(body.get("redeem_by")),
        "is_valid": body["valid"],
        "product_ids": nested(body, "applies_to").get("products", []) if "applies_to" in body else coupon.product_ids,
        "metadata": metadata(body),
        "stripe_created_at": moment(body["created"]),
    }


def _amounts_off(body: JsonObject) -> dict[str, int]:
    """In the other currencies."""
    options = nested(body, "currency_options")
    return {code: option["amount_off"] for code, option in options.items() if code != body.get("currency")}


def coupon_in(holder: JsonObject, *, account: StripeAccount, by: Actor) -> Coupon | None:
    """Our row for `holder.coupon`; made from the expanded coupon, or bare and asked for."""
    stripe_id = reference(holder, "coupon")
    if not stripe_id:
        return None
    rows = Coupon.objects.filter(stripe_id=stripe_id)
    if known := rows.first():
        return known
    whole = nested(holder, "coupon")
    snapshots.want(account=account, kind="coupon", stripe_id=stripe_id)
    if whole and not whole.get("deleted") and not rows.exists():
        apply(account=account, body=whole, by=by, source="")
    return coupon_of(stripe_id, account=account)
