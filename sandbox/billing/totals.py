"""What the lines of a draft come to: discounts, taxes, sums.

Sources: https://docs.stripe.com/billing/taxes/tax-rates, https://docs.stripe.com/tax/invoicing
"""

from collections.abc import Iterable

from sandbox.json_types import Json
from sandbox.world import World

from . import discounts, invoice_rows, lines, taxes


def recompute(world: World, invoice: Json) -> Json:
    """Discounts and taxes of every line, and the sums of a draft; saves the lines, not the invoice."""
    found = lines.of(world, invoice["id"])
    before = {row["id"]: (row["discount_amounts"], row["taxes"]) for row in found}
    discounts.apply(world, found, list(invoice["discounts"]), invoice["currency"])
    _tax(world, invoice, found)
    for row in found:
        if before[row["id"]] != (row["discount_amounts"], row["taxes"]):
            row["pretax_credit_amounts"] = [{**each, "type": "discount"} for each in row["discount_amounts"]]
            world.save(row)
    _sum(invoice, found)
    _owe(world, invoice)
    invoice["lines"] = lines.shown(world, invoice["id"])
    return invoice


def _tax(world: World, invoice: Json, found: list[Json]) -> None:
    customer = invoice_rows.customer_of(world, invoice)
    if invoice["automatic_tax"]["enabled"]:
        _tax_automatically(world, invoice, customer, found)
        return
    general = [rate["id"] for rate in invoice["default_tax_rates"]]
    for row in found:
        applied = taxes.rates(world, lines.tax_rates_of(world, row) or general)
        taxes.on_line(row, applied, exempt=customer["tax_exempt"])


def _tax_automatically(world: World, invoice: Json, customer: Json, found: list[Json]) -> None:
    status = "complete"
    if world.settings.get("tax_service_down"):
        status = "failed"
    elif taxes.needs_location(customer):
        status = "requires_location_inputs"
    invoice["automatic_tax"]["status"] = status
    exempt = customer["tax_exempt"]
    tax_ids = world.store.children("tax_id", "customer", customer["id"])
    if exempt == "none" and taxes.is_reverse_charge(customer, tax_ids, invoice["account_country"]):
        exempt = "reverse"
    address = taxes.location(customer) if status == "complete" else {}
    taxes.on_lines(world, found, address, exempt=exempt)


def _by_discount(found: Iterable[Json]) -> list[Json]:
    sums: dict[str, int] = {}
    for each in (each for row in found for each in row["discount_amounts"]):
        sums[each["discount"]] = sums.get(each["discount"], 0) + each["amount"]
    return [{"amount": amount, "discount": discount} for discount, amount in sums.items()]


def _sum(invoice: Json, found: list[Json]) -> None:
    invoice["subtotal"] = sum(row["amount"] for row in found)
    invoice["total_discount_amounts"] = _by_discount(found)
    invoice["total_pretax_credit_amounts"] = [
        {**each, "type": "discount"} for each in invoice["total_discount_amounts"]
    ]
    invoice["total_taxes"] = taxes.totals(found)
    off = sum(each["amount"] for each in invoice["total_discount_amounts"])
    added = sum(each["amount"] for each in invoice["total_taxes"] if each["tax_behavior"] == "exclusive")
    within = sum(each["amount"] for each in invoice["total_taxes"] if each["tax_behavior"] == "inclusive")
    invoice["total"] = invoice["subtotal"] - off + added
    invoice["subtotal_excluding_tax"] = invoice["subtotal"] - within
    invoice["total_excluding_tax"] = invoice["total"] - added - within


def _owe(world: World, invoice: Json) -> None:
    """What would be due if the draft were finalized now, with the customer's balance."""
    invoice["starting_balance"] = invoice_rows.customer_of(world, invoice)["balance"]
    due = max(0, invoice["total"] + invoice["starting_balance"]) if invoice["total"] >= 0 else 0
    invoice["amount_due"] = invoice["amount_remaining"] = due
