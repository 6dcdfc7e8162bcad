"""Drafts: made, filled, emptied.

Sources: https://docs.stripe.com/invoicing/integration/workflow-transitions, https://docs.stripe.com/api/invoices/create
"""

from collections.abc import Callable, Iterable

from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from . import advancement, invoice_items, invoice_shape, lines, totals
from .discounts import inherited
from .invoice_rows import announce, beside, require_draft

_DAY = 86400


def draft(
    world: World,
    *,
    customer: Json,
    currency: str,
    billing_reason: str,
    lines: Iterable[Json] = (),
    parent: Json | None = None,
    collection_method: str = "charge_automatically",
    days_until_due: int | None = None,
    auto_advance: bool,
    period: tuple[int, int] | None = None,
    discounts: Iterable[str] = (),
    default_tax_rates: Iterable[Json] = (),
    automatic_tax: Json | None = None,
    default_payment_method: str | None = None,
    metadata: Json | None = None,
    pending_items: bool = False,
    subscription: str | None = None,
    prepare: Callable[[Json], None] | None = None,
    **more: object,
) -> Json:
    """A saved draft with its sums; event invoice.created. ``more`` are further fields of the invoice.

    ``pending_items`` takes what waits for the customer (and the subscription), before the lines that were given;
    ``prepare`` may change the draft before anybody hears of it.
    """
    row = invoice_shape.blank(world, customer, currency, billing_reason)
    row |= {
        "auto_advance": auto_advance,
        "automatic_tax": invoice_shape.automatic_tax(automatic_tax),
        "collection_method": collection_method,
        "default_payment_method": default_payment_method,
        "default_tax_rates": list(default_tax_rates),
        "discounts": list(discounts) or inherited(world, customer),
        "due_date": row["created"] + days_until_due * _DAY if days_until_due is not None else None,
        "metadata": metadata or {},
        "parent": parent or (subscription_parent(subscription) if subscription else None),
        **more,
    }
    if period:
        row["period_start"], row["period_end"] = period
    world.save(row)
    if pending_items:
        sweep_pending_items(world, row, subscription)
    for each in lines:
        world.save(each | {"invoice": row["id"]})
    if prepare is not None:
        prepare(row)
    totals.recompute(world, row)
    _set_currency(world, customer, currency)
    world.save(row)
    event = world.emit("invoice.created", row)
    advancement.expect(world, row, event)
    return row


def _set_currency(world: World, customer: Json, currency: str) -> None:
    if customer["currency"] is None:
        customer["currency"] = currency
        world.changed("customer.updated", customer)


def subscription_parent(subscription: str, metadata: Json | None = None, proration_date: int | None = None) -> Json:
    """``parent`` of an invoice that bills a subscription."""
    details: Json = {"metadata": metadata or {}, "subscription": subscription}
    if proration_date is not None:
        details["subscription_proration_date"] = proration_date
    return {"quote_details": None, "subscription_details": details, "type": "subscription_details"}


def sweep_pending_items(world: World, invoice: Json, subscription: str | None = None) -> int:
    """Take the items that wait, without new sums; returns how many there were."""
    found = list(invoice_items.pending(world, invoice["customer"], invoice["currency"], subscription))
    for item in found:
        take_item(world, invoice, item)
    return len(found)


def take_item(world: World, invoice: Json, item: Json) -> Json:
    """Put an invoice item on the draft; returns its line."""
    item["invoice"] = invoice["id"]
    world.save(item)
    row = invoice_items.line_of(world, item, invoice["id"])
    world.save(row)
    return row


def add_lines(world: World, invoice: Json, added: Iterable[Json]) -> Json:
    """Put lines on the draft; raises 400 where it is none."""
    require_draft(invoice)
    for each in added:
        each["invoice"] = invoice["id"]
        world.save(each)
    return announce(world, totals.recompute(world, invoice))


def remove_line(world: World, invoice: Json, row: Json, *, delete_item: bool) -> None:
    """Take a line off the draft, without new sums; its item is deleted or waits again."""
    require_draft(invoice)
    world.store.delete(row)
    item = world.store.find("invoiceitem", lines.item_of(row))
    if item is None:
        return
    if delete_item:
        world.store.delete(item)
        world.emit("invoiceitem.deleted", item)
    else:
        item["invoice"] = None
        world.save(item)


def recompute(world: World, invoice: Json) -> Json:
    """New sums of a draft, saved and told of."""
    require_draft(invoice)
    return announce(world, totals.recompute(world, invoice))


def delete(world: World, invoice: Json) -> Json:
    """Delete a one-off draft; its items are not billed again."""
    if invoice["status"] != "draft":
        raise ApiError("You can only delete draft invoices.")
    if invoice["parent"] is not None:
        raise ApiError(
            "You can only delete one-off draft invoices. This one belongs to a subscription; void it instead."
        )
    gone = beside(world, invoice)
    world.forget_due("advance_invoice", invoice["id"])
    for row in lines.of(world, invoice["id"]):
        world.store.delete(row)
    world.store.delete(gone)
    world.store.delete(invoice)
    world.emit("invoice.deleted", invoice)
    return {"id": invoice["id"], "object": "invoice", "deleted": True}
