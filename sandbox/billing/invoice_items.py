"""Invoice items: what a customer owes beside subscriptions, before an invoice takes it.

Source: https://docs.stripe.com/api/invoiceitems
"""

from collections.abc import Iterable
from decimal import Decimal

from sandbox.json_types import Json
from sandbox.world import World

from . import lines


def item(
    world: World,
    *,
    customer: str,
    currency: str,
    amount: int,
    description: str | None,
    period: tuple[int, int],
    invoice: str | None = None,
    price: Json | None = None,
    unit_amount_decimal: str | None = None,
    quantity: int = 1,
    quantity_decimal: str | None = None,
    discountable: bool = True,
    discounts: list[str] | None = None,
    tax_rates: list[Json] | None = None,
    metadata: Json | None = None,
    subscription: str | None = None,
    subscription_item: str | None = None,
    proration: bool = False,
    proration_details: Json | None = None,
) -> Json:
    """An invoice item, saved and told of; on no invoice yet unless one is named."""
    details = {"subscription": subscription, "subscription_item": subscription_item}
    row: Json = {
        "id": world.ids.new("ii"),
        "object": "invoiceitem",
        "amount": amount,
        "currency": currency,
        "customer": customer,
        "customer_account": None,
        "date": world.clock.now(),
        "description": description,
        "discountable": discountable,
        "discounts": discounts or [],
        "invoice": invoice,
        "livemode": False,
        "metadata": metadata or {},
        "net_amount": None if discountable else amount,
        "parent": {"subscription_details": details, "type": "subscription_details"} if subscription else None,
        "period": {"end": period[1], "start": period[0]},
        "pricing": lines.pricing(price, unit_amount_decimal, amount, 0 if proration else quantity),
        "proration": proration,
        "proration_details": proration_details,
        "quantity": quantity,
        "quantity_decimal": quantity_decimal or str(Decimal(quantity)),
        "tax_rates": tax_rates or [],
        "test_clock": world.store.get("customer", customer)["test_clock"],
    }
    world.save(row)
    world.emit("invoiceitem.created", row)
    return row


def pending(world: World, customer: str, currency: str, subscription: str | None) -> Iterable[Json]:
    """Items that wait for an invoice: the customer's own, and those of the subscription; newest first."""
    for row in reversed(world.store.children("invoiceitem", "customer", customer)):
        owner = (row["parent"] or {}).get("subscription_details", {}).get("subscription")
        if row["invoice"] is None and row["currency"] == currency and owner in (None, subscription):
            yield row


def line_of(world: World, row: Json, invoice: str) -> Json:
    """The line that an item becomes on an invoice."""
    pricing = row["pricing"]
    price_id = (pricing["price_details"] or {}).get("price")
    return lines.line(
        world,
        invoice=invoice,
        currency=row["currency"],
        amount=row["amount"],
        description=row["description"],
        period=(row["period"]["start"], row["period"]["end"]),
        parent=_parent(row),
        price=world.store.find("price", price_id),
        unit_amount_decimal=pricing["unit_amount_decimal"],
        quantity=row["quantity"],
        quantity_decimal=row["quantity_decimal"],
        discountable=row["discountable"],
        discounts=list(row["discounts"]),
        tax_rates=[rate["id"] for rate in row["tax_rates"]],
        metadata=dict(row["metadata"]),
    )


def _parent(row: Json) -> Json:
    details = (row["parent"] or {}).get("subscription_details") or {}
    subscription, subscription_item = details.get("subscription"), details.get("subscription_item")
    credited = ((row["proration_details"] or {}).get("credited_items") or {}).get("invoice_line_item_details")
    if subscription and subscription_item:
        return lines.subscription_parent(
            subscription, subscription_item, invoice_item=row["id"], proration=row["proration"], credited=credited
        )
    return lines.item_parent(row["id"], subscription=subscription, proration=row["proration"], credited=credited)
