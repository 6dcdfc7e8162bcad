"""A change of a subscription's items, in our words: checked, kept with its quote, said in Stripe's words, undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.models import Price, Subscription, SubscriptionItem
from billing.services import subscription_terms
from config.base import clock
from config.base.errors import DomainError
from payments.failures import JsonObject


class InvalidChange(DomainError):
    """What was asked does not fit the subscription as it is; `param` names the field."""

    code = "invalid_change"
    title = "The subscription cannot be changed like this"


class NothingChanges(InvalidChange):
    code = "nothing_changes"
    title = "Nothing would change"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """One item with another price or quantity, or removed; without `item`, one more. What is None stays."""

    item: SubscriptionItem | None = None
    price: Price | None = None
    quantity: int | None = None
    is_removed: bool = False

    @property
    def new_price(self) -> Price | None:
        return self.price or (self.item.price if self.item else None)

    @property
    def new_quantity(self) -> int | None:
        """The quantity afterwards; a metered price has none."""
        price = self.new_price
        if price is None or not subscription_terms.is_licensed(price):
            return None
        return self.quantity or (self.item.quantity if self.item else None) or 1


def items_of(subscription: Subscription) -> list[SubscriptionItem]:
    """The items that the subscription has now."""
    return list(subscription.items.filter(removed_at=None).select_related("price__product").order_by("id"))


def check(subscription: Subscription, changes: Sequence[ItemChange]) -> None:
    """Raises a DomainError that says what does not fit."""
    if not changes:
        raise NothingChanges("Say what to change.", param="items")
    for position, change in enumerate(changes):
        _check_one(subscription, change, param=f"items.{position}")
    if not any(map(_changes, changes)):
        raise NothingChanges("The subscription is like this already.", param="items")
    prices = _prices_after(subscription, changes)
    if not prices:
        raise InvalidChange("A subscription keeps at least one item. Cancel it instead.", param="items")
    subscription_terms.ensure_distinct(prices)


def to_json(changes: Sequence[ItemChange]) -> JsonObject:
    """What a quote keeps."""
    return {
        "items": [
            {
                "item": change.item.public_id if change.item else None,
                "price": change.new_price.public_id if change.new_price else None,
                "quantity": change.new_quantity,
                "remove": change.is_removed,
            }
            for change in changes
        ]
    }


def from_json(subscription: Subscription, kept: JsonObject) -> list[ItemChange]:
    """What a quote kept, on the rows as they are now; raises InvalidChange for an item that is gone."""
    items = {item.public_id: item for item in items_of(subscription)}
    named = [entry["price"] for entry in kept["items"]]
    known = Price.objects.filter(account=subscription.account, public_id__in=named)
    prices = {price.public_id: price for price in known.select_related("product").prefetch_related("currencies")}
    if any(entry["item"] and entry["item"] not in items for entry in kept["items"]):
        raise InvalidChange("An item of this change is not in the subscription any more.", param="items")
    return [
        ItemChange(
            item=items.get(entry["item"]),
            price=prices.get(entry["price"]),
            quantity=entry["quantity"],
            is_removed=entry["remove"],
        )
        for entry in kept["items"]
    ]


def params(changes: Sequence[ItemChange]) -> list[dict[str, Any]]:
    """The changed items in Stripe's words; items that are not named stay."""
    return [_params(change) for change in changes]


def item_params(change: ItemChange) -> dict[str, Any]:
    """The item as it is after the change, in Stripe's words."""
    price = change.new_price
    return subscription_terms.item_params(price, change.new_quantity) if price else {}


def state(subscription: Subscription) -> JsonObject:
    """The subscription as a quote stands on it: its items with their periods, and its newest invoice."""
    return {
        "items": [
            {
                "id": item.stripe_id,
                "price": item.price.stripe_id,
                "quantity": item.quantity,
                "period_start": _iso(item.current_period_start),
                "period_end": _iso(item.current_period_end),
            }
            for item in items_of(subscription)
        ],
        "anchor": _iso(subscription.billing_cycle_anchor),
        "latest_invoice": subscription.latest_invoice_id,
    }


