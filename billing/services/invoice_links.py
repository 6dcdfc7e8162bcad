"""An invoice paid by link: the hosted payment page of the payment that Stripe made for the invoice."""

from collections.abc import Iterator

from django.db import transaction

from billing.models import Invoice
from billing.services import invoices
from config.base import domain_events
from config.base.actor import Actor
from config.base.errors import IllegalState
from payments.models import PayLink, Payment
from payments.services import parking, pay_links
from payments.services.pay_links import Line, LinkDetails

SHOWN = 50
_PAYABLE = (
    Payment.Status.REQUIRES_PAYMENT_METHOD,
    Payment.Status.REQUIRES_CONFIRMATION,
    Payment.Status.REQUIRES_ACTION,
)


class NothingToPay(IllegalState):
    code = "nothing_to_pay"
    title = "There is nothing to pay by link"


def of(*, invoice: Invoice, by: Actor) -> PayLink:
    """The invoice's pay link, made at the first call; never another payment than Stripe's own for this invoice.

    Raises NothingToPay, CustomerParked.
    """
    parking.ensure_may_be_billed(invoice.customer)
    payment = _payable(invoice)
    with transaction.atomic():
        locked = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
        if link := PayLink.objects.filter(payment=locked).first():
            return link
        link = pay_links.create(locked, LinkDetails(title=_title(invoice), lines=tuple(_lines(invoice))))
        domain_events.append(invoice, type="invoice.pay_link_made", by=by, data={"payment": locked.public_id})
    return link


def existing(invoice: Invoice) -> PayLink | None:
    """The link that was made for the invoice, while it can be paid through it."""
    payable = [payment.pk for payment in invoices.payments_of(invoice) if payment.status in _PAYABLE]
    return PayLink.objects.filter(payment__in=payable).first() if invoice.status == Invoice.Status.OPEN else None


def _payable(invoice: Invoice) -> Payment:
    if invoice.status != Invoice.Status.OPEN or not invoice.amount_remaining_minor:
        raise NothingToPay(f"The invoice is {invoice.status}; only an open one is paid by link.")
    known = invoices.payments_of(invoice)
    if not known:
        raise NothingToPay("The payment that Stripe made for it has not arrived here yet. Try again shortly.")
    payable = [payment for payment in known if payment.status in _PAYABLE]
    if not payable:
        raise NothingToPay(f"Its payment is {known[0].status.replace('_', ' ')}.")
    return payable[0]


def _title(invoice: Invoice) -> str:
    return f"Invoice {invoice}"


def _lines(invoice: Invoice) -> Iterator[Line]:
    """The lines, and what makes of them the sum that is owed."""
    lines = list(invoice.lines.filter(removed_at=None)[: SHOWN + 1])
    for line in lines[:SHOWN]:
        yield Line((line.description or "Line")[:200], line.amount_minor, line.quantity or 1)
    shown = sum(line.amount_minor for line in lines[:SHOWN])
    rest = invoice.subtotal_minor - shown
    for text, amount in (
        ("More lines", rest if len(lines) > SHOWN else 0),
        ("Discount", -invoice.discount_minor),
        ("Tax", _added_tax(invoice)),
        ("Paid or credited already", invoice.amount_remaining_minor - invoice.total_minor),
    ):
        if amount:
            yield Line(text, amount)


def _added_tax(invoice: Invoice) -> int:
    return invoice.total_minor - invoice.subtotal_minor + invoice.discount_minor
