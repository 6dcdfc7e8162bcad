"""How an open invoice ends: paid, void, uncollectible.

Source: https://docs.stripe.com/invoicing/integration/workflow-transitions
"""

from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from . import balance, invoice_payments
from .invoice_rows import announce, beside, customer_of

_NOT_OPEN = "You can only pass in open invoices. This invoice isn't open."


def _transition(world: World, invoice: Json, status: str, moment: str) -> None:
    invoice["status"] = status
    invoice["next_payment_attempt"] = None
    invoice["status_transitions"] = {**invoice["status_transitions"], moment: world.clock.now()}
    for task in ("retry_invoice", "advance_invoice", "invoice_will_be_due", "invoice_overdue"):
        world.forget_due(task, invoice["id"])


def nothing_due(world: World, invoice: Json) -> None:
    """An invoice that asks for nothing is paid as it is finalized; no attempt counts."""
    invoice["attempted"] = True
    _paid(world, invoice, "invoice.paid", "invoice.payment_succeeded")


def receive(world: World, invoice: Json, amount: int) -> None:
    """A payment came in; the invoice is paid when nothing remains, and what is too much becomes credit."""
    applied = min(amount, invoice["amount_remaining"])
    invoice["amount_paid"] += applied
    invoice["amount_remaining"] -= applied
    invoice["attempted"] = True
    over = amount - applied
    if over:
        invoice["amount_overpaid"] += over
        _credit(world, invoice, -over, "invoice_overpaid")
    if invoice["amount_remaining"] > 0:
        invoice_payments.follow_remaining(world, invoice)
        announce(world, invoice)
        return
    _paid(world, invoice, "invoice.paid", "invoice.payment_succeeded")
    if over:
        world.emit("invoice.overpaid", invoice)


def pay_out_of_band(world: World, invoice: Json) -> Json:
    """The customer paid elsewhere; event invoice.paid alone."""
    if invoice["status"] not in ("open", "uncollectible"):
        raise ApiError(_NOT_OPEN)
    rest = invoice["amount_remaining"]
    invoice["amount_paid"] += rest
    invoice["amount_paid_off_stripe"] += rest
    invoice["amount_remaining"] = 0
    invoice["auto_advance"] = False
    invoice_payments.give_up(world, invoice)
    _paid(world, invoice, "invoice.paid")
    return invoice


def credited(world: World, invoice: Json) -> None:
    """Credit notes left nothing to pay."""
    invoice_payments.give_up(world, invoice)
    _paid(world, invoice, "invoice.paid")


def _paid(world: World, invoice: Json, *events: str) -> None:
    _transition(world, invoice, "paid", "paid_at")
    for row in invoice_payments.of(world, invoice):
        if row["status"] == "open" and not row["is_default"]:
            invoice_payments.cancel(world, row)
    announce(world, invoice, *events)
    world.react("invoice_paid", invoice)


def void(world: World, invoice: Json) -> Json:
    """Take the invoice back; what it took of the customer's balance returns. Raises 400 where money was paid."""
    if invoice["status"] == "paid" or any(row["status"] == "paid" for row in invoice_payments.of(world, invoice)):
        raise ApiError("Invoices with `paid` payments cannot be voided.")
    if invoice["status"] not in ("open", "uncollectible"):
        raise ApiError(_NOT_OPEN)
    invoice_payments.give_up(world, invoice)
    _return_balance(world, invoice)
    invoice["auto_advance"] = False
    _transition(world, invoice, "void", "voided_at")
    announce(world, invoice, "invoice.voided")
    world.react("invoice_voided", invoice)
    return invoice


def _return_balance(world: World, invoice: Json) -> None:
    """Source: https://docs.stripe.com/billing/customer/balance"""
    known = beside(world, invoice)
    if known["balance_applied"]:
        _credit(world, invoice, -known["balance_applied"], "unapplied_from_invoice")
        known["balance_applied"] = 0
        world.save(known)


def _credit(world: World, invoice: Json, amount: int, type_: str) -> None:
    customer = customer_of(world, invoice)
    if not customer.get("deleted"):
        balance.change(world, customer, amount, type_, currency=invoice["currency"], invoice=invoice["id"])


def mark_uncollectible(world: World, invoice: Json) -> Json:
    """Give the debt up; it can still be paid. Raises 400 where the invoice is not open."""
    if invoice["status"] == "uncollectible":
        raise ApiError("This invoice has already been marked uncollectible.")
    if invoice["status"] != "open":
        raise ApiError(_NOT_OPEN)
    invoice["auto_advance"] = False
    _transition(world, invoice, "uncollectible", "marked_uncollectible_at")
    announce(world, invoice, "invoice.marked_uncollectible")
    world.react("invoice_uncollectible", invoice)
    return invoice
