"""What a new subscription is asked with: checked here, and said in Stripe's words."""

from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from billing.models import CatalogStatus, Coupon, Price, PromotionCode
from config.base import clock
from config.base.errors import DomainError
from payments.models import Customer

LONGEST_TRIAL = timedelta(days=730)
MOST_ITEMS = 20
AUTOMATIC, BY_INVOICE = "charge_automatically", "send_invoice"
_DAY_ANCHORED = {Price.Interval.MONTH, Price.Interval.YEAR}


class InvalidSubscription(DomainError):
    """What was asked does not fit together; `param` names the field."""

    code = "invalid_subscription"
    title = "The subscription cannot be made like this"


class PriceNotUsable(DomainError):
    code = "price_not_usable"
    title = "The price cannot be subscribed to"


class ArrearsNotSupported(DomainError):
    code = "arrears_not_supported"
    title = "These prices are billed in advance"


class PaymentMethodRequired(DomainError):
    code = "payment_method_required"
    title = "A payment method is needed"


@dataclass(frozen=True, slots=True)
class Item:
    """A price and how many of it; no quantity for metered prices."""

    price: Price
    quantity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a subscription is billed. Moments in UTC; `payment_method` is Stripe's id.

    `trial_end_behavior`: what happens at the trial's end without a payment method (create_invoice, cancel, pause).
    `anchor_day`: the day of the month on which it renews; a month too short renews on its last day.
    """

    currency: str = ""
    collection_method: str = AUTOMATIC
    days_until_due: int | None = None
    payment_method: str = ""
    trial_days: int | None = None
    trial_end: datetime | None = None
    trial_end_behavior: str = "create_invoice"
    coupon: Coupon | None = None
    promotion_code: PromotionCode | None = None
    backdated_to: datetime | None = None
    anchor_day: int | None = None
    bills_in_arrears: bool = False
    description: str = ""
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def has_trial(self) -> bool:
        return self.trial_days is not None or self.trial_end is not None


def check(customer: Customer, items: Sequence[Item], terms: Terms) -> str:
    """The subscription's currency; raises a DomainError that names the field at fault."""
    _check_items(items)
    _check_collection(terms)
    _check_trial(customer, terms)
    _check_dates(items, terms)
    if terms.coupon and terms.promotion_code:
        raise InvalidSubscription("Give a coupon or a promotion code, not both.", param="coupon")
    if terms.bills_in_arrears and any(is_licensed(item.price) for item in items):
        raise ArrearsNotSupported(
            "Stripe bills licensed prices in advance. Use metered prices to bill in arrears.", param="bill_in"
        )
    return _currency(customer, items, terms)


def params(customer: Customer, items: Sequence[Item], terms: Terms, *, currency: str) -> dict[str, Any]:
    """Stripe's words for it, without what is decided elsewhere: payment behaviour, tax, our label."""
    wish: dict[str, Any] = {
        "customer": customer.stripe_id,
        "currency": currency,
        "items": [item_params(item.price, item.quantity) for item in items],
        "collection_method": terms.collection_method,
        "billing_mode": {"type": "flexible"},
        "days_until_due": terms.days_until_due,
        "default_payment_method": terms.payment_method,
        "description": terms.description,
        "discounts": _discounts(terms),
        "backdate_start_date": _seconds(terms.backdated_to),
        "trial_period_days": terms.trial_days,
        "trial_end": _seconds(terms.trial_end),
    }
    if terms.has_trial:
        wish["trial_settings"] = {"end_behavior": {"missing_payment_method": terms.trial_end_behavior}}
    if terms.anchor_day:
        wish["billing_cycle_anchor_config"] = {"day_of_month": terms.anchor_day}
    if terms.collection_method == AUTOMATIC:
        wish["payment_settings"] = {"save_default_payment_method": "on_subscription"}
    return {name: value for name, value in wish.items() if value not in (None, "", [])}


def next_anchor(day: int, now: datetime) -> datetime:
    """The next moment with this day of the month; a month too short has it on its last day."""
    year, month = now.year, now.month
    while True:
        anchor = now.replace(year=year, month=month, day=min(day, monthrange(year, month)[1]))
        if anchor > now:
            return anchor
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def item_params(price: Price, quantity: int | None) -> dict[str, Any]:
    """An item in Stripe's words."""
    return {"price": price.stripe_id} | ({"quantity": quantity or 1} if is_licensed(price) else {})


def is_licensed(price: Price) -> bool:
    """Whether its quantity is agreed beforehand, not measured."""
    return price.usage_type != "metered"


