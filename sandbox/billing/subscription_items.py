"""Items of subscriptions: what is billed, how often, and the period that is paid for.

Source: https://docs.stripe.com/api/subscription_items
"""

from copy import deepcopy

from sandbox.errors import ApiError, InvalidParameters, missing, resource_missing
from sandbox.json_types import Json
from sandbox.metadata import merged
from sandbox.world import World

from . import discounts, periods, pricing, taxes

_MOST = 20
_NOT_HERE = ("billing_thresholds", "plan", "price_data", "clear_usage")


def make(world: World, subscription: Json, wish: Json, *, path: str) -> Json:
    """An item of a wish, without its period; raises 400 where its price cannot be subscribed to."""
    refuse_unsupported(wish, path)
    if not wish.get("price"):
        raise missing(f"{path}[price]")
    item: Json = {
        "id": world.ids.new("si"),
        "object": "subscription_item",
        "billed_until": None,
        "billing_thresholds": None,
        "created": world.clock.now(),
        "current_period_end": 0,
        "current_period_start": 0,
        "discounts": [],
        "metadata": {},
        "plan": None,
        "price": None,
        "quantity": 1,
        "subscription": subscription["id"],
        "tax_rates": [],
    }
    apply(world, subscription, item, wish, path=path)
    return item


def refuse_unsupported(wish: Json, path: str) -> None:
    """What Stripe knows and is not done here is refused, never ignored."""
    for name in _NOT_HERE:
        if name in wish:
            param = f"{path}[{name}]" if path else name
            raise InvalidParameters(
                f"The local Stripe does not support the parameter {param} yet.", code="parameter_unknown", param=param
            )


def apply(world: World, subscription: Json, item: Json, wish: Json, *, path: str) -> None:
    """Change what the wish names."""
    if "price" in wish and wish["price"] != (item["price"] or {}).get("id"):
        price = _price(world, subscription, wish["price"], f"{path}[price]" if path else "price")
        item["price"], item["plan"] = deepcopy(price), plan_of(price)
    if "quantity" in wish:
        if wish["quantity"] < 0:
            raise InvalidParameters("Invalid quantity: must be greater than or equal to 0", param=f"{path}[quantity]")
        item["quantity"] = wish["quantity"]
    if "tax_rates" in wish:
        item["tax_rates"] = taxes.rates(world, wish["tax_rates"] or [])
    if "discounts" in wish:
        item["discounts"] = discounts.attach(
            world,
            wish["discounts"] or [],
            customer=subscription["customer"],
            currency=subscription["currency"],
            subscription_item=item["id"],
            subscription=subscription["id"],
        )
    item["metadata"] = merged(item["metadata"], wish.get("metadata"))


def _price(world: World, subscription: Json, id_: str, param: str) -> Json:
    price = world.store.find("price", id_)
    if price is None:
        raise resource_missing("price", id_, param=param)
    if price["type"] != "recurring":
        raise ApiError(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
            param=param,
        )
    if not price["active"]:
        raise ApiError("The price specified is inactive. This field only accepts active prices.", param=param)
    pricing.option(world, price, subscription["currency"])
    return price


def check_together(subscription: Json, items: list[Json]) -> None:
    """Raise what keeps these from being the items of one subscription."""
    if not items:
        raise ApiError(
            "A subscription must have at least one active plan. To cancel the subscription, please use the cancel API"
            " endpoint on the subscription.",
            param="items",
        )
    if len(items) > _MOST:
        raise ApiError(f"A subscription can have at most {_MOST} items.", param="items")
    ids = [item["price"]["id"] for item in items]
    double = next((id_ for id_ in ids if ids.count(id_) > 1), None)
    if double:
        raise ApiError(f"Cannot add multiple subscription items with the same plan: {double}", param="items")
    rhythms = {interval_of(item) for item in items}
    if len(rhythms) > 1 and subscription["billing_mode"]["type"] == "classic":
        raise ApiError(
            "Currency and interval fields must match across all plans on this subscription. Found mismatch in interval"
            " field.",
            param="items",
        )


def interval_of(item: Json) -> tuple[str, int]:
    """How often the item is billed."""
    recurring = item["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def set_period(item: Json, anchor: int, start: int, *, cancel_at: int | None = None, end: int | None = None) -> None:
    """The item's period from ``start``: to the next boundary, or to where the subscription ends before it."""
    until = end or periods.boundary_after(anchor, *interval_of(item), start)
    if cancel_at is not None and start < cancel_at < until:
        until = cancel_at
    item["current_period_start"], item["current_period_end"] = start, until


def plan_of(price: Json) -> Json:
    """The price as its older self, which Stripe still shows."""
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": dict(price["metadata"]),
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": price["tiers_mode"],
        "transform_usage": price["transform_quantity"],
        "trial_period_days": recurring["trial_period_days"],
        "usage_type": recurring["usage_type"],
    }


def whole_start(subscription: Json, item: Json) -> int:
    """Where the period by the calendar began that the item's own lies in."""
    anchor = subscription["billing_cycle_anchor"]
    return periods.boundary_until(anchor, *interval_of(item), item["current_period_start"])
