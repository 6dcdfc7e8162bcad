"""State of an invoice → Invoice with its lines, taxes, payments and discounts. The one writer of what Stripe says.

Facts are recorded, also those that break a rule; such an invoice is flagged for staff: `sum_does_not_hold`,
`numbered_by_stripe`, `terminal_state_left`, `arrived_late`, `period_billed_twice`, `too_many_lines`.
"""

from typing import Any

from billing.handlers import billed_periods, discounts, invoice_lines, invoice_payments, invoice_rules, own_rows
from billing.handlers.references import invoice_of, subscription_of
from billing.models import Invoice
from billing.services.ledger import invoices as ledger_invoices
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments import gateway
from payments.failures import JsonObject
from payments.handlers.customer_references import customer_of
from payments.services import snapshots
from payments.stripe_fields import fitting, metadata, moment, nested, reference, text

_BEFORE_FINAL = {"", Invoice.Status.DRAFT, Invoice.Status.REJECTED}


def complete(*, body: JsonObject, account: str) -> None:
    """Read the further pages of lines and payments."""
    lines, payments = nested(body, "lines"), nested(body, "payments")
    if lines.get("has_more"):
        lines["data"] = list(gateway.each(f"/v1/invoices/{body['id']}/lines", {}, account=account))
        lines["has_more"] = False
    if payments.get("has_more"):
        payments["data"] = list(gateway.each("/v1/invoice_payments", {"invoice": body["id"]}, account=account))
        payments["has_more"] = False


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the invoice; running twice on the same snapshot changes nothing."""
    periods = billed_periods.hold(body)
    if body.get("deleted"):
        _delete(body, by=by, source=source)
        billed_periods.settle(periods, by=by, source=source)
        return
    invoice = _row(account, body, by=by)
    was_bare = not invoice._state.adding and invoice.stripe_created_at is None
    has_other_lines = _write(invoice, body, account=account, by=by, source=source)
    billed_periods.settle(periods, by=by, source=source)
    ledger_invoices.post(invoice, by=by)
    if has_other_lines:
        invoice_rules.count_lines_of_the_day(invoice, by=by, source=source)
    if was_bare:
        for note in invoice.credit_notes.exclude(stripe_id=None):
            snapshots.want(account=account, kind="credit_note", stripe_id=note.stripe_id or "")


def story(invoice: Invoice) -> dict[str, Any]:
    """What a domain event tells of an invoice: states and amounts, no personal data."""
    return {
        "status": invoice.status,
        "number": invoice.number,
        "customer": invoice.customer.public_id,
        "currency": invoice.currency,
        "total": invoice.total_minor,
        "amount_due": invoice.amount_due_minor,
        "amount_paid": invoice.amount_paid_minor,
        "amount_remaining": invoice.amount_remaining_minor,
    }


def _row(account: StripeAccount, body: JsonObject, *, by: Actor) -> Invoice:
    locked = Invoice.objects.select_for_update(of=("self",), no_key=True).select_related("customer", "subscription")
    known = own_rows.found(locked, body, account=account, by=by)
    return known or Invoice(account=account, stripe_id=body["id"])


def _write(invoice: Invoice, body: JsonObject, *, account: StripeAccount, by: Actor, source: str) -> bool:
    """Whether the lines differ from before."""
    is_new = invoice._state.adding
    is_first = is_new or invoice.stripe_id is None  # a draft of ours: what refers to it would not find it yet
    facts = _facts(body) | _references(invoice, body, account=account)
    facts["flags"] = sorted({*invoice.flags, *invoice_rules.broken(invoice, facts, body)})
    stays = not is_new and invoice.status in Invoice.TERMINAL
    lines = not is_first and invoice_lines.write(invoice, body, account=account, is_first=False)
    rest = not is_first and _write_rest(invoice, body, account=account, by=by, is_first=False)
    own_rows.record(
        invoice,
        status=invoice.status if stays else text(body, "status") or Invoice.Status.DRAFT,
        facts=facts,
        by=by,
        source=source,
        noun="invoice",
        moved=_moved,
        story=story,
        also_changed=lines or rest,
    )
    if is_first:
        lines = invoice_lines.write(invoice, body, account=account, is_first=True)
        _write_rest(invoice, body, account=account, by=by, is_first=True)
    return lines


def _moved(was: str, now: str) -> list[str]:
    """An invoice that is seen for the first time when all is over was finalized all the same."""
    is_final = now not in {Invoice.Status.DRAFT, Invoice.Status.DELETED}
    words = ["finalized"] if is_final and was in _BEFORE_FINAL else []
    return words if now in {Invoice.Status.OPEN, Invoice.Status.DRAFT} else [*words, now]


def _write_rest(invoice: Invoice, body: JsonObject, *, account: StripeAccount, by: Actor, is_first: bool) -> bool:
    carried, currency = body.get("discounts") or [], body["currency"]
    paid = invoice_payments.write(invoice, nested(body, "payments"), account=account, by=by, is_first=is_first)
    off = discounts.write(
        invoice, carried, kind="invoice", currency=currency, account=account, by=by, is_first=is_first
    )
    return paid or off


def _delete(body: JsonObject, *, by: Actor, source: str) -> None:
    """A draft that was thrown away; its row stays, its lines bill nothing."""
    locked = Invoice.objects.select_for_update(of=("self",), no_key=True).select_related("customer")
    invoice = locked.filter(stripe_id=body["id"], status=Invoice.Status.DRAFT).first()
    if invoice is None:
        return
    invoice_lines.remove_all(invoice)
    own_rows.record(
        invoice,
        status=Invoice.Status.DELETED,
        facts={},
        by=by,
        source=source,
        noun="invoice",
        moved=_moved,
        story=story,
    )


def _references(invoice: Invoice, body: JsonObject, *, account: StripeAccount) -> dict[str, Any]:
    """An invoice keeps what it was known to belong to where Stripe does not say any more."""
    customer = customer_of(body, account=account, at_hand=invoice.customer if invoice.customer_id else None)
    bare = {"account": account, "customer": customer, "currency": body["currency"]}
    details = nested(nested(body, "parent"), "subscription_details")
    subscription = subscription_of(reference(details, "subscription"), **bare, at_hand=invoice.subscription)
    if invoice._state.adding and customer:
        invoice.customer, invoice.subscription = customer, subscription
    corrected = invoice_of(reference(nested(body, "from_invoice"), "invoice"), **bare)
    return {
        "customer_id": customer.pk if customer else invoice.customer_id,
        "subscription_id": subscription.pk if subscription else invoice.subscription_id,
        "from_invoice_id": corrected.pk if corrected else invoice.from_invoice_id,
    }


def _facts(body: JsonObject) -> dict[str, Any]:
    moments = nested(body, "status_transitions")
    facts = {
        "stripe_id": body["id"],
        "number": text(body, "number"),
        "currency": body["currency"],
        "collection_method": body["collection_method"],
        "billing_reason": text(body, "billing_reason"),
        "auto_advance": bool(body.get("auto_advance")),
        "attempt_count": body["attempt_count"],
        "next_payment_attempt": moment(body.get("next_payment_attempt")),
        "automatic_tax_status": text(nested(body, "automatic_tax"), "status"),
        "finalization_error": text(nested(body, "last_finalization_error"), "message"),
        "description": text(body, "description"),
        "footer": text(body, "footer"),
        "custom_fields": body.get("custom_fields") or [],
        "due_date": moment(body.get("due_date")),
        "period_start": moment(body["period_start"]),
        "period_end": moment(body["period_end"]),
        "metadata": metadata(body),
        "hosted_invoice_url": text(body, "hosted_invoice_url"),
        "finalized_at": moment(moments.get("finalized_at")),
        "paid_at": moment(moments.get("paid_at")),
        "voided_at": moment(moments.get("voided_at")),
        "marked_uncollectible_at": moment(moments.get("marked_uncollectible_at")),
        "stripe_created_at": moment(body["created"]),
    }
    return fitting(Invoice, facts) | _amounts(body)


def _amounts(body: JsonObject) -> dict[str, Any]:
    return {
        "subtotal_minor": body["subtotal"],
        "discount_minor": invoice_lines.added_up(body.get("total_discount_amounts")),
        "tax_minor": invoice_lines.added_up(body.get("total_taxes")),
        "total_minor": body["total"],
        "starting_balance_minor": body["starting_balance"],
        "ending_balance_minor": body.get("ending_balance"),
        "amount_due_minor": body["amount_due"],
        "amount_paid_minor": body["amount_paid"],
        "amount_paid_off_stripe_minor": body.get("amount_paid_off_stripe") or 0,
        "amount_remaining_minor": body["amount_remaining"],
        "amount_overpaid_minor": body.get("amount_overpaid") or 0,
        "pre_payment_credit_minor": body["pre_payment_credit_notes_amount"],
        "post_payment_credit_minor": body["post_payment_credit_notes_amount"],
    }