def ensure_usable(price: Price, quantity: int | None, *, param: str) -> None:
    """Raises PriceNotUsable or InvalidSubscription for what nobody can newly subscribe to."""
    if price.status != CatalogStatus.ACTIVE or price.product.status != CatalogStatus.ACTIVE:
        raise PriceNotUsable(f"The price {price.public_id} is not sold any more.", param=f"{param}.price")
    if price.type != Price.Type.RECURRING:
        raise PriceNotUsable("A subscription needs a recurring price.", param=f"{param}.price")
    if quantity is not None and not is_licensed(price):
        raise InvalidSubscription(
            "A metered price takes no quantity; its usage is measured.", param=f"{param}.quantity"
        )
    if quantity is not None and quantity < 1:
        raise InvalidSubscription("Give a quantity of at least 1.", param=f"{param}.quantity")


def ensure_distinct(prices: Sequence[Price]) -> None:
    """Stripe takes each price once a subscription, and at most 20 of them."""
    if len(prices) > MOST_ITEMS:
        raise InvalidSubscription(f"A subscription has at most {MOST_ITEMS} items.", param="items")
    if twice := [price for price, count in Counter(prices).items() if count > 1]:
        raise InvalidSubscription(f"Give the price {twice[0].public_id} once, with its quantity.", param="items")


def _check_items(items: Sequence[Item]) -> None:
    if not items:
        raise InvalidSubscription("Give at least one price.", param="items")
    for position, item in enumerate(items):
        ensure_usable(item.price, item.quantity, param=f"items.{position}")
    ensure_distinct([item.price for item in items])


def _check_collection(terms: Terms) -> None:
    if terms.collection_method == BY_INVOICE and terms.days_until_due is None:
        raise InvalidSubscription("Say within how many days an invoice is due.", param="days_until_due")
    if terms.collection_method == AUTOMATIC and terms.days_until_due is not None:
        raise InvalidSubscription("Only invoices that are sent have days until they are due.", param="days_until_due")
    if terms.days_until_due is not None and not 0 <= terms.days_until_due <= 365:
        raise InvalidSubscription("Give 0 to 365 days.", param="days_until_due")


def _check_trial(customer: Customer, terms: Terms) -> None:
    if terms.trial_days is not None and terms.trial_end is not None:
        raise InvalidSubscription("Give the days of the trial or its end, not both.", param="trial_end")
    if terms.trial_days is not None and not 1 <= terms.trial_days <= LONGEST_TRIAL.days:
        raise InvalidSubscription(f"A trial lasts 1 to {LONGEST_TRIAL.days} days.", param="trial_days")
    if terms.trial_end is not None and not timedelta(0) < terms.trial_end - clock.now() <= LONGEST_TRIAL:
        raise InvalidSubscription("The trial must end within the next two years.", param="trial_end")
    needs_method = terms.has_trial and terms.trial_end_behavior == "create_invoice"
    if needs_method and terms.collection_method == AUTOMATIC and not has_method(customer, terms):
        raise PaymentMethodRequired(
            "Give a payment method, or say with trial_end_behavior what happens without one at the trial's end.",
            param="payment_method",
        )


def has_method(customer: Customer, terms: Terms) -> bool:
    """Whether Stripe has something to charge."""
    return bool(terms.payment_method or customer.default_payment_method_id)


def _check_dates(items: Sequence[Item], terms: Terms) -> None:
    if terms.backdated_to is not None and terms.backdated_to >= clock.now():
        raise InvalidSubscription("A subscription is backdated to the past.", param="backdated_to")
    if terms.anchor_day is None:
        return
    if not 1 <= terms.anchor_day <= 31:
        raise InvalidSubscription("Give a day of the month, 1 to 31.", param="anchor_day")
    if any(item.price.interval not in _DAY_ANCHORED for item in items):
        raise InvalidSubscription("Only monthly and yearly prices have a day of the month.", param="anchor_day")


def _currency(customer: Customer, items: Sequence[Item], terms: Terms) -> str:
    """The one named, else the customer's own where every price has it, else the first price's."""
    offered = set.intersection(*(_offered(item.price) for item in items))
    wanted = terms.currency or (customer.currency if customer.currency in offered else items[0].price.currency)
    if wanted not in offered:
        raise InvalidSubscription(f"Not every price is sold in {wanted}.", param="currency")
    return wanted


def _offered(price: Price) -> set[str]:
    return {price.currency, *(more.currency for more in price.currencies.all())}


def _discounts(terms: Terms) -> list[dict[str, str]]:
    for name, row in (("promotion_code", terms.promotion_code), ("coupon", terms.coupon)):
        if row and row.stripe_id:
            return [{name: row.stripe_id}]
    return []


def _seconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None
