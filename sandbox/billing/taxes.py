"""Taxes of lines: by tax rates that were named, or by Stripe Tax from where the customer is.

Sources: https://docs.stripe.com/billing/taxes/tax-rates, https://docs.stripe.com/tax/zero-tax
"""

from decimal import Decimal

from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from . import rounding

# What Stripe Tax would find for a general service; standard rates as published by the states.
STANDARD: dict[str, tuple[str, str, str]] = {
    "AT": ("20", "VAT", "vat"), "BE": ("21", "VAT", "vat"), "CH": ("8.1", "VAT", "vat"), "CZ": ("21", "VAT", "vat"),
    "DE": ("19", "VAT", "vat"), "DK": ("25", "VAT", "vat"), "ES": ("21", "VAT", "vat"), "FI": ("25.5", "VAT", "vat"),
    "FR": ("20", "VAT", "vat"), "GB": ("20", "VAT", "vat"), "IE": ("23", "VAT", "vat"), "IT": ("22", "VAT", "vat"),
    "JP": ("10", "JCT", "jct"), "NL": ("21", "VAT", "vat"), "NO": ("25", "VAT", "vat"), "PL": ("23", "VAT", "vat"),
    "PT": ("23", "VAT", "vat"), "SE": ("25", "VAT", "vat"), "AU": ("10", "GST", "gst"), "NZ": ("15", "GST", "gst"),
}  # fmt: skip
STATES: dict[str, str] = {"CA": "7.25", "NY": "4", "TX": "6.25", "WA": "6.5", "FL": "6"}
_EU = frozenset((
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
))  # fmt: skip
# Where prices are quoted without tax, if the account infers it.
_QUOTED_WITHOUT = frozenset(("usd", "cad"))


def rates(world: World, ids: list[str] | str | None) -> list[Json]:
    """The tax rates that a parameter names; raises 400 for one that is not there."""
    found = []
    for id_ in ids or []:
        row = world.store.find("tax_rate", id_)
        if row is None:
            raise ApiError(f"No such tax rate: '{id_}'", code="resource_missing", param="tax_rates")
        found.append(row)
    return found


def location(customer: Json) -> Json:
    """Where Stripe Tax sees the customer: the shipping address, otherwise the billing address."""
    shipped: Json = (customer.get("shipping") or {}).get("address") or {}
    return shipped if shipped.get("country") else customer["address"] or {}


def needs_location(customer: Json) -> bool:
    """Stripe Tax must know at least the country, and in the United States the postal code or state."""
    address = location(customer)
    if address.get("country") == "US":
        return not (address.get("postal_code") or address.get("state"))
    return not address.get("country")


def automatic(world: World, address: Json, *, inclusive: bool = False) -> list[Json]:
    """The tax rates that Stripe Tax applies there, made once each; empty where nothing is collected."""
    country, state = address.get("country"), address.get("state")
    if country == "US":
        percentage = STATES.get(state or "", "0")
        if percentage == "0":
            return []
        return [_made(world, country, state or "", (percentage, "Sales Tax", "sales_tax"), inclusive=inclusive)]
    if country not in STANDARD:
        return []
    return [_made(world, country, "", STANDARD[country], inclusive=inclusive)]


def _made(world: World, country: str, state: str, tax: tuple[str, str, str], *, inclusive: bool) -> Json:
    percentage, name, kind = tax
    id_ = f"txr_auto{country}{state}{percentage.replace('.', '')}{'incl' if inclusive else ''}"
    known = world.store.find("tax_rate", id_)
    if known is not None:
        return known
    row = blank(world, {"display_name": name, "percentage": percentage, "inclusive": inclusive, "country": country})
    level, place = ("state", state) if state else ("country", country)
    row |= {"id": id_, "active": False, "state": state or None, "tax_type": kind}
    row |= {"jurisdiction_level": level, "jurisdiction": place}
    world.save(row)
    return row


def blank(world: World, params: Json) -> Json:
    """A tax rate."""
    percentage = float(params["percentage"])
    return {
        "id": world.ids.new("txr"),
        "object": "tax_rate",
        "active": params.get("active", True),
        "country": params.get("country"),
        "created": world.clock.now(),
        "description": params.get("description"),
        "display_name": params["display_name"],
        "effective_percentage": percentage,
        "flat_amount": None,
        "inclusive": params["inclusive"],
        "jurisdiction": params.get("jurisdiction"),
        "jurisdiction_level": None,
        "livemode": False,
        "metadata": {},
        "percentage": percentage,
        "rate_type": "percentage",
        "state": params.get("state"),
        "tax_type": params.get("tax_type"),
    }


