"""A price from its parameters, and what of it may be added later.

Source: https://docs.stripe.com/api/prices/create
"""

from decimal import Decimal
from typing import Any

from sandbox import finding, money
from sandbox.errors import InvalidParameters, missing
from sandbox.json_types import Json
from sandbox.metadata import merged
from sandbox.world import World

_LONGEST = {"day": 1095, "week": 156, "month": 36, "year": 3}


def make(world: World, params: Json) -> Json:
    """A price and its event; raises 400 where the parameters contradict each other."""
    _refuse_unsupported(params)
    if "product_data" in params:
        raise InvalidParameters(
            "The local Stripe does not support the parameter product_data yet.",
            code="parameter_unknown",
            param="product_data",
        )
    if not params.get("product"):
        raise missing("product")
    finding.one(world, "product", params["product"], param="product", status=400)
    code = money.currency(params["currency"])
    recurring = _recurring(params.get("recurring"))
    is_tiered = params.get("billing_scheme") == "tiered"
    amounts = _amounts(params, "", is_tiered=is_tiered)
    if is_tiered and not params.get("tiers_mode"):
        raise missing("tiers_mode")
    row: Json = {
        "id": world.ids.new("price"),
        "object": "price",
        "active": params.get("active", True),
        "billing_scheme": params.get("billing_scheme", "per_unit"),
        "created": world.clock.now(),
        "currency": code,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": lookup_key(world, params),
        "metadata": merged({}, params.get("metadata")),
        "nickname": params.get("nickname") or None,
        "product": params["product"],
        "recurring": recurring,
        "tax_behavior": params.get("tax_behavior", "unspecified"),
        "tiers_mode": params.get("tiers_mode"),
        "transform_quantity": _transform(params, is_tiered=is_tiered),
        "type": "recurring" if recurring else "one_time",
        "unit_amount": amounts["unit_amount"],
        "unit_amount_decimal": amounts["unit_amount_decimal"],
    }
    options = {code: _option(row, amounts)} | {
        money.currency(other): _option(row, _amounts(given, f"currency_options[{other}]", is_tiered=is_tiered), given)
        for other, given in (params.get("currency_options") or {}).items()
    }
    world.save({"object": "_more", "id": row["id"], "tiers": amounts["tiers"], "currency_options": options})
    world.save(row)
    world.emit("price.created", row)
    return row


def _refuse_unsupported(params: Json) -> None:
    for name in (
        ("custom_unit_amount", "transfer_lookup_key") if not params.get("lookup_key") else ("custom_unit_amount",)
    ):
        if params.get(name):
            raise InvalidParameters(
                f"The local Stripe does not support the parameter {name} yet.", code="parameter_unknown", param=name
            )


def _recurring(given: Json | None) -> Json | None:
    if not given:
        return None
    count = given.get("interval_count", 1)
    if not 1 <= count <= _LONGEST[given["interval"]]:
        raise InvalidParameters("The maximum interval is three years.", param="recurring[interval_count]")
    if given.get("usage_type") == "metered":
        raise InvalidParameters(
            "The local Stripe does not support metered prices yet.",
            code="parameter_unknown",
            param="recurring[usage_type]",
        )
    return {
        "interval": given["interval"],
        "interval_count": count,
        "meter": None,
        "trial_period_days": given.get("trial_period_days"),
        "usage_type": "licensed",
    }


def _amounts(given: Json, path: str, *, is_tiered: bool) -> Json:
    """Unit amount, its decimal and the tiers, in one currency."""
    if is_tiered:
        if not given.get("tiers"):
            raise missing(f"{path}[tiers]" if path else "tiers")
        return {"unit_amount": None, "unit_amount_decimal": None, "tiers": _tiers(given["tiers"])}
    if given.get("unit_amount") is None and given.get("unit_amount_decimal") is None:
        raise InvalidParameters(
            "You must specify either `unit_amount`, `unit_amount_decimal`, or `custom_unit_amount` when"
            " `billing_scheme=per_unit`.",
            code="parameter_missing",
            param=f"{path}[unit_amount]" if path else "unit_amount",
        )
    whole, exact = _pair(given, "unit_amount")
    return {"unit_amount": whole, "unit_amount_decimal": exact, "tiers": None}


def _pair(given: Json, name: str) -> tuple[int | None, str | None]:
    """An amount in whole units, where it is whole, and as a decimal; refuses both at once and below zero."""
    if name in given and f"{name}_decimal" in given:
        raise InvalidParameters(
            f"You may only specify one of these parameters: {name}, {name}_decimal.",
            code="parameters_exclusive",
            param=name,
        )
    value: Any = given.get(name, given.get(f"{name}_decimal"))
    if value is None:
        return None, None
    exact = Decimal(str(value)).normalize()
    if exact < 0:
        raise InvalidParameters("Invalid non-negative integer", code="parameter_invalid_integer", param=name)
    return (int(exact) if exact == exact.to_integral_value() else None), f"{exact:f}"


def _tiers(given: list[Json]) -> list[Json]:
    made, before = [], 0
    for number, tier in enumerate(given):
        end = None if tier["up_to"] == "inf" else int(tier["up_to"])
        if (end is None) != (number == len(given) - 1) or (end is not None and end <= before):
            raise InvalidParameters("Tiers must rise, and only the last one is `inf`.", param=f"tiers[{number}][up_to]")
        unit, unit_decimal = _pair(tier, "unit_amount")
        flat, flat_decimal = _pair(tier, "flat_amount")
        if unit_decimal is None and flat_decimal is None:
            raise InvalidParameters("Each tier needs an amount.", param=f"tiers[{number}]")
        made.append(
            {
                "flat_amount": flat,
                "flat_amount_decimal": flat_decimal,
                "unit_amount": unit,
                "unit_amount_decimal": unit_decimal,
                "up_to": end,
            }
        )
        before = end or before
    return made


def _option(row: Json, amounts: Json, given: Json | None = None) -> Json:
    option: Json = {
        "custom_unit_amount": None,
        "tax_behavior": (given or {}).get("tax_behavior", row["tax_behavior"]),
        "unit_amount": amounts["unit_amount"],
        "unit_amount_decimal": amounts["unit_amount_decimal"],
    }
    return option | ({"tiers": amounts["tiers"]} if amounts["tiers"] else {})


def lookup_key(world: World, params: Json) -> str | None:
    key: str | None = params.get("lookup_key") or None
    holder = next((row for row in world.store.all("price") if key and row["lookup_key"] == key), None)
    if holder is not None:
        if not params.get("transfer_lookup_key"):
            raise InvalidParameters(
                f"A price ({holder['id']}) already uses that lookup key.",
                code="resource_already_exists",
                param="lookup_key",
            )
        holder["lookup_key"] = None
        world.changed("price.updated", holder)
    return key


def _transform(params: Json, *, is_tiered: bool) -> Json | None:
    rule: Json | None = params.get("transform_quantity")
    if rule and is_tiered:
        raise InvalidParameters("`transform_quantity` cannot be used with tiers.", param="transform_quantity")
    return rule


def add_currencies(world: World, row: Json, given: Json) -> None:
    more = world.store.get("_more", row["id"])
    for other, option in given.items():
        amounts = _amounts(option, f"currency_options[{other}]", is_tiered=row["billing_scheme"] == "tiered")
        more["currency_options"][money.currency(other)] = _option(row, amounts, option)
    world.save(more)
