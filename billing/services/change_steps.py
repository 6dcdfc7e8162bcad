"""What comes next in a change that is being made: chosen from what was asked and answered so far, by nothing else."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from billing.models import Invoice, Quote
from billing.services import quote_calls
from billing.services.subscription_terms import BY_INVOICE
from config.base.clock import real_now
from payments.models import OutboundCall

FOR_THE_CUSTOMER = timedelta(minutes=15)
_ASKS_THE_CUSTOMER = {
    "authentication_required",
    "invoice_payment_intent_requires_action",
    "subscription_payment_intent_requires_action",
}
Calls = Mapping[str, OutboundCall]


class Step(StrEnum):
    """What comes next."""

    WAIT = "wait"
    ACCEPT = "accept"
    PAY = "pay"
    EXPIRE = "expire"
    DECLINE = "decline"
    TOO_LATE = "too_late"
    FINALIZE = "finalize"
    VOID = "void"
    GIVE_BACK = "give_back"
    RESTORE = "restore"
    SETTLE = "settle"
    STUCK = "stuck"


def following(quote: Quote, invoice: Invoice | None, calls: Calls) -> Step:
    """What follows from what has happened; nothing is asked of anybody here."""
    if quote.failure_code:
        return _undoing(invoice, calls)
    if not holds(quote, invoice):
        return Step.EXPIRE
    if invoice is None or invoice.status == Invoice.Status.PAID or invoice.collection_method == BY_INVOICE:
        return Step.ACCEPT
    waits = real_now() < calls[quote_calls.CHANGE].valid_until
    pay = calls.get(quote_calls.PAY)
    if pay is None:
        return Step.PAY if waits else Step.TOO_LATE
    if pay.status == OutboundCall.Status.ANSWERED:  # the money is on its way: a debit takes days
        return Step.ACCEPT
    return Step.WAIT if _waits_for_customer(pay) else Step.DECLINE


def holds(quote: Quote, invoice: Invoice | None) -> bool:
    """Whether the invoice that the change made is the one that was quoted, in total and in what is collected.

    What is too small to be charged goes to the balance, and nothing is collected.
    Source: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
    """
    if invoice is None:
        return (quote.total_now_minor, quote.due_now_minor) == (0, 0)
    is_rolled_over = invoice.amount_due_minor == 0 and invoice.starting_balance_minor == 0
    return (invoice.currency, invoice.total_minor) == (quote.currency, quote.total_now_minor) and (
        invoice.amount_due_minor == quote.due_now_minor or is_rolled_over
    )


def _undoing(invoice: Invoice | None, calls: Calls) -> Step:
    if restored := calls.get(quote_calls.RESTORE):
        return Step.SETTLE if restored.status == OutboundCall.Status.ANSWERED else Step.STUCK
    if invoice is None or invoice.status in {Invoice.Status.VOID, Invoice.Status.DELETED}:
        return Step.RESTORE
    if invoice.status == Invoice.Status.PAID:
        if invoice.amount_paid_minor:
            return Step.ACCEPT  # the customer was faster than the undo
        is_owed = to_give_back(invoice) and quote_calls.GIVE_BACK not in calls
        return Step.GIVE_BACK if is_owed else Step.RESTORE
    step = Step.FINALIZE if invoice.status == Invoice.Status.DRAFT else Step.VOID
    action = quote_calls.FINALIZE if step is Step.FINALIZE else quote_calls.VOID
    return Step.STUCK if action in calls else step


def to_give_back(invoice: Invoice) -> int:
    """What the customer's balance must change by to be what it was before an invoice that collected nothing."""
    ending = invoice.ending_balance_minor
    return invoice.starting_balance_minor - (invoice.starting_balance_minor if ending is None else ending)


def _waits_for_customer(pay: OutboundCall) -> bool:
    """The bank asks the customer to confirm: there is time for that, and not more."""
    return pay.error_code in _ASKS_THE_CUSTOMER and real_now() < pay.sent_at + FOR_THE_CUSTOMER
