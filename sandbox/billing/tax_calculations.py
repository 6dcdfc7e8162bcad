"""What Stripe Tax answers when it is asked directly.

Source: https://docs.stripe.com/tax/custom
"""

from sandbox import account
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from . import taxes

_KEPT_SECONDS = 90 * 86400
_OVERRIDES = {"customer_exempt": "exempt", "reverse_charge": "reverse"}


def make(world: World, params: Json, details: Json, lines: list[Json]) -> Json:
    """The calculation for ``lines`` (drafts with amount, quantity, reference, tax_behavior); raises 400 and 500.

    ``details`` is customer_details: the address and tax ids that count.
    """
    if world.settings.get("tax_service_down"):
        raise ApiError("Stripe Tax is unavailable. Try again later.", status=500, type="api_error")
    if taxes.needs_location({"address": details["address"]}):
        raise ApiError(
            "We could not determine the customer's tax location based on the provided customer address.",
            code="customer_tax_location_invalid",
            param="customer_details[address]",
        )
    taxes.on_lines(world, lines, details["address"] or {}, exempt=_exempt(world, details))
    id_ = world.ids.new("taxcalc")
    rows = [_line(world, line) for line in lines]
    added = _sum(lines, "exclusive")
    calculation: Json = {
        "id": id_,
        "object": "tax.calculation",
        "amount_total": sum(line["amount"] for line in lines) + added,
        "currency": params["currency"],
        "customer": params.get("customer"),
        "customer_details": details,
        "expires_at": world.clock.now() + _KEPT_SECONDS,
        "livemode": False,
        "ship_from_details": None,
        "shipping_cost": None,
        "tax_amount_exclusive": added,
        "tax_amount_inclusive": _sum(lines, "inclusive"),
        "tax_breakdown": _breakdown(world, lines, details),
        "tax_date": params.get("tax_date", world.clock.now()),
    }
    shown: Json = {"object": "list", "data": rows, "has_more": False, "url": f"/v1/tax/calculations/{id_}/line_items"}
    world.save({"object": "_more", "id": id_, "line_items": shown})
    world.save(calculation)
    return calculation


def _exempt(world: World, details: Json) -> str:
    override = _OVERRIDES.get(details["taxability_override"])
    home = account.of(world)["country"]
    reverse = taxes.is_reverse_charge({"address": details["address"]}, details["tax_ids"], home)
    return override or ("reverse" if reverse else "none")


def _sum(lines: list[Json], behavior: str) -> int:
    return sum(tax["amount"] for line in lines for tax in line["taxes"] if tax["tax_behavior"] == behavior)


def _line(world: World, line: Json) -> Json:
    row: Json = {
        "id": world.ids.new("tax_li"),
        "object": "tax.calculation_line_item",
        "amount": line["amount"],
        "amount_tax": sum(tax["amount"] for tax in line["taxes"]),
        "livemode": False,
        "metadata": line["metadata"],
        "product": line["product"],
        "quantity": line["quantity"],
        "reference": line["reference"],
        "tax_behavior": line["tax_behavior"],
        "tax_code": line["tax_code"],
    }
    world.save({"object": "_more", "id": row["id"], "tax_breakdown": [_of_line(world, tax) for tax in line["taxes"]]})
    return row


def _of_line(world: World, tax: Json) -> Json:
    rate = world.store.get("tax_rate", tax["tax_rate_details"]["tax_rate"])
    return {
        "amount": tax["amount"],
        "jurisdiction": {
            "country": rate["country"],
            "display_name": rate["jurisdiction"],
            "level": rate["jurisdiction_level"],
            "state": rate["state"],
        },
        "sourcing": "destination",
        "tax_rate_details": {
            "display_name": rate["display_name"],
            "percentage_decimal": str(rate["percentage"]),
            "tax_type": rate["tax_type"],
        },
        "taxability_reason": tax["taxability_reason"],
        "taxable_amount": tax["taxable_amount"],
    }


def _breakdown(world: World, lines: list[Json], details: Json) -> list[Json]:
    found = taxes.totals(lines)
    if not found:
        return [_untaxed(details)]
    return [_rated(world, tax) for tax in found]


def _rated(world: World, tax: Json) -> Json:
    rate = world.store.get("tax_rate", tax["tax_rate_details"]["tax_rate"])
    return {
        "amount": tax["amount"],
        "inclusive": tax["tax_behavior"] == "inclusive",
        "tax_rate_details": {
            "country": rate["country"],
            "flat_amount": None,
            "percentage_decimal": str(rate["percentage"]),
            "rate_type": "percentage",
            "state": rate["state"],
            "tax_type": rate["tax_type"],
        },
        "taxability_reason": tax["taxability_reason"],
        "taxable_amount": tax["taxable_amount"],
    }


def _untaxed(details: Json) -> Json:
    """Where the account collects nothing."""
    address = details["address"] or {}
    return {
        "amount": 0,
        "inclusive": False,
        "tax_rate_details": {
            "country": address.get("country"),
            "flat_amount": None,
            "percentage_decimal": "0.0",
            "rate_type": None,
            "state": address.get("state"),
            "tax_type": None,
        },
        "taxability_reason": "not_collecting",
        "taxable_amount": 0,
    }
