"""State of a promotion code → PromotionCode; and the code that a discount carries."""

from typing import Any

from billing.handlers import catalog
from billing.handlers.coupons import coupon_in
from billing.handlers.references import promotion_code_of
from billing.models import Coupon, PromotionCode
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.handlers.customer_references import customer_of
from payments.services import snapshots
from payments.stripe_fields import fitting, metadata, moment, nested, reference, text


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the code; running twice on the same snapshot changes nothing."""
    if body.get("deleted"):
        catalog.delete(PromotionCode, body, noun="promotion_code", by=by, source=source)
        return
    code = catalog.row_of(PromotionCode, body, account=account, by=by)
    facts = fitting(PromotionCode, _facts(body)) | _references(code, body, account=account, by=by)
    catalog.write(code, facts, noun="promotion_code", is_active=body["active"], by=by, source=source)


def _facts(body: JsonObject) -> dict[str, Any]:
    restrictions = nested(body, "restrictions")
    return {
        "stripe_id": body["id"],
        "code": body["code"],
        "expires_at": moment(body.get("expires_at")),
        "max_redemptions": body.get("max_redemptions"),
        "times_redeemed": body["times_redeemed"],
        "first_time_transaction": bool(restrictions.get("first_time_transaction")),
        "minimum_amount_minor": restrictions.get("minimum_amount"),
        "minimum_amount_currency": text(restrictions, "minimum_amount_currency"),
        "metadata": metadata(body),
        "stripe_created_at": moment(body["created"]),
    }


def _references(code: PromotionCode, body: JsonObject, *, account: StripeAccount, by: Actor) -> dict[str, Any]:
    """A code keeps the coupon it was made for."""
    coupon = coupon_in(nested(body, "promotion"), account=account, by=by)
    customer = customer_of(body, account=account)
    return {"coupon_id": coupon.pk if coupon else code.coupon_id, "customer_id": customer.pk if customer else None}


def promotion_code_in(
    holder: JsonObject, *, account: StripeAccount, by: Actor, coupon: Coupon | None
) -> PromotionCode | None:
    """Our row for `holder.promotion_code`; made from the expanded code, or bare and asked for."""
    stripe_id = reference(holder, "promotion_code")
    if not stripe_id or coupon is None:
        return None
    rows = PromotionCode.objects.filter(stripe_id=stripe_id)
    if known := rows.first():
        return known
    whole = nested(holder, "promotion_code")
    snapshots.want(account=account, kind="promotion_code", stripe_id=stripe_id)
    if whole and not rows.exists():
        apply(account=account, body=whole, by=by, source="")
    return promotion_code_of(stripe_id, account=account, coupon=coupon)