def restoring(held: Mapping[str, str], before: JsonObject) -> list[dict[str, Any]]:
    """The items in Stripe's words that make of those `held` now (their ids and prices) what there was `before`.

    One that is gone comes again under another id: Stripe gives none twice.
    """
    was = {item["id"] for item in before["items"]}
    return [
        *(_restored(item, held.get(item["id"])) for item in before["items"]),
        *({"id": stripe_id, "deleted": True} for stripe_id in held if stripe_id not in was),
    ]


def _restored(item: JsonObject, price: str | None) -> dict[str, Any]:
    if price is None:
        return _priced(item)
    wish = _priced(item) | {"id": item["id"]}
    return {name: value for name, value in wish.items() if name != "price" or item["price"] != price}


def old_period(subscription: Subscription, before: JsonObject) -> dict[str, Any]:
    """What keeps the period that was paid for when items are restored after their interval had changed.

    Going back begins a period, which Stripe would bill; a trial until the old period's end lets what was paid for run
    out, and the renewal come when it was due.
    """
    ends = [datetime.fromisoformat(item["period_end"]) for item in before["items"] if item["period_end"]]
    if _iso(subscription.billing_cycle_anchor) == before["anchor"] or not ends or min(ends) <= clock.now():
        return {}
    return {"trial_end": int(min(ends).timestamp())}


def is_estimate(subscription: Subscription, changes: Sequence[ItemChange]) -> bool:
    """Whether what is billed next depends on usage."""
    return any(not subscription_terms.is_licensed(price) for price in _prices_after(subscription, changes))


def _check_one(subscription: Subscription, change: ItemChange, *, param: str) -> None:
    price = change.new_price
    if price is None:
        raise InvalidChange("Say which item, or which price to add.", param=f"{param}.price")
    if change.item and change.item.subscription_id != subscription.pk:
        raise InvalidChange("This item belongs to another subscription.", param=f"{param}.item")
    if change.is_removed and change.item is None:
        raise InvalidChange("Say which item to remove.", param=f"{param}.item")
    if change.is_removed:
        return
    is_kept = change.item is not None and change.item.price_id == price.pk
    if not is_kept:
        subscription_terms.ensure_usable(price, change.quantity, param=param)
        if subscription.currency not in {price.currency, *(more.currency for more in price.currencies.all())}:
            raise InvalidChange(f"This price is not sold in {subscription.currency}.", param=f"{param}.price")
    elif change.quantity is not None and (change.quantity < 1 or not subscription_terms.is_licensed(price)):
        raise InvalidChange("Give a quantity of at least 1; metered prices take none.", param=f"{param}.quantity")


def _changes(change: ItemChange) -> bool:
    item = change.item
    return item is None or change.is_removed or change.new_price != item.price or change.new_quantity != item.quantity


def _prices_after(subscription: Subscription, changes: Sequence[ItemChange]) -> list[Price]:
    named = {change.item.pk for change in changes if change.item}
    stay = [item.price for item in items_of(subscription) if item.pk not in named]
    return stay + [price for change in changes if not change.is_removed and (price := change.new_price)]


def _params(change: ItemChange) -> dict[str, Any]:
    """A price that stays is not named: it may have been archived, and Stripe takes no such price again."""
    if change.item is None:
        return item_params(change)
    wish = {"deleted": True} if change.is_removed else item_params(change)
    is_kept = change.new_price == change.item.price
    return {"id": change.item.stripe_id} | {
        name: value for name, value in wish.items() if name != "price" or not is_kept
    }


def _priced(item: JsonObject) -> dict[str, Any]:
    return {"price": item["price"]} | ({} if item["quantity"] is None else {"quantity": item["quantity"]})


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
