"""What an e-mail says, read when it is sent, and whether it is still true then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from billing.models import CreditNote, Document, Invoice, InvoicePayment, Notice, Subscription, SubscriptionItem
from billing.services import (
    credit_note_paper,
    document_links,
    documents,
    invoice_paper,
    letterheads,
    notices,
    receipt_paper,
)
from billing.services.paper import Link
from billing.services.wording import Reader
from config.base import clock
from payments.models import Payment


class NotTrue(Exception):
    """It would not be true any more, or there is nobody to tell; the words are for staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The parts of an e-mail, in the reader's language. `documents` are attached; `link` is what to do."""

    subject: str
    title: str
    paragraphs: Sequence[str]
    link: Link = field(default_factory=Link)
    documents: Sequence[Document] = ()


def of(notice: Notice, reader: Reader) -> Facts:
    """What the notice says today; raises NotTrue."""
    subject = notices.subject_of(notice)
    if subject is None:
        raise NotTrue("What it tells of is gone.")
    return _WRITERS[Notice.Message(notice.message)](notice, subject, reader)


def _seller(notice: Notice) -> str:
    return notice.customer.account.legal_entity.name


def _invoice(notice: Notice, invoice: Invoice, reader: Reader) -> Facts:
    if invoice.status == Invoice.Status.VOID:
        raise NotTrue("The invoice was voided before it was sent.")
    number, owed = invoice_paper.number(invoice), invoice_paper.owed(invoice)
    amount = reader.money(owed, invoice.currency)
    if owed <= 0:
        what_to_do = reader.say("invoice_settled")
    elif invoice_paper.is_charged_by_itself(invoice):
        what_to_do = reader.say("invoice_charged", amount=amount)
    else:
        due = invoice.due_date or invoice.finalized_at or clock.now()
        what_to_do = reader.say("invoice_due", amount=amount, date=reader.day(due))
    total = reader.money(invoice.total_minor, invoice.currency)
    return Facts(
        subject=reader.say("invoice_subject", number=number, seller=_seller(notice)),
        title=reader.say("invoice_title", number=number),
        paragraphs=[reader.say("invoice_text", amount=total), what_to_do, reader.say("attached")],
        link=_pay(invoice, reader.say("invoice_action")) if owed > 0 else Link(),
        documents=[documents.issue_invoice(invoice)],
    )


def _receipt(notice: Notice, payment: Payment, reader: Reader) -> Facts:
    paid = InvoicePayment.objects.filter(payment=payment, status="paid").select_related("invoice").order_by("pk")
    first = paid.first()
    if first is None:
        raise NotTrue("The payment is for no invoice.")
    amount = reader.money(receipt_paper.paid_minor(payment, first.invoice), payment.currency)
    number = invoice_paper.number(first.invoice)
    return Facts(
        subject=reader.say("receipt_subject", seller=_seller(notice)),
        title=reader.say("receipt_title"),
        paragraphs=[reader.say("receipt_text", amount=amount, number=number), reader.say("attached")],
        documents=[documents.issue_receipt(payment), documents.issue_invoice(first.invoice)],
    )


def _credit_note(notice: Notice, credit_note: CreditNote, reader: Reader) -> Facts:
    if credit_note.status != CreditNote.Status.ISSUED:
        raise NotTrue("The credit note was voided before it was sent.")
    number = credit_note_paper.number(credit_note)
    amount = reader.money(credit_note.total_minor, credit_note.currency)
    invoice = invoice_paper.number(credit_note.invoice)
    return Facts(
        subject=reader.say("credit_note_subject", number=number, seller=_seller(notice)),
        title=reader.say("credit_note_title", number=number),
        paragraphs=[reader.say("credit_note_text", amount=amount, invoice=invoice), reader.say("attached")],
        documents=[documents.issue_credit_note(credit_note)],
    )


