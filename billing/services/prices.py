"""Prices: made and archived. What a price costs never changes; another price replaces it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from billing.models import Price, Product
from billing.services import catalog
from billing.services.catalog import InvalidCatalogEntry
from config.base.actor import Actor
from config.base.money import currency_rule
from payments.models import OutboundCall

PATH = "/v1/prices"
DECIMALS = 12
LONGEST_PERIOD = {"day": 1095, "week": 156, "month": 36, "year": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A step of a tiered price: up to that many pieces (None: all others), for so much each and so much at once.

    Amounts are minor units, with up to twelve decimals.
    """

    up_to: int | None
    unit_amount: Decimal | None = None
    flat_amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What one piece costs in one currency: minor units with up to twelve decimals, or tiers."""

    unit_amount: Decimal | None = None
    tiers: Sequence[Tier] = field(default=())


def create(
    *,
    product: Product,
    currency: str,
    amount: Amount,
    by: Actor,
    interval: str = "",
    interval_count: int = 1,
    tiers_mode: str = "",
    other_currencies: Mapping[str, Amount] | None = None,
    divide_by: int | None = None,
    round_to: str = "up",
    tax_behavior: str = "",
    nickname: str = "",
    lookup_key: str = "",
    metadata: Mapping[str, str] | None = None,
) -> Price:
    """Make a price here and at Stripe; without `interval` it is paid once.

    Raises InvalidCatalogEntry, StripeFailure.
    """
    others = dict(other_currencies or {})
    _refuse_contradictions(currency, amount, others, interval, interval_count, tiers_mode, divide_by)
    price = Price(
        account=product.account,
        product=product,
        type=Price.Type.RECURRING if interval else Price.Type.ONE_TIME,
        currency=currency,
        unit_amount_decimal=amount.unit_amount,
        billing_scheme="tiered" if amount.tiers else "per_unit",
        tiers_mode=tiers_mode,
        interval=interval,
        interval_count=interval_count if interval else 0,
        usage_type="licensed" if interval else "",
        tax_behavior=tax_behavior,
        nickname=nickname,
        lookup_key=lookup_key,
        metadata=dict(metadata or {}),
    )
    wish: dict[str, Any] = {
        "product": catalog.stripe_id(product),
        "currency": currency,
        **_amount(amount),
        "tiers_mode": tiers_mode,
        "recurring": {"interval": interval, "interval_count": interval_count} if interval else None,
        "transform_quantity": {"divide_by": divide_by, "round": round_to} if divide_by else None,
        "currency_options": {code: _amount(other, nested=True) for code, other in others.items()},
        "tax_behavior": tax_behavior,
        "nickname": nickname,
        "lookup_key": lookup_key,
    }
    catalog.make(price, noun="price", path=PATH, wish=wish, by=by)
    return price


def archive(*, price: Price, by: Actor) -> OutboundCall:
    """Offer it no more; subscriptions at this price go on."""
    return catalog.change(price, noun="price", path=PATH, wish={"active": False}, by=by)


def restore(*, price: Price, by: Actor) -> OutboundCall:
    """Offer it again."""
    return catalog.change(price, noun="price", path=PATH, wish={"active": True}, by=by)


def _amount(amount: Amount, *, nested: bool = False) -> dict[str, Any]:
    if amount.tiers:
        scheme = {} if nested else {"billing_scheme": "tiered"}
        return {**scheme, "tiers": [_tier(tier) for tier in amount.tiers]}
    return {"unit_amount_decimal": catalog.text_or_none(amount.unit_amount)}


def _tier(tier: Tier) -> dict[str, Any]:
    told = {
        "up_to": "inf" if tier.up_to is None else tier.up_to,
        "unit_amount_decimal": catalog.text_or_none(tier.unit_amount),
        "flat_amount_decimal": catalog.text_or_none(tier.flat_amount),
    }
    return {name: value for name, value in told.items() if value is not None}


def _refuse_contradictions(
    currency: str,
    amount: Amount,
    others: Mapping[str, Amount],
    interval: str,
    interval_count: int,
    tiers_mode: str,
    divide_by: int | None,
) -> None:
    """Raises InvalidCatalogEntry or UnknownCurrency, naming the field."""
    if currency in others:
        raise InvalidCatalogEntry("The price's own currency is given once.", param="currency_options")
    for code, one in {currency: amount, **others}.items():
        currency_rule(code)
        _refuse_amount(one, tiers_mode)
        if bool(one.tiers) != bool(amount.tiers):
            raise InvalidCatalogEntry("Give tiers in each currency, or in none.", param="currency_options")
    if divide_by and amount.tiers:
        raise InvalidCatalogEntry("Quantities cannot be divided where tiers count them.", param="transform_quantity")
    if interval and interval not in LONGEST_PERIOD:
        raise InvalidCatalogEntry("Bill by day, week, month or year.", param="interval")
    if interval and not 1 <= interval_count <= LONGEST_PERIOD[interval]:
        raise InvalidCatalogEntry("A period is at most three years.", param="interval_count")


def _refuse_amount(amount: Amount, tiers_mode: str) -> None:
    if bool(amount.tiers) == (amount.unit_amount is not None):
        raise InvalidCatalogEntry("Give a unit amount, or tiers.", param="unit_amount")
    if bool(amount.tiers) != (tiers_mode in {"graduated", "volume"}):
        raise InvalidCatalogEntry("Tiers are graduated or volume.", param="tiers_mode")
    for value in (amount.unit_amount, *(part for t in amount.tiers for part in (t.unit_amount, t.flat_amount))):
        if value is not None and (value < 0 or value != round(value, DECIMALS)):
            raise InvalidCatalogEntry(
                f"Amounts are not negative, with at most {DECIMALS} decimals.", param="unit_amount"
            )
    _refuse_tiers(amount.tiers)


def _refuse_tiers(tiers: Sequence[Tier]) -> None:
    bounds = [tier.up_to for tier in tiers]
    rising = [bound for bound in bounds[:-1] if bound is not None]
    if tiers and (bounds[-1] is not None or len(rising) != len(bounds) - 1 or rising != sorted(set(rising))):
        raise InvalidCatalogEntry("Each tier ends above the one before; the last one has no end.", param="tiers")
    if any(tier.unit_amount is None and tier.flat_amount is None for tier in tiers):
        raise InvalidCatalogEntry("Each tier has a unit amount, a flat amount, or both.", param="tiers")
