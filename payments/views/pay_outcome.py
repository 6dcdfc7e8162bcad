"""What the payment page says of a payment: one state, its words, and whether there is something to pay."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.base import clock
from config.base.money import Money
from payments import declines
from payments.models import PayLink, Payment
from payments.services import pay_links, payments


class State(StrEnum):
    OPEN = "open"
    DECLINED = "declined"
    ACTION = "action"
    PREPARING = "preparing"
    IN_DOUBT = "in_doubt"
    PROCESSING = "processing"
    RESERVED = "reserved"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    EXPIRED = "expired"
    CANCELED = "canceled"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`tone`: good, bad, wait or calm; `poll_seconds`: when the page asks again by itself, if it should."""

    state: State
    title: str
    text: str

    @property
    def payable(self) -> bool:
        return self.state in {State.OPEN, State.DECLINED, State.ACTION}

    @property
    def tone(self) -> str:
        return _TONES.get(self.state, "calm")

    @property
    def poll_seconds(self) -> int | None:
        return _POLL_SECONDS.get(self.state)


_TONES = {
    State.DECLINED: "bad",
    State.ACTION: "wait",
    State.PREPARING: "wait",
    State.IN_DOUBT: "wait",
    State.PROCESSING: "wait",
    State.RESERVED: "good",
    State.PAID: "good",
    State.PARTLY_REFUNDED: "good",
}
_POLL_SECONDS = {State.PREPARING: 3, State.IN_DOUBT: 3, State.PROCESSING: 15}
_STATES: Mapping[str, State] = {
    Payment.Status.UNKNOWN: State.PREPARING,
    Payment.Status.REQUIRES_PAYMENT_METHOD: State.OPEN,
    Payment.Status.REQUIRES_CONFIRMATION: State.OPEN,
    Payment.Status.REQUIRES_ACTION: State.ACTION,
    Payment.Status.PROCESSING: State.PROCESSING,
    Payment.Status.REQUIRES_CAPTURE: State.RESERVED,
    Payment.Status.SUCCEEDED: State.PAID,
    Payment.Status.CANCELED: State.CANCELED,
    Payment.Status.REJECTED: State.REJECTED,
}
_WORDS: Mapping[State, tuple[Promise, Promise | str]] = {
    State.OPEN: (_("Pay securely"), ""),
    State.ACTION: (
        _("Your bank asks you to confirm"),
        _("Confirm the payment with your bank, or pay another way below. Nothing is charged before."),
    ),
    State.PREPARING: (_("Just a moment"), _("The payment is being prepared. This page updates itself.")),
    State.IN_DOUBT: (
        _("We are checking your payment"),
        _("The outcome is not known yet. Please do not pay again: this page updates itself."),
    ),
    State.PROCESSING: (
        _("Your payment is on its way"),
        _("Your bank is sending %(amount)s. This can take a few working days. There is nothing more to do for you."),
    ),
    State.RESERVED: (
        _("Reserved, not yet charged"),
        _("%(reserved)s is reserved for %(seller)s, who will charge it later or let it go."),
    ),
    State.PAID: (_("Paid. Thank you!"), _("%(seller)s has received %(received)s.")),
    State.PARTLY_REFUNDED: (
        _("Paid, partly refunded"),
        _("You get %(refunded)s of %(received)s back. Your bank may take up to ten days to show it."),
    ),
    State.REFUNDED: (
        _("Refunded"),
        _("You get all of %(refunded)s back. Your bank may take up to ten days to show it."),
    ),
    State.EXPIRED: (
        _("This link has expired"),
        _("It can no longer be used to pay. Nothing was charged. Please ask %(seller)s for a new one."),
    ),
    State.CANCELED: (
        _("This payment was canceled"),
        _("There is nothing to pay any more, and you were charged nothing."),
    ),
    State.REJECTED: (
        _("This payment could not be set up"),
        _("Nothing was charged. Please go back to %(seller)s and try again."),
    ),
}


def of(link: PayLink, *, locale: str) -> Outcome:
    """Where the link's payment stands now, for the payer; amounts as a reader of `locale` writes them."""
    state, payment = _state(link), link.payment
    if state is State.DECLINED:
        told = declines.advice(payment.failure_code, payment.decline_code)
        return Outcome(state, str(_("The payment did not go through")), str(told.customer))
    title, text = words(state, **_facts(payment, locale))
    return Outcome(state, title, text)


def words(state: State, **facts: str) -> tuple[str, str]:
    title, text = _WORDS[state]
    return str(title), str(text) % facts


def _state(link: PayLink) -> State:
    state, payment = _STATES.get(link.payment.status, State.IN_DOUBT), link.payment
    if state in {State.OPEN, State.ACTION}:
        return _while_open(link, state)
    if state is State.PAID and payment.amount_refunded_minor:
        is_all = payment.amount_refunded_minor >= payment.amount_received_minor
        return State.REFUNDED if is_all else State.PARTLY_REFUNDED
    return state


def _while_open(link: PayLink, state: State) -> State:
    if payments.in_doubt(link.payment):
        return State.IN_DOUBT
    if pay_links.is_expired(link, at=clock.now()):
        return State.EXPIRED
    return State.DECLINED if state is State.OPEN and link.payment.failure_code else state


def _facts(payment: Payment, locale: str) -> dict[str, str]:
    return {
        "seller": payment.account.legal_entity.name,
        "amount": payment.amount.format(locale),
        "received": payment.received.format(locale),
        "refunded": payment.refunded.format(locale),
        "reserved": Money(payment.amount_capturable_minor, payment.currency).format(locale),
    }
