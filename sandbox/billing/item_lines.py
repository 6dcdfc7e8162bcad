"""What items cost for a period, as lines of an invoice.

Source: https://docs.stripe.com/billing/invoices/subscription
"""

from datetime import UTC, datetime
from decimal import Decimal

from sandbox import money
from sandbox.json_types import Json
from sandbox.world import World

from . import discounts, lines, periods, pricing, proration
from .pricing import Part
from .subscription_items import interval_of


def whole_period(subscription: Json, item: Json) -> tuple[int, int]:
    """The period by the calendar that the item's own lies in."""
    return periods.natural(subscription["billing_cycle_anchor"], *interval_of(item), item["current_period_start"])


def for_period(world: World, subscription: Json, item: Json) -> list[Json]:
    """The lines of the item's current period: whole, or the part of it that is billed."""
    own, whole = (item["current_period_start"], item["current_period_end"]), whole_period(subscription, item)
    made = []
    for part in pricing.parts(world, item["price"], item["quantity"], subscription["currency"]):
        is_part = own != whole
        amount = proration.charged(part.amount, whole, own) if is_part else part.amount
        words = _describe(world, subscription, item, part)
        made.append(_line(world, subscription, item, amount, words, part.quantity, unit=None if is_part else part.unit))
    return made


def for_trial(world: World, subscription: Json, item: Json) -> list[Json]:
    """The line of a trial: nothing to pay."""
    words = f"Trial period for {product_name(world, item)}"
    return [_line(world, subscription, item, 0, words, item["quantity"], unit="0")]


def _line(
    world: World, subscription: Json, item: Json, amount: int, words: str, quantity: int, *, unit: str | None
) -> Json:
    return lines.line(
        world,
        currency=subscription["currency"],
        amount=amount,
        description=words,
        period=(item["current_period_start"], item["current_period_end"]),
        parent=lines.subscription_parent(subscription["id"], item["id"]),
        price=item["price"],
        unit_amount_decimal=unit,
        quantity=quantity,
        discounts=list(item["discounts"]),
        tax_rates=[rate["id"] for rate in item["tax_rates"]],
        metadata=dict(subscription["metadata"]),
    )


def product_name(world: World, item: Json) -> str:
    """The name of what is billed."""
    name: str = world.store.get("product", item["price"]["product"])["name"]
    return name


def _describe(world: World, subscription: Json, item: Json, part: Part) -> str:
    interval, count = interval_of(item)
    every = f"every {count} {interval}s" if count > 1 else interval
    name, tier = product_name(world, item), part.suffix.strip(" ()")
    if part.unit is None:
        return f"{name} ({tier} at {money.display(part.amount, subscription['currency'])} / {every})"
    at = f"{tier} at" if tier else "at"
    return f"{part.quantity} × {name} ({at} {_unit(part.unit, subscription['currency'])} / {every})"


def _unit(unit: str, code: str) -> str:
    """The unit's price; fractions of a minor unit are shown as they are."""
    exact = Decimal(unit)
    if exact == exact.to_integral_value():
        return money.display(int(exact), code)
    whole = money.display(100, code)
    return whole.replace("1.00", f"{exact.scaleb(-2).normalize():f}").replace("100", f"{exact.normalize():f}")


def day(moment: int) -> str:
    """The date as proration lines write it."""
    date = datetime.fromtimestamp(moment, UTC)
    return f"{date.day} {date:%b %Y}"


def net_amounts(world: World, subscription: Json, items: list[Json]) -> dict[str, int]:
    """What each item costs for a whole period after the discounts that it shares with the others."""
    code, now = subscription["currency"], world.clock.now()
    drafts = [_probe(world, item, code) for item in items]
    general = [row["id"] for row in discounts.active(world, subscription["discounts"], now)]
    general = general or discounts.inherited(world, world.store.get("customer", subscription["customer"]))
    groups = [[row] for row in drafts] if subscription["billing_mode"]["type"] == "classic" else [drafts]
    for group in groups:
        discounts.apply(world, group, general, code)
    return {row["id"]: row["amount"] - sum(each["amount"] for each in row["discount_amounts"]) for row in drafts}


def _probe(world: World, item: Json, code: str) -> Json:
    return {
        "id": item["id"],
        "amount": pricing.total(world, item["price"], item["quantity"], code),
        "discountable": True,
        "discounts": list(item["discounts"]),
        "discount_amounts": [],
        "pricing": {"price_details": {"price": item["price"]["id"], "product": item["price"]["product"]}},
    }