def _to_pay(notice: Notice, invoice: Invoice, reader: Reader) -> Facts:
    """A payment that failed, or waits for the bank's question to be answered."""
    if invoice.status not in {Invoice.Status.OPEN, Invoice.Status.UNCOLLECTIBLE} or invoice_paper.owed(invoice) <= 0:
        raise NotTrue(f"The invoice is {invoice.status} by now.")
    kind = notice.message
    amount = reader.money(invoice_paper.owed(invoice), invoice.currency)
    number = invoice_paper.number(invoice)
    return Facts(
        subject=reader.say(f"{kind}_subject", seller=_seller(notice)),
        title=reader.say(f"{kind}_title", amount=amount),
        paragraphs=[
            reader.say(f"{kind}_text", amount=amount, number=number),
            reader.say(f"{kind}_do"),
            *([reader.say("try_again", date=reader.day(again))] if (again := invoice.next_payment_attempt) else []),
        ],
        link=_pay(invoice, reader.say(f"{kind}_action", amount=amount)),
        documents=[documents.issue_invoice(invoice)],
    )


def _trial_ending(notice: Notice, subscription: Subscription, reader: Reader) -> Facts:
    if subscription.status != Subscription.Status.TRIALING or not subscription.trial_end:
        raise NotTrue(f"The subscription is {subscription.status} by now.")
    return _coming(notice, subscription, reader, at=subscription.trial_end)


def _renewal(notice: Notice, subscription: Subscription, reader: Reader) -> Facts:
    ends = [item.current_period_end for item in _items(subscription) if item.current_period_end]
    is_over = subscription.cancel_at_period_end or subscription.cancel_at
    if subscription.status != Subscription.Status.ACTIVE or is_over or not ends:
        raise NotTrue("The subscription does not renew any more.")
    return _coming(notice, subscription, reader, at=min(ends))


def _coming(notice: Notice, subscription: Subscription, reader: Reader, *, at: datetime) -> Facts:
    """What happens on a day, and what it costs, as far as that is known."""
    if at <= clock.now():
        raise NotTrue("The day has passed.")
    kind, day, items = notice.message, reader.day(at), _items(subscription)
    plan, price = _plan(items, reader), _price(subscription, items, reader)
    return Facts(
        subject=reader.say(f"{kind}_subject", seller=_seller(notice), date=day),
        title=reader.say(f"{kind}_title", plan=plan, date=day),
        paragraphs=[
            reader.say(f"{kind}_text", plan=plan, date=day),
            reader.say(f"{kind}_do", price=price) if price else reader.say(f"{kind}_free"),
        ],
    )


def _items(subscription: Subscription) -> list[SubscriptionItem]:
    return list(subscription.items.filter(removed_at=None).select_related("price__product"))


def _plan(items: Sequence[SubscriptionItem], reader: Reader) -> str:
    """`Studio × 3, Support`."""
    named = [(str(item.price.product), item.quantity or 1) for item in items]
    return ", ".join(f"{name} × {reader.number(count)}" if count > 1 else name for name, count in named)


def _price(subscription: Subscription, items: Sequence[SubscriptionItem], reader: Reader) -> str:
    """The sum of the next bill, where nothing can change it; empty where usage, tiers, taxes or discounts may."""
    is_plain = not subscription.automatic_tax and not subscription.tax_rate_ids
    discounted = subscription.discounts.filter(removed_at=None).exists()
    customer_discounted = subscription.customer.discounts.filter(removed_at=None, subscription=None).exists()
    amounts = [item.price.unit_amount_minor for item in items if item.price.currency == subscription.currency]
    known = [amount for amount in amounts if amount is not None]
    if not is_plain or discounted or customer_discounted or len(known) != len(items):
        return ""
    total = sum(amount * (item.quantity or 1) for amount, item in zip(known, items, strict=True))
    return reader.money(total, subscription.currency)


def _pay(invoice: Invoice, text: str) -> Link:
    return Link(text, document_links.to_pay(invoice))


def reply_to(notice: Notice) -> str:
    """Where answers go: the letterhead's address, else the support's; empty where there is none."""
    entity = notice.customer.account.legal_entity
    return letterheads.of(entity).reply_to or entity.support_email


_WRITERS: Mapping[Notice.Message, Callable[..., Facts]] = {
    Notice.Message.INVOICE: _invoice,
    Notice.Message.RECEIPT: _receipt,
    Notice.Message.CREDIT_NOTE: _credit_note,
    Notice.Message.PAYMENT_FAILED: _to_pay,
    Notice.Message.PAYMENT_ACTION_REQUIRED: _to_pay,
    Notice.Message.TRIAL_ENDING: _trial_ending,
    Notice.Message.RENEWAL: _renewal,
}
