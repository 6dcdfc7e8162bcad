"""Documents: one PDF a subject, made once when it is issued, and never again.

Made outside the transactions that write their subjects. Two that make the same one meet at a unique constraint; the
second takes what the first made.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from billing.models import CreditNote, Document, Invoice, InvoicePayment, Letterhead
from billing.services import (
    credit_note_paper,
    invoice_paper,
    letterheads,
    pdf,
    receipt_paper,
    wording,
)
from billing.services.paper import Paper
from billing.services.wording import Reader
from config.base import domain_events
from config.base.actor import Actor
from config.base.errors import IllegalState
from payments.models import Customer, Payment

ISSUED = (Invoice.Status.OPEN, Invoice.Status.PAID, Invoice.Status.VOID, Invoice.Status.UNCOLLECTIBLE)
SYSTEM = Actor.system("documents")
BATCH = 100
Subject = Invoice | CreditNote | Payment
_CONNECTED = F("account__created_at") - timedelta(seconds=1)  # Stripe's moments are whole seconds


class NotIssued(IllegalState):
    """There is no document before its subject is issued."""

    code = "document_not_issued"
    title = "The document does not exist yet"


def of(subject: Subject) -> Document | None:
    """The subject's document, if it was made."""
    return Document.objects.filter(**_subject(subject)).first()


def issue_invoice(invoice: Invoice, *, by: Actor = SYSTEM) -> Document:
    """The invoice's document, made at the first call; raises NotIssued for a draft."""
    if known := of(invoice):
        return known
    if invoice.status not in ISSUED or invoice.finalized_at is None:
        raise NotIssued("An invoice has a document once it is finalized.")
    letterhead, reader = _ends(invoice.customer)
    paper = invoice_paper.write(invoice, letterhead=letterhead, reader=reader)
    return _keep(invoice, Document.Kind.INVOICE, _printed(paper, letterhead), reader, by)


def issue_credit_note(credit_note: CreditNote, *, by: Actor = SYSTEM) -> Document:
    """The credit note's document, made at the first call; raises NotIssued before Stripe has issued it."""
    if known := of(credit_note):
        return known
    if credit_note.status not in {CreditNote.Status.ISSUED, CreditNote.Status.VOID}:
        raise NotIssued("A credit note has a document once it is issued.")
    letterhead, reader = _ends(credit_note.invoice.customer)
    paper = credit_note_paper.write(credit_note, letterhead=letterhead, reader=reader)
    return _keep(credit_note, Document.Kind.CREDIT_NOTE, _printed(paper, letterhead), reader, by)


def issue_receipt(payment: Payment, *, by: Actor = SYSTEM) -> Document:
    """The receipt of a payment that paid an invoice; raises NotIssued while it did not."""
    if known := of(payment):
        return known
    paid = InvoicePayment.objects.filter(payment=payment, status="paid", invoice__finalized_at__isnull=False)
    first = paid.select_related("invoice__customer__account__legal_entity").order_by("pk").first()
    if first is None or payment.status != Payment.Status.SUCCEEDED:
        raise NotIssued("A receipt is for a payment that arrived for an invoice.")
    letterhead, reader = _ends(first.invoice.customer)
    paper = receipt_paper.write(payment, invoice=first.invoice, letterhead=letterhead, reader=reader)
    return _keep(payment, Document.Kind.RECEIPT, _printed(paper, letterhead), reader, by)


def issue(subject: Subject, *, by: Actor = SYSTEM) -> Document:
    """The document of any subject, made at the first call; raises NotIssued."""
    match subject:
        case Invoice():
            return issue_invoice(subject, by=by)
        case CreditNote():
            return issue_credit_note(subject, by=by)
        case Payment():
            return issue_receipt(subject, by=by)


def missing() -> Iterator[Subject]:
    """Finalized invoices, issued credit notes, and payments of invoices that arrived, without a document.

    Of the time before the account was connected nothing: Stripe, or whoever billed before us, has sent those. In no
    order, so that two sweeps that run at once do not make the same ones.
    """
    yield from _missing_invoices()[:BATCH]
    yield from _missing_credit_notes()[:BATCH]
    yield from _missing_receipts()[:BATCH]


def filename(document: Document) -> str:
    """`invoice-2026-00042.pdf`: letters, digits and hyphens of the subject's number."""
    subject = document.invoice or document.credit_note or document.payment
    number = getattr(subject, "number", "") or (subject.public_id if subject else document.public_id)
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in number)
    return f"{document.kind.replace('_', '-')}-{plain}.pdf"


def customer_of(document: Document) -> Customer | None:
    """Whom it is for."""
    if document.invoice:
        return document.invoice.customer
    if document.credit_note:
        return document.credit_note.invoice.customer
    return document.payment.customer if document.payment else None


def _missing_invoices() -> QuerySet[Invoice]:
    rows = Invoice.objects.filter(status__in=ISSUED, finalized_at__gte=_CONNECTED, document=None)
    return rows.select_related("customer__account__legal_entity", "account", "from_invoice").order_by("?")


def _missing_credit_notes() -> QuerySet[CreditNote]:
    issued = CreditNote.objects.filter(status=CreditNote.Status.ISSUED, document=None)
    rows = issued.annotate(since=Coalesce("effective_at", "created_at")).filter(since__gte=_CONNECTED)
    return rows.select_related("invoice__customer__account__legal_entity", "account").order_by("?")


def _missing_receipts() -> QuerySet[Payment]:
    paid = InvoicePayment.objects.filter(status="paid", payment__isnull=False, invoice__finalized_at__isnull=False)
    rows = Payment.objects.filter(status=Payment.Status.SUCCEEDED, receipt=None, pk__in=paid.values("payment"))
    rows = rows.annotate(since=Coalesce("succeeded_at", "created_at")).filter(since__gte=_CONNECTED)
    return rows.select_related("account").order_by("?")


def _ends(customer: Customer) -> tuple[Letterhead, Reader]:
    """Who writes, and who reads."""
    return letterheads.of(customer.account.legal_entity), wording.reader(customer)


def _printed(paper: Paper, letterhead: Letterhead) -> bytes:
    return pdf.render(paper, logo=letterheads.logo_of(letterhead))


def _keep(subject: Subject, kind: Document.Kind, content: bytes, reader: Reader, by: Actor) -> Document:
    """Store it, unless somebody was faster."""
    values: dict[str, Any] = {
        "kind": kind,
        "content": content,
        "sha256": hashlib.sha256(content).hexdigest(),
        "template": pdf.TEMPLATE,
        "locale": reader.locale,
        **_subject(subject),
    }
    try:
        with transaction.atomic():
            type(subject)._default_manager.select_for_update().get(pk=subject.pk)  # events have no gaps
            document = Document.objects.create(**values)
            told = {"document": document.public_id, "sha256": document.sha256}
            name = "payment.receipt_made" if kind == Document.Kind.RECEIPT else f"{kind}.document_made"
            domain_events.append(subject, type=name, by=by, data=told)
    except IntegrityError:
        return Document.objects.get(**_subject(subject))
    return document


def _subject(subject: Subject) -> dict[str, Any]:
    match subject:
        case Invoice():
            return {"invoice": subject}
        case CreditNote():
            return {"credit_note": subject}
        case Payment():
            return {"payment": subject}
