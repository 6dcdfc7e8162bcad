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
_EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)


def rates(world: World, ids: list[str] | str | None) -> list[Json]:
    """The tax rates that a parameter names; raises 400 for one that is not there."""
    found = []
    for id_ in ids or []:
        row = world.store.find("tax_rate", id_)
        if row is None:
            raise ApiError(f"No such tax rate: '{id_}'", code="resource_missing", param="tax_rates")
        found.append(row)
    return found


def needs_location(customer: Json) -> bool:
    """Stripe Tax must know at least the country, and in the United States the postal code or state."""
    address = customer["address"] or {}
    if address.get("country") == "US":
        return not (address.get("postal_code") or address.get("state"))
    return not address.get("country")


def automatic(world: World, customer: Json) -> list[Json]:
    """The tax rates that Stripe Tax applies to this customer, made once each; empty where nothing is collected."""
    address = customer["address"] or {}
    country, state = address.get("country"), address.get("state")
    if country == "US":
        percentage = STATES.get(state or "", "0")
        return [_made(world, country, state or "", percentage, "Sales Tax", "sales_tax")] if percentage != "0" else []
    if country not in STANDARD:
        return []
    percentage, name, kind = STANDARD[country]
    return [_made(world, country, "", percentage, name, kind)]


def _made(world: World, country: str, state: str, percentage: str, name: str, kind: str) -> Json:
    id_ = f"txr_auto{country}{state}{percentage.replace('.', '')}"
    known = world.store.find("tax_rate", id_)
    if known is not None:
        return known
    row = blank(world, {"display_name": name, "percentage": percentage, "inclusive": False, "country": country})
    row |= {"id": id_, "active": False, "state": state or None, "tax_type": kind, "jurisdiction_level": "country"}
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
    country = (customer["address"] or {}).get("country")
    vat = any(row["type"] == "eu_vat" for row in tax_ids)
    return country in _EU and home in _EU and country != home and vat


def on_line(line: Json, applied: list[Json], *, exempt: str, is_automatic: bool = False) -> None:
    """Fill the line's ``taxes``, each rounded for itself, half a unit away from zero."""
    taxable = line["amount"] - sum(each["amount"] for each in line["discount_amounts"])
    inclusive = sum((Decimal(str(rate["percentage"])) for rate in applied if rate["inclusive"]), Decimal(0))
    net = Decimal(taxable) / (1 + inclusive / 100)
    line["taxes"] = [_tax(rate, net, exempt, is_automatic) for rate in applied]


def _tax(rate: Json, net: Decimal, exempt: str, is_automatic: bool) -> Json:
    is_free = exempt in ("exempt", "reverse")
    amount = 0 if is_free else rounding.half_up(net * Decimal(str(rate["percentage"])) / 100)
    reason = {"exempt": "customer_exempt", "reverse": "reverse_charge"}.get(exempt)
    return {
        "amount": amount,
        "tax_behavior": "inclusive" if rate["inclusive"] else "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]},
        "taxability_reason": reason or ("standard_rated" if is_automatic else "not_available"),
        "taxable_amount": 0 if is_free else rounding.half_up(net),
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
