"""Prices and reductions, said as people say them."""

from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from django.utils.safestring import SafeString

from billing.models import CatalogStatus, Coupon, Price
from config.base.console import display
from config.base.console.display import Tone
from config.base.currencies import CURRENCIES, Currency
from config.base.money import Money

_TONES = {
    CatalogStatus.ACTIVE: Tone.GOOD,
    CatalogStatus.UNKNOWN: Tone.WARN,
    CatalogStatus.REJECTED: Tone.BAD,
}
_MEANINGS = {
    CatalogStatus.UNKNOWN: "Asked of Stripe and not answered yet; it settles by itself",
    CatalogStatus.ARCHIVED: "Offered no more; who has it keeps it",
    CatalogStatus.DELETED: "Deleted at Stripe; who has it keeps it",
    CatalogStatus.REJECTED: "Never made at Stripe",
}
_ADVERBS = {"day": "daily", "week": "weekly", "month": "monthly", "year": "yearly"}


def status(state: str) -> SafeString:
    """The state of an entry as a coloured label."""
    text = "In doubt" if state == CatalogStatus.UNKNOWN else display.words(state)
    return display.label(
        text, _TONES.get(CatalogStatus(state), Tone.QUIET), title=_MEANINGS.get(CatalogStatus(state), "")
    )


def rhythm(price: Price) -> str:
    """`monthly`, `every 3 months`, `once`."""
    if not price.interval:
        return "once"
    if price.interval_count == 1:
        return _ADVERBS[price.interval]
    return f"every {price.interval_count} {price.interval}s"


def amount(price: Price) -> str:
    """`€29.00`, `€0.0125`, `tiers`."""
    return each(price.unit_amount_decimal, price.currency) if price.unit_amount_decimal is not None else "by tiers"


def each(minor: Decimal | None, currency: str) -> str:
    """An amount in minor units with decimals, of one piece."""
    if minor is None:
        return display.EMPTY
    if minor == minor.to_integral_value():
        return Money(int(minor), currency).format(display.locale())
    major = minor.scaleb(-CURRENCIES.get(currency, Currency(currency, 2)).exponent).normalize()
    return f"{format_decimal(major, format='#,##0.##############', locale=display.locale())} {currency.upper()}"


def tier(step: dict[str, Any], currency: str) -> tuple[str, str, str]:
    """Up to how many, for how much each, and how much at once."""
    end = "all others" if step.get("up_to") is None else f"up to {step['up_to']}"
    amounts = (step.get("unit_amount_decimal"), step.get("flat_amount_decimal"))
    unit, flat = (None if text is None else Decimal(str(text)) for text in amounts)
    return end, each(unit, currency), each(flat, currency)


def reduction(coupon: Coupon) -> str:
    """`20 % off`, `€5.00 off`."""
    if coupon.percent_off is not None:
        return f"{coupon.percent_off.normalize():f} % off"
    return f"{Money(coupon.amount_off_minor or 0, coupon.currency).format(display.locale())} off"


def duration(coupon: Coupon) -> str:
    """`once`, `for 3 months`, `forever`."""
    months = coupon.duration_in_months
    return f"for {months} month{'s' if months != 1 else ''}" if months else coupon.duration


def cost(price: Price) -> str:
    """`at €29.00 monthly`, `by tiers, monthly`."""
    if price.unit_amount_decimal is None:
        return f"by tiers, {rhythm(price)}"
    return f"at {amount(price)} {rhythm(price)}"
