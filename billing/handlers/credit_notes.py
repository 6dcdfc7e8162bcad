"""State of a credit note → CreditNote with its lines; its invoice and what it gave back are read anew."""

from collections.abc import Sequence
from typing import Any

from billing.handlers import own_rows
from billing.handlers.invoice_lines import added_up
from billing.handlers.references import invoice_of
from billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from billing.services.ledger import credit_notes as ledger_credit_notes
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments import gateway
from payments.failures import JsonObject
from payments.handlers.customer_references import customer_of
from payments.services import snapshots
from payments.stripe_fields import fitting, metadata, moment, nested, reference, text


def complete(*, body: JsonObject, account: str) -> None:
    """Read the further pages of lines."""
    held = nested(body, "lines")
    if held.get("has_more"):
        held["data"] = list(gateway.each(f"/v1/credit_notes/{body['id']}/lines", {}, account=account))
        held["has_more"] = False


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the credit note; running twice on the same snapshot changes nothing."""
    if body.get("deleted"):
        return
    customer = customer_of(body, account=account)
    invoice = invoice_of(reference(body, "invoice"), account=account, customer=customer, currency=body["currency"])
    if invoice is None:
        return
    locked = CreditNote.objects.select_for_update(of=("self",), no_key=True)
    note = own_rows.found(locked, body, account=account, by=by) or CreditNote(account=account, stripe_id=body["id"])
    note.invoice = invoice
    is_news = own_rows.record(
        note,
        status=CreditNote.Status.VOID if note.status == CreditNote.Status.VOID else body["status"],
        facts=_facts(body),
        by=by,
        source=source,
        noun="credit_note",
        moved=lambda _, now: [now],
        story=story,
    )
    _write_lines(note, nested(body, "lines").get("data", []))
    if is_news:
        _want_what_it_changed(invoice, has_refunds=bool(body["refunds"]), account=account)
    # Roots are held before the invoice is, as in the handlers of invoices and payments.
    ledger_credit_notes.post(note, by=by)


def story(note: CreditNote) -> dict[str, Any]:
    """What a domain event tells of a credit note: states and amounts, no personal data."""
    return {
        "status": note.status,
        "number": note.number,
        "invoice": note.invoice.public_id,
        "currency": note.currency,
        "total": note.total_minor,
        "refunded": note.refund_minor,
        "credited": note.credit_minor,
    }


def _want_what_it_changed(invoice: Invoice, *, has_refunds: bool, account: StripeAccount) -> None:
    """No order of events is promised: the invoice's sums and the payment's refunds may not have been told of."""
    if invoice.stripe_id:
        snapshots.want(account=account, kind="invoice", stripe_id=invoice.stripe_id)
    if has_refunds:
        paid_by = invoice.payments.exclude(payment_intent_id="").order_by("payment_intent_id")
        for intent in paid_by.values_list("payment_intent_id", flat=True):
            snapshots.want(account=account, kind="payment_intent", stripe_id=intent)


def _facts(body: JsonObject) -> dict[str, Any]:
    refunds = [part for part in body["refunds"] if reference(part, "refund")]
    given_back = sum(part["amount_refunded"] for part in refunds)
    recorded = sum(part["amount_refunded"] for part in body["refunds"]) - given_back
    outside = (body.get("out_of_band_amount") or 0) + recorded
    facts = {
        "stripe_id": body["id"],
        "number": text(body, "number"),
        "type": text(body, "type"),
        "reason": text(body, "reason"),
        "memo": text(body, "memo"),
        "currency": body["currency"],
        "subtotal_minor": body["subtotal"],
        "discount_minor": body["discount_amount"],
        "tax_minor": added_up(body.get("total_taxes")),
        "total_minor": body["total"],
        "pre_payment_minor": body["pre_payment_amount"],
        "post_payment_minor": body["post_payment_amount"],
        "refund_minor": given_back,
        "credit_minor": body["post_payment_amount"] - given_back - outside,
        "out_of_band_minor": outside,
        "refund_ids": [reference(part, "refund") for part in refunds],
        "effective_at": moment(body.get("effective_at")),
        "voided_at": moment(body.get("voided_at")),
        "metadata": metadata(body),
        "stripe_created_at": moment(body["created"]),
    }
    return fitting(CreditNote, facts)


def _write_lines(note: CreditNote, bodies: Sequence[JsonObject]) -> None:
    """Lines of a credit note never change; only the invoice's line may become known later."""
    known = {line.stripe_id: line for line in note.lines.all()}
    credited = {text(body, "invoice_line_item") for body in bodies} - {""}
    lines = dict(InvoiceLine.objects.filter(stripe_id__in=credited).values_list("stripe_id", "pk"))
    for place, body in enumerate(bodies):
        facts = _line(place, body) | {"invoice_line_id": lines.get(text(body, "invoice_line_item"))}
        row = known.get(body["id"])
        if row is None or any(getattr(row, name) != value for name, value in facts.items()):
            CreditNoteLine.objects.update_or_create(stripe_id=body["id"], defaults={"credit_note": note, **facts})


def _line(place: int, body: JsonObject) -> dict[str, Any]:
    return {
        "position": place,
        "description": text(body, "description"),
        "quantity": body.get("quantity"),
        "amount_minor": body["amount"],
        "discount_minor": body["discount_amount"],
        "tax_minor": added_up(body.get("taxes")),
    }
