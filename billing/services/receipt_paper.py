"""A receipt: that a payment arrived, and what it was for."""

from collections.abc import Iterator
from dataclasses import replace

from billing.models import Invoice, InvoicePayment, Letterhead
from billing.services import invoice_paper, paper_parts
from billing.services.paper import Link, Paper, Sum
from billing.services.wording import Reader
from payments import method_names
from payments.models import Payment, PaymentAttempt


def write(payment: Payment, *, invoice: Invoice, letterhead: Letterhead, reader: Reader) -> Paper:
    """The receipt of a payment that settled the invoice, or part of it."""
    paid = paid_minor(payment, invoice)
    amount = reader.money(paid, payment.currency)
    paid_at = payment.succeeded_at or payment.created_at
    paper = invoice_paper.write(invoice, letterhead=letterhead, reader=reader)
    return replace(
        paper,
        title=reader.say("receipt"),
        summary=f"{reader.say('receipt')} {paper.number}, {letterhead.legal_entity.name}",
        facts=list(_facts(payment, invoice, reader)),
        headline=reader.say("paid", amount=amount, date=reader.day(paid_at)),
        subline="",
        link=Link(),
        memo=(),
        sums=[row for row in paper.sums if row.name not in {reader.say("amount_paid"), reader.say("credited")}],
        total=Sum(reader.say("amount_paid"), amount),
        notes=list(invoice_paper.tax_notes(invoice, reader)),
        **paper_parts.look(letterhead.legal_entity, issued_at=paid_at),
    )


def paid_minor(payment: Payment, invoice: Invoice) -> int:
    """What of the payment went to the invoice, in minor units of its currency."""
    parts = InvoicePayment.objects.filter(payment=payment, invoice=invoice, status="paid")
    told = [each.amount_paid_minor for each in parts if each.amount_paid_minor is not None]
    return sum(told) if told else payment.amount_received_minor


def _facts(payment: Payment, invoice: Invoice, reader: Reader) -> Iterator[tuple[str, str]]:
    yield reader.say("number_of_invoice"), invoice_paper.number(invoice)
    yield reader.say("of_issue"), reader.day(invoice.finalized_at or invoice.created_at)
    yield reader.say("paid_on"), reader.day(payment.succeeded_at or payment.created_at)
    done = payment.attempts.filter(outcome=PaymentAttempt.Outcome.SUCCEEDED).last()
    if done and done.method_label:
        yield reader.say("paid_with"), method_names.said(done.method_label)
    if invoice.purchase_order:
        yield reader.say("purchase_order"), invoice.purchase_order