def is_reverse_charge(customer: Json, tax_ids: list[Json], home: str) -> bool:
    """A business elsewhere in the European Union pays the tax itself."""
    country = location(customer).get("country")
    vat = any(row["type"] == "eu_vat" for row in tax_ids)
    return country in _EU and home in _EU and country != home and vat


def is_inclusive(world: World, tax_behavior: str | None, currency: str) -> bool:
    """Whether an amount holds its tax already; what says nothing follows the settings of the account."""
    if tax_behavior in ("inclusive", "exclusive"):
        return tax_behavior == "inclusive"
    default = (world.settings.get("tax_defaults") or {}).get("tax_behavior")
    return default == "inclusive" or (default == "inferred_by_currency" and currency not in _QUOTED_WITHOUT)


def on_line(line: Json, applied: list[Json], *, exempt: str) -> None:
    """Fill the line's ``taxes`` by rates that were named, each rounded for itself, half a unit away from zero."""
    net = _net(line, applied)
    line["taxes"] = [
        _tax(rate, exempt, "not_available", rounding.half_up(_exact(rate, net)), rounding.half_up(net))
        for rate in applied
    ]


def on_lines(world: World, lines: list[Json], address: Json, *, exempt: str) -> None:
    """Fill each line's ``taxes`` by what Stripe Tax finds there.

    Taxes are added up before they are rounded; the lines' parts sum to that.
    """
    so_far: dict[str, tuple[Decimal, Decimal]] = {}
    for line in lines:
        line["taxes"] = []
        for rate in automatic(world, address, inclusive=is_inclusive(world, _behavior(world, line), line["currency"])):
            net = _net(line, [rate])
            before = so_far.get(rate["id"], (Decimal(0), Decimal(0)))
            after = so_far[rate["id"]] = (before[0] + _exact(rate, net), before[1] + net)
            amount, taxable = (rounding.half_up(x) - rounding.half_up(y) for x, y in zip(after, before, strict=True))
            line["taxes"].append(_tax(rate, exempt, "standard_rated", amount, taxable))


def _behavior(world: World, line: Json) -> str | None:
    details = (line.get("pricing") or {}).get("price_details") or {}
    price = world.store.find("price", details.get("price"))
    return price["tax_behavior"] if price else line.get("tax_behavior")


def _net(line: Json, applied: list[Json]) -> Decimal:
    """What the line comes to after its discounts and without the taxes that it holds."""
    taxable = line["amount"] - sum(each["amount"] for each in line["discount_amounts"])
    inclusive = sum((Decimal(str(rate["percentage"])) for rate in applied if rate["inclusive"]), Decimal(0))
    return Decimal(taxable) / (1 + inclusive / 100)


def _exact(rate: Json, net: Decimal) -> Decimal:
    return net * Decimal(str(rate["percentage"])) / 100


def _tax(rate: Json, exempt: str, reason: str, amount: int, taxable: int) -> Json:
    is_free = exempt in ("exempt", "reverse")
    why_free = {"exempt": "customer_exempt", "reverse": "reverse_charge"}.get(exempt)
    return {
        "amount": 0 if is_free else amount,
        "tax_behavior": "inclusive" if rate["inclusive"] else "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]},
        "taxability_reason": why_free or reason,
        "taxable_amount": 0 if is_free else taxable,
        "type": "tax_rate_details",
    }


def totals(lines: list[Json]) -> list[Json]:
    """The invoice's ``total_taxes``: those of its lines, added up by rate, behaviour and reason."""
    found: dict[tuple[str, str, str], Json] = {}
    for tax in (tax for line in lines for tax in line["taxes"] or []):
        key = (tax["tax_rate_details"]["tax_rate"], tax["tax_behavior"], tax["taxability_reason"])
        if key in found:
            found[key]["amount"] += tax["amount"]
            found[key]["taxable_amount"] += tax["taxable_amount"]
        else:
            found[key] = dict(tax)
    return list(found.values())
