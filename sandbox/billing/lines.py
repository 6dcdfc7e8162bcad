"""Lines of invoices: each a row of its own, in order; the invoice shows the first of them.

Source: https://docs.stripe.com/api/invoice-line-item
"""

from decimal import Decimal

from sandbox.json_types import Json
from sandbox.world import World

SHOWN = 10


def line(
    world: World,
    *,
    invoice: str | None = None,
    currency: str,
    amount: int,
    description: str | None,
    period: tuple[int, int],
    parent: Json,
    price: Json | None = None,
    unit_amount_decimal: str | None = None,
    quantity: int = 1,
    quantity_decimal: str | None = None,
    discountable: bool = True,
    discounts: list[str] | None = None,
    tax_rates: list[str] | None = None,
    metadata: Json | None = None,
) -> Json:
    """A line that is on no invoice yet unless one is named. Its own tax rates win over the invoice's."""
    row: Json = {
        "id": world.ids.new("il"),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": description,
        "discount_amounts": [],
        "discountable": discountable,
        "discounts": discounts or [],
        "invoice": invoice,
        "livemode": False,
        "metadata": metadata or {},
        "parent": parent,
        "period": {"end": period[1], "start": period[0]},
        "pretax_credit_amounts": [],
        "pricing": pricing(price, unit_amount_decimal, amount, quantity),
        "quantity": quantity,
        "quantity_decimal": quantity_decimal or str(quantity),
        "subscription": _subscription(parent),
        "subtotal": amount,
        "taxes": [],
    }
    if tax_rates:
        world.save({"object": "_line", "id": row["id"], "tax_rates": tax_rates})
    return row


def pricing(price: Json | None, unit: str | None, amount: int, quantity: int) -> Json:
    """What was priced: ``unit`` where it is known, otherwise what a piece of the amount is."""
    if unit is None and quantity:
        exact = Decimal(amount) / quantity
        unit = f"{exact.quantize(Decimal('1e-12')).normalize():f}"
    details = {"price": price["id"], "product": price["product"]} if price else None
    return {"price_details": details, "type": "price_details", "unit_amount_decimal": unit}


def item_parent(
    invoice_item: str, *, subscription: str | None = None, proration: bool = False, credited: Json | None = None
) -> Json:
    """The line came of an invoice item."""
    details = {
        "invoice_item": invoice_item,
        "proration": proration,
        "proration_details": {"credited_items": credited},
        "subscription": subscription,
    }
    return {"invoice_item_details": details, "subscription_item_details": None, "type": "invoice_item_details"}


def subscription_parent(
    subscription: str,
    subscription_item: str,
    *,
    invoice_item: str | None = None,
    proration: bool = False,
    credited: Json | None = None,
) -> Json:
    """The line came of a subscription item."""
    details = {
        "invoice_item": invoice_item,
        "proration": proration,
        "proration_details": {"credited_items": credited},
        "subscription": subscription,
        "subscription_item": subscription_item,
    }
    return {"invoice_item_details": None, "subscription_item_details": details, "type": "subscription_item_details"}


def _subscription(parent: Json) -> str | None:
    details = parent["subscription_item_details"] or parent["invoice_item_details"]
    found: str | None = details["subscription"]
    return found


def item_of(line: Json) -> str | None:
    """The invoice item behind the line."""
    parent = line["parent"]
    details = parent["subscription_item_details"] or parent["invoice_item_details"]
    found: str | None = details["invoice_item"]
    return found


def tax_rates_of(world: World, line: Json) -> list[str]:
    """The ids of the line's own tax rates."""
    row = world.store.find("_line", line["id"])
    return list(row["tax_rates"]) if row else []


def set_tax_rates(world: World, line: Json, ids: list[str]) -> None:
    """From now on these rates are the line's own."""
    world.save({"object": "_line", "id": line["id"], "tax_rates": ids})


def of(world: World, invoice: str) -> list[Json]:
    """All lines of the invoice, in order."""
    return world.store.children("line_item", "invoice", invoice)


def shown(world: World, invoice: str) -> Json:
    """``invoice.lines``: the first page, and whether there is more."""
    found = of(world, invoice)
    return {
        "object": "list",
        "data": found[:SHOWN],
        "has_more": len(found) > SHOWN,
        "total_count": len(found),
        "url": f"/v1/invoices/{invoice}/lines",
    }
