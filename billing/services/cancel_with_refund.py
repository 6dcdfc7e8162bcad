"""A subscription that ends now, and whose unused rest is refunded: by a credit note on the invoice that paid for it.

Kept as a quote, so that whoever comes after a crash goes on: the subscription ends first, then the money goes back.
"""

import structlog
from django.db import transaction

from billing.models import CreditNote, Invoice, Quote, Subscription
from billing.services import credit_note_parts, credit_notes, invoices, plan_changes, quote_calls, subscription_wishes
from billing.services.credit_notes import Gives, Wanted
from config.base import clock
from config.base.actor import Actor
from config.base.errors import DomainError
from config.base.money import Money
from payments.failures import InDoubt, JsonObject, Misconfigured, NeverLeft, RateLimited
from payments.models import OutboundCall
from payments.services import outbound, refunds

KIND = "cancel"
NOT_REFUNDED = "rest_not_refunded"

log = structlog.get_logger(__name__)


def refundable(subscription: Subscription, unused: Money) -> list[tuple[Invoice, Money]]:
    """The invoices that paid for what is not used, newest first, and what of each can be given back.

    What the customer's bank takes back already is not given back once more.
    """
    paid = Invoice.objects.filter(
        subscription=subscription,
        status=Invoice.Status.PAID,
        amount_paid_minor__gt=0,
        lines__period_end__gt=clock.now(),
    ).distinct()
    left, parts = unused, []
    for invoice in paid.order_by("-created_at", "-id"):
        if any(refunds.dispute_of(payment) for payment in invoices.payments_of(invoice)):
            continue
        most = min(credit_note_parts.creditable(invoice).minor, invoice.amount_paid_minor, left.minor)
        if most > 0:
            parts.append((invoice, Money(most, unused.currency)))
            left -= parts[-1][1]
    return parts


def begin(
    subscription: Subscription, parts: list[tuple[Invoice, Money]], wish: JsonObject, *, by: Actor, reason: str
) -> Quote:
    """Keep what is to be done, with the call that ends the subscription; both leave together or not at all."""
    now = clock.now()
    with transaction.atomic():
        held = subscription_wishes.hold(subscription, allowed=Subscription.Status.values, may_be_scheduled=True)
        quote = Quote.objects.create(
            subscription=held,
            status=Quote.Status.CONFIRMING,
            change={
                KIND: "refund",
                "parts": [{"invoice": invoice.public_id, "amount": amount.minor} for invoice, amount in parts],
            },
            before=plan_changes.state(held),
            proration_date=now,
            currency=held.currency,
            total_now_minor=-sum(amount.minor for _, amount in parts),
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
    return _refund(quote, by)


def _refund(quote: Quote, by: Actor) -> bool:
    """One credit note an invoice; one that was never made does not count, one in doubt is waited for."""
    asked = list(CreditNote.objects.counting().filter(note__contains=quote.public_id).select_related("invoice"))
    if any(note.status == CreditNote.Status.UNKNOWN for note in asked):
        return False
    done = {note.invoice.public_id for note in asked}
    for part in quote.change["parts"]:
        if part["invoice"] not in done:
            return _issue(quote, part, by)
    quote_calls.settle(quote, Quote.Status.ACCEPTED, by=by)
    return False


def _issue(quote: Quote, part: JsonObject, by: Actor) -> bool:
    """Give a part of the rest back; where that is refused, the subscription is shown to staff."""
    invoice = Invoice.objects.get(public_id=part["invoice"])
    try:
        parts = credit_note_parts.of_amount(invoice, Money(part["amount"], quote.currency))
        wanted = Wanted(parts, Gives.REFUND, reason=CreditNote.Reason.ORDER_CHANGE)
        credit_notes.issue(invoice=invoice, wanted=wanted, by=by, note=f"Unused rest ({quote.public_id})")
    except (NeverLeft, InDoubt, RateLimited, Misconfigured):
        return False
    except DomainError as refusal:
        log.warning("rest not refunded", quote=quote.public_id, reason=refusal.code)
        also = {"failure_code": refusal.code, "failure_message": refusal.detail}
        quote_calls.settle(quote, Quote.Status.ACCEPTED, by=by, flag=NOT_REFUNDED, **also)
        return False
    return True
