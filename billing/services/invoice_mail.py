"""An issued invoice mailed to its customer once more, by hand. Ours alone: Stripe's own mails stay off."""

from django.db import transaction

from billing.models import Invoice, Notice
from billing.services import invoice_wishes, notices
from billing.services.invoice_wishes import InvoiceNotChangeable
from config.base import clock, domain_events
from config.base.actor import Actor
from config.base.errors import IllegalState

SENDABLE = (Invoice.Status.OPEN, Invoice.Status.PAID, Invoice.Status.UNCOLLECTIBLE)


class NoAddress(IllegalState):
    code = "customer_has_no_email"
    title = "There is nobody to write to"


def send(*, invoice: Invoice, by: Actor) -> bool:
    """Have the invoice mailed with its PDF; False when this very request was told before.

    Raises NoAddress, InvoiceNotChangeable.
    """
    with transaction.atomic():
        held = invoice_wishes.lock(invoice)
        if held.status not in SENDABLE:
            raise InvoiceNotChangeable(f"The invoice is {held.status}; only an issued one is sent.")
        if not held.customer.email:
            raise NoAddress("The customer has no e-mail address.")
        occasion = f"by hand {by.request_id or clock.now().isoformat()}"
        is_new = notices.tell(
            message=Notice.Message.INVOICE, customer=held.customer, subject=held, occasion=occasion, by=by
        )
        if is_new:
            domain_events.append(held, type="invoice.mailed", by=by, source=occasion)
    return is_new
