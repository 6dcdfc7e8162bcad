"""Coupons and promotion codes: made, and taken out of use. Whoever has a discount by then keeps it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from billing.models import Coupon, Product, PromotionCode
from billing.services import catalog
from billing.services.catalog import InvalidCatalogEntry
from config.base import clock
from config.base.actor import Actor
from config.base.models import StripeAccount
from config.base.money import Money, currency_rule
from payments.models import Customer, OutboundCall

COUPONS = "/v1/coupons"
CODES = "/v1/promotion_codes"


def create(
    *,
    account: StripeAccount,
    by: Actor,
    name: str = "",
    percent_off: Decimal | None = None,
    amount_off: Money | None = None,
    other_amounts: Mapping[str, int] | None = None,
    duration: str = Coupon.Duration.ONCE,
    duration_in_months: int | None = None,
    max_redemptions: int | None = None,
    redeem_by: datetime | None = None,
    products: Sequence[Product] = (),
    metadata: Mapping[str, str] | None = None,
) -> Coupon:
    """Make a coupon here and at Stripe. Raises InvalidCatalogEntry, StripeFailure.

    Source: https://docs.stripe.com/api/coupons/create
    """
    _refuse_reduction(percent_off, amount_off, dict(other_amounts or {}))
    _refuse_time(duration, duration_in_months, redeem_by)
    coupon = Coupon(
        account=account,
        name=name,
        percent_off=percent_off,
        amount_off_minor=amount_off.minor if amount_off else None,
        currency=amount_off.currency if amount_off else "",
        amounts_off=dict(other_amounts or {}),
        duration=duration,
        duration_in_months=duration_in_months,
        max_redemptions=max_redemptions,
        redeem_by=redeem_by,
        product_ids=[catalog.stripe_id(product) for product in products],
        metadata=dict(metadata or {}),
    )
    wish = {
        "name": name,
        "percent_off": catalog.text_or_none(percent_off),
        "amount_off": coupon.amount_off_minor,
        "currency": coupon.currency,
        "currency_options": {code: {"amount_off": minor} for code, minor in coupon.amounts_off.items()},
        "duration": duration,
        "duration_in_months": duration_in_months,
        "max_redemptions": max_redemptions,
        "redeem_by": catalog.seconds(redeem_by),
        "applies_to": {"products": coupon.product_ids} if products else None,
    }
    catalog.make(coupon, noun="coupon", path=COUPONS, wish=wish, by=by)
    return coupon


def withdraw(*, coupon: Coupon, by: Actor) -> OutboundCall:
    """Delete it at Stripe: nobody can redeem it any more; discounts made of it go on."""
    return catalog.delete(coupon, noun="coupon", path=COUPONS, by=by)


def create_code(
    *,
    coupon: Coupon,
    code: str,
    by: Actor,
    customer: Customer | None = None,
    expires_at: datetime | None = None,
    max_redemptions: int | None = None,
    first_time_transaction: bool = False,
    minimum_amount: Money | None = None,
    metadata: Mapping[str, str] | None = None,
) -> PromotionCode:
    """Make a word that customers type for a coupon. Raises InvalidCatalogEntry, StripeFailure.

    Source: https://docs.stripe.com/api/promotion_codes/create
    """
    if not code.replace("-", "").replace("_", "").isalnum() or not code.isascii():
        raise InvalidCatalogEntry("A code is made of letters, digits, hyphens and underscores.", param="code")
    if expires_at and expires_at <= clock.now():
        raise InvalidCatalogEntry("A code expires in the future.", param="expires_at")
    row = PromotionCode(
        account=coupon.account,
        coupon=coupon,
        customer=customer,
        code=code,
        expires_at=expires_at,
        max_redemptions=max_redemptions,
        first_time_transaction=first_time_transaction,
        minimum_amount_minor=minimum_amount.minor if minimum_amount else None,
        minimum_amount_currency=minimum_amount.currency if minimum_amount else "",
        metadata=dict(metadata or {}),
    )
    restrictions = {
        "first_time_transaction": first_time_transaction or None,
        "minimum_amount": row.minimum_amount_minor,
        "minimum_amount_currency": row.minimum_amount_currency,
    }
    wish = {
        "promotion": {"type": "coupon", "coupon": catalog.stripe_id(coupon)},
        "code": code,
        "customer": customer.stripe_id if customer else None,
        "expires_at": catalog.seconds(expires_at),
        "max_redemptions": max_redemptions,
        "restrictions": catalog.without_gaps(restrictions),
    }
    catalog.make(row, noun="promotion_code", path=CODES, wish=wish, by=by)
    return row


def withdraw_code(*, promotion_code: PromotionCode, by: Actor) -> OutboundCall:
    """Nobody can redeem it any more; discounts made of it go on."""
    return catalog.change(promotion_code, noun="promotion_code", path=CODES, wish={"active": False}, by=by)


def restore_code(*, promotion_code: PromotionCode, by: Actor) -> OutboundCall:
    """It can be redeemed again."""
    return catalog.change(promotion_code, noun="promotion_code", path=CODES, wish={"active": True}, by=by)


def _refuse_reduction(percent_off: Decimal | None, amount_off: Money | None, others: Mapping[str, int]) -> None:
    if (percent_off is None) == (amount_off is None):
        raise InvalidCatalogEntry("Give a percentage, or an amount.", param="percent_off")
    if percent_off is not None and not (0 < percent_off <= 100 and percent_off == round(percent_off, 2)):
        raise InvalidCatalogEntry("A percentage is above 0, at most 100, with two decimals.", param="percent_off")
    if amount_off is not None:
        currency_rule(amount_off.currency)
        if amount_off.minor <= 0:
            raise InvalidCatalogEntry("An amount is above zero.", param="amount_off")
    if others and (amount_off is None or amount_off.currency in others):
        raise InvalidCatalogEntry(
            "Give amounts in further currencies only beside one amount.", param="currency_options"
        )
    for code, minor in others.items():
        currency_rule(code)
        if minor <= 0:
            raise InvalidCatalogEntry("An amount is above zero.", param="currency_options")


def _refuse_time(duration: str, duration_in_months: int | None, redeem_by: datetime | None) -> None:
    if (duration == Coupon.Duration.REPEATING) != bool(duration_in_months):
        raise InvalidCatalogEntry("Give months for a repeating coupon, and only then.", param="duration_in_months")
    if redeem_by and redeem_by <= clock.now():
        raise InvalidCatalogEntry("The last day to redeem is in the future.", param="redeem_by")
