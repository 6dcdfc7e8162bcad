"""What a quantity of a price costs.

Sources: https://docs.stripe.com/products-prices/pricing-models, https://docs.stripe.com/billing/subscriptions/tiers
"""

from dataclasses import dataclass
from decimal import Decimal

from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from . import rounding


@dataclass(frozen=True, kw_only=True)
class Part:
    """One line of what is charged. ``unit`` is null for a flat fee."""

    quantity: int
    amount: int
    unit: str | None
    suffix: str = ""


def more(world: World, price: Json) -> Json:
    """Tiers and further currencies, which Stripe shows on request only."""
    return world.store.get("_more", price["id"])


def has_currency(world: World, price: Json, currency: str) -> bool:
    """Whether the price can be charged in that currency."""
    return currency == price["currency"] or currency in more(world, price)["currency_options"]


def option(world: World, price: Json, currency: str) -> Json:
    """The price's amounts in a currency: ``unit_amount_decimal`` and ``tiers``; raises 400 where it has none."""
    if currency == price["currency"]:
        return {**price, "tiers": more(world, price)["tiers"]}
    found = more(world, price)["currency_options"].get(currency)
    if found is None:
        raise ApiError(
            f"The price specified only supports `{price['currency']}`. This doesn't match the expected currency:"
            f" `{currency}`.",
            param="items",
        )
    return dict(found)


def parts(world: World, price: Json, quantity: int, currency: str) -> list[Part]:
    """The lines that a quantity makes: one, or one a tier where tiers are graduated."""
    amounts = option(world, price, currency)
    if price["billing_scheme"] == "tiered":
        by = _volume if price["tiers_mode"] == "volume" else _graduated
        return by(amounts["tiers"], quantity)
    packs = _transformed(price, quantity)
    unit = Decimal(amounts["unit_amount_decimal"])
    return [Part(quantity=quantity, amount=rounding.half_up(unit * packs), unit=amounts["unit_amount_decimal"])]


def total(world: World, price: Json, quantity: int, currency: str) -> int:
    """What a quantity costs altogether."""
    return sum(part.amount for part in parts(world, price, quantity, currency))


def _transformed(price: Json, quantity: int) -> int:
    rule = price["transform_quantity"]
    if not rule:
        return quantity
    packs, rest = divmod(quantity, rule["divide_by"])
    return int(packs) + bool(rest and rule["round"] == "up")


def _volume(tiers: list[Json], quantity: int) -> list[Part]:
    """All pieces at the price of the tier that the quantity reaches."""
    tier = next(t for t in tiers if t["up_to"] is None or quantity <= t["up_to"])
    return _tier(tier, quantity, "")


def _graduated(tiers: list[Json], quantity: int) -> list[Part]:
    """Each piece at the price of its own tier."""
    made: list[Part] = []
    before = 0
    for number, tier in enumerate(tiers, 1):
        end = quantity if tier["up_to"] is None else min(quantity, tier["up_to"])
        if number == 1 or end > before:
            made += _tier(tier, max(end - before, 0), f" (Tier {number})")
        before = max(before, end)
    return made


def _tier(tier: Json, quantity: int, suffix: str) -> list[Part]:
    made = []
    if tier["unit_amount_decimal"] is not None:
        unit = Decimal(tier["unit_amount_decimal"])
        amount = rounding.half_up(unit * quantity)
        made.append(Part(quantity=quantity, amount=amount, unit=tier["unit_amount_decimal"], suffix=suffix))
    if tier["flat_amount_decimal"] is not None:
        flat = rounding.half_up(Decimal(tier["flat_amount_decimal"]))
        made.append(Part(quantity=0, amount=flat, unit=None, suffix=f"{suffix} flat fee"))
    return made
