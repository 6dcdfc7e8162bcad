"""What follows when something was issued: its document, and the e-mail that brings it."""

from dataclasses import dataclass

import structlog

from billing.models import CreditNote, Document, Invoice, InvoicePayment, Notice
from billing.services import documents, notices
from billing.services.documents import Subject
from billing.services.pdf import Unprintable
from config.base.actor import Actor
from payments.models import Payment

SYSTEM = Actor.system("issue_documents")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Issued:
    """What one sweep did."""

    documents: int
    notices: int


def sweep(*, by: Actor = SYSTEM) -> Issued:
    """Make what has no document yet, and tell its customer; one that cannot be made holds up no other."""
    made = [(subject, document) for subject in documents.missing() if (document := _issue(subject, by))]
    told = [_tell(subject, document, by) for subject, document in made]
    return Issued(len(made), sum(told))


def _issue(subject: Subject, by: Actor) -> Document | None:
    try:
        return documents.issue(subject, by=by)
    except (documents.NotIssued, Unprintable) as refusal:
        log.warning("no document", subject=subject.public_id, reason=str(refusal))
        return None


def _tell(subject: Subject, document: Document, by: Actor) -> bool:
    """Invoices that collect themselves come with their receipt, or with the e-mail that a payment failed."""
    match subject:
        case Invoice():
            is_sent = subject.collection_method == "send_invoice" and subject.status != Invoice.Status.VOID
            return is_sent and notices.tell(
                message=Notice.Message.INVOICE, customer=subject.customer, subject=subject, document=document, by=by
            )
        case CreditNote():
            customer = subject.invoice.customer
            return notices.tell(
                message=Notice.Message.CREDIT_NOTE, customer=customer, subject=subject, document=document, by=by
            )
        case Payment():
            paid = InvoicePayment.objects.filter(payment=subject).select_related("invoice__customer").first()
            return paid is not None and notices.tell(
                message=Notice.Message.RECEIPT,
                customer=paid.invoice.customer,
                subject=subject,
                document=document,
                by=by,
            )
