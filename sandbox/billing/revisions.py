"""A final invoice corrected: a draft like it, which replaces it when it becomes final.

Source: https://docs.stripe.com/invoicing/invoice-revisions
"""

from copy import deepcopy

from sandbox import finding
from sandbox.errors import ApiError, InvalidParameters
from sandbox.json_types import Json
from sandbox.world import World

from . import invoice_items, invoice_terms, lines
from .drafts import draft
from .invoice_rows import find

_COPIED = (
    "custom_fields", "default_payment_method", "default_tax_rates", "description", "discounts", "footer", "metadata",
    "payment_settings", "rendering", "statement_descriptor",
)  # fmt: skip
_TAKEN_OVER = frozenset(["customer", "currency", "subscription", "from_invoice", "pending_invoice_items_behavior"])


def create(world: World, params: Json) -> Json:
    """A draft with the lines of ``from_invoice``; raises 400 where that one is a draft itself."""
    original = find(world, params["from_invoice"]["invoice"], param="from_invoice[invoice]")
    if params["from_invoice"]["action"] != "revision":
        raise InvalidParameters("Invalid from_invoice[action]: must be revision", param="from_invoice[action]")
    if params.get("customer") not in (None, original["customer"]):
        raise InvalidParameters("A revision has the customer of the original invoice.", param="customer")
    if original["status"] == "draft":
        raise ApiError("You can only revise finalized invoices.", param="from_invoice[invoice]")
    customer = finding.customer(world, original["customer"], param="customer")
    copied: Json = {name: deepcopy(original[name]) for name in _COPIED}

    def prepare(row: Json) -> None:
        row |= copied | {"from_invoice": {"action": "revision", "invoice": original["id"]}}
        _copy_lines(world, original, row)
        invoice_terms.apply(world, row, {k: v for k, v in params.items() if k not in _TAKEN_OVER})
        invoice_terms.redeem(world, row, params)

    return draft(
        world,
        customer=customer,
        currency=original["currency"],
        billing_reason="manual",
        collection_method=original["collection_method"],
        auto_advance=params.get("auto_advance", False),
        automatic_tax=original["automatic_tax"],
        period=(original["period_start"], original["period_end"]),
        due_date=original["due_date"],
        prepare=prepare,
    )


def _copy_lines(world: World, original: Json, row: Json) -> None:
    """Each line again, as an invoice item of the new draft."""
    for line in lines.of(world, original["id"]):
        details = line["pricing"]["price_details"] or {}
        item = invoice_items.item(
            world,
            customer=row["customer"],
            currency=line["currency"],
            amount=line["amount"],
            description=line["description"],
            period=(line["period"]["start"], line["period"]["end"]),
            invoice=row["id"],
            price=world.store.find("price", details.get("price")),
            unit_amount_decimal=line["pricing"]["unit_amount_decimal"],
            quantity=line["quantity"],
            quantity_decimal=line["quantity_decimal"],
            discountable=line["discountable"],
            discounts=list(line["discounts"]),
            tax_rates=[world.store.get("tax_rate", id_) for id_ in lines.tax_rates_of(world, line)],
            metadata=dict(line["metadata"]),
        )
        world.save(invoice_items.line_of(world, item, row["id"]))
