"""A draft becomes an invoice: a number, the customer's balance, a payment to make.

Sources: https://docs.stripe.com/invoicing/integration/workflow-transitions, https://docs.stripe.com/billing/customer/balance
"""

from sandbox import money
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from . import balance, discounts, endings, invoice_payments, invoice_shape, numbers, totals
from .invoice_rows import announce, beside, customer_of

_DAY = 86400
_REMINDER_DAYS = 3
_NO_LOCATION = (
    "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax."
)


def finalize(world: World, invoice: Json) -> Json:
    """Make the draft final: open, or paid where nothing is due; raises 400 where it cannot be.

    Events invoice.finalized, invoice.updated, or invoice.finalization_failed.
    """
    if invoice["status"] != "draft":
        raise ApiError("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    customer = customer_of(world, invoice)
    invoice |= invoice_shape.snapshot(world, customer)
    totals.recompute(world, invoice)
    _check(world, invoice)
    world.forget_due("advance_invoice", invoice["id"])
    now = world.clock.now()
    invoice["last_finalization_error"] = None
    invoice["automatically_finalizes_at"] = None
    invoice["number"] = invoice["number"] or numbers.next_of(world, invoice, customer)
    invoice["status"] = "open"
    invoice["effective_at"] = invoice["effective_at"] or now
    invoice["status_transitions"] = {**invoice["status_transitions"], "finalized_at": now}
    page = f"{world.base_url}/_sandbox/invoices/{invoice['id']}"
    invoice["hosted_invoice_url"], invoice["invoice_pdf"] = page, f"{page}/pdf"
    _use_balance(world, invoice, customer)
    _use_up_discount(world, invoice, customer)
    _mark_revised(world, invoice)
    if invoice["amount_due"] > 0:
        invoice_payments.open_default(world, invoice)
    announce(world, invoice, "invoice.finalized")
    world.react("invoice_finalized", invoice)
    if invoice["amount_due"] == 0:
        endings.nothing_due(world, invoice)
    else:
        _remind(world, invoice)
    return invoice


def _check(world: World, invoice: Json) -> None:
    """Raise what keeps a draft from being final, after it was told of."""
    status = invoice["automatic_tax"]["status"] if invoice["automatic_tax"]["enabled"] else "complete"
    if status == "requires_location_inputs":
        raise _failed(world, invoice, "customer_tax_location_invalid", _NO_LOCATION)
    if status == "failed":
        raise _failed(world, invoice, "failed_tax_calculation", "The tax of this invoice could not be calculated.")
    if invoice["collection_method"] == "send_invoice" and invoice["due_date"] is None:
        raise ApiError(
            "If invoice collection method is 'send_invoice', you must specify 'due_date' or 'days_until_due'."
        )
    if not invoice_payments.kinds(invoice):
        message = "None of the invoice's payment method types can be used with its currency."
        raise _failed(world, invoice, "invoice_no_payment_method_types", message)


def _failed(world: World, invoice: Json, code: str, message: str) -> ApiError:
    error = ApiError(message, code=code)
    invoice["last_finalization_error"] = {
        "code": code,
        "doc_url": error.body["doc_url"],
        "message": message,
        "type": "invalid_request_error",
    }
    announce(world, invoice, "invoice.finalization_failed")
    return error


def _use_balance(world: World, invoice: Json, customer: Json) -> None:
    """Take credit, add debit; what is negative or too small to charge goes to the balance instead."""
    total, start = invoice["total"], customer["balance"]
    due = max(0, total + start) if total > 0 else 0
    if total < 0:
        _change(world, invoice, customer, total, "applied_to_invoice")
    elif 0 < due < money.MINIMUM.get(invoice["currency"], 1):
        # What is rolled over is the total itself: the balance that was there stays in it.
        _change(world, invoice, customer, total, "invoice_too_small")
        due = 0
    elif due != total:
        _change(world, invoice, customer, total - due, "applied_to_invoice")
    invoice["starting_balance"], invoice["ending_balance"] = start, customer["balance"]
    invoice["amount_due"] = invoice["amount_remaining"] = due


def _change(world: World, invoice: Json, customer: Json, amount: int, type_: str) -> None:
    known = beside(world, invoice)
    known["balance_applied"] = amount
    world.save(known)
    balance.change(world, customer, amount, type_, currency=invoice["currency"], invoice=invoice["id"])


def _use_up_discount(world: World, invoice: Json, customer: Json) -> None:
    """The customer's own discount, where it applies once, goes with the first invoice that it takes something off."""
    held = customer.get("discount")
    used = {each["discount"] for each in invoice["total_discount_amounts"] if each["amount"]}
    if held and held["id"] in used and discounts.coupon_of(world, held)["duration"] == "once":
        discounts.take(world, customer)


def _mark_revised(world: World, invoice: Json) -> None:
    """The invoice that this one revises is void now and names it."""
    if invoice["from_invoice"] is None:
        return
    original = world.store.get("invoice", invoice["from_invoice"]["invoice"])
    original["latest_revision"] = invoice["id"]
    announce(world, original)
    if original["status"] in ("open", "uncollectible"):
        endings.void(world, original)


def _remind(world: World, invoice: Json) -> None:
    if invoice["due_date"] is None:
        return
    left = invoice["due_date"] - world.clock.now()
    if left > _REMINDER_DAYS * _DAY:
        world.later(left - _REMINDER_DAYS * _DAY, "invoice_will_be_due", invoice["id"])
    world.later(max(0, left), "invoice_overdue", invoice["id"])
