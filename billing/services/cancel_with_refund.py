"""A subscription that ends now, and whose unused rest is refunded: by a credit note on the invoice that paid for it.

Kept as a quote, so that whoever comes after a crash goes on: the subscription ends first, then the money goes back.
"""

import structlog
from django.db import transaction

from billing.models import CreditNote, Invoice, Quote, Subscription
from billing.services import credit_note_parts, credit_notes, plan_changes, quote_calls, subscription_wishes
from billing.services.credit_notes import Gives, Wanted
from config.base import clock
from config.base.actor import Actor
from config.base.errors import DomainError
from config.base.money import Money
from payments.failures import InDoubt, JsonObject, NeverLeft
from payments.models import OutboundCall
from payments.services import outbound

KIND = "cancel"
NOT_REFUNDED = "rest_not_refunded"

log = structlog.get_logger(__name__)


def refundable(subscription: Subscription, unused: Money) -> tuple[Invoice | None, Money]:
    """The invoice that paid for what is not used, and what of it can be given back."""
    paid = Invoice.objects.filter(subscription=subscription, status=Invoice.Status.PAID, amount_paid_minor__gt=0)
    invoice = paid.order_by("-created_at", "-id").first()
    if invoice is None:
        return None, Money(0, subscription.currency)
    most = min(credit_note_parts.creditable(invoice).minor, invoice.amount_paid_minor)
    return invoice, Money(max(min(unused.minor, most), 0), subscription.currency)


def begin(
    subscription: Subscription, invoice: Invoice, amount: Money, wish: JsonObject, *, by: Actor, reason: str
) -> Quote:
    """Keep what is to be done, with the call that ends the subscription; both leave together or not at all."""
    now = clock.now()
    with transaction.atomic():
        held = subscription_wishes.hold(subscription, allowed=Subscription.Status.values, may_be_scheduled=True)
        quote = Quote.objects.create(
            subscription=held,
            status=Quote.Status.CONFIRMING,
            change={KIND: "refund", "invoice": invoice.public_id, "amount": amount.minor},
            before=plan_changes.state(held),
            proration_date=now,
            currency=amount.currency,
            total_now_minor=-amount.minor,
            total_next_minor=0,
            asked_by=str(by),
            reason=reason,
            expires_at=now,
        )
        subscription_wishes.note(held, "subscription.cancel", by=by, reason=reason, data=quote.change)
        quote_calls.prepare(
            quote,
            quote_calls.CANCEL,
            subscription_wishes.path(held),
            wish,
            by=by,
            root_kind=subscription_wishes.ROOT,
            root_id=held.stripe_id or "",
            valid_for=outbound.BACK_OFFICE,
            method="DELETE",
        )
    return quote


def play(quote: Quote, *, by: Actor) -> bool:
    """Take the next step; whether there may be another."""
    call = quote_calls.made(quote)[quote_calls.CANCEL]
    if call.status == OutboundCall.Status.SENT:
        return False
    if call.status != OutboundCall.Status.ANSWERED:
        also = {"failure_code": call.error_code or "rejected", "failure_message": call.error_message}
        quote_calls.settle(quote, Quote.Status.FAILED, by=by, **also)
        return False
    noted = _credit_note(quote)
    if noted is None:
        return _issue(quote, by)
    if noted.status != CreditNote.Status.UNKNOWN:
        quote_calls.settle(quote, Quote.Status.ACCEPTED, by=by)
    return False


def _credit_note(quote: Quote) -> CreditNote | None:
    """The one that this quote has asked for; one that was never made does not count."""
    return CreditNote.objects.counting().filter(note__contains=quote.public_id).first()


def _issue(quote: Quote, by: Actor) -> bool:
    """Give the rest back; where that is refused, the subscription is shown to staff."""
    invoice = Invoice.objects.get(public_id=quote.change["invoice"])
    amount = Money(quote.change["amount"], quote.currency)
    try:
        parts = credit_note_parts.of_amount(invoice, amount)
        wanted = Wanted(parts, Gives.REFUND, reason=CreditNote.Reason.ORDER_CHANGE)
        credit_notes.issue(invoice=invoice, wanted=wanted, by=by, note=f"Unused rest ({quote.public_id})")
    except (NeverLeft, InDoubt):
        return False
    except DomainError as refusal:
        log.warning("rest not refunded", quote=quote.public_id, reason=refusal.code)
        also = {"failure_code": refusal.code, "failure_message": refusal.detail}
        quote_calls.settle(quote, Quote.Status.ACCEPTED, by=by, flag=NOT_REFUNDED, **also)
        return False
    return True
