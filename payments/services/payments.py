"""Payments: asked for, confirmed, captured, canceled. What comes of it is written by the snapshot handler alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from config.base import audit, domain_events
from config.base.actor import Actor
from config.base.errors import DomainError, IllegalState
from config.base.models import StripeAccount
from config.base.money import Money
from payments.models import Customer, OutboundCall, Payment, PaymentMethod, Refund, Root
from payments.services import outbound, parking, pay_links, snapshots
from payments.services.pay_links import LinkDetails
from payments.stripe_fields import labelled

CREATE = "payment.create"
_WITHOUT_REDIRECTS = {"enabled": True, "allow_redirects": "never"}


class InvalidPayment(DomainError):
    """What was asked does not fit together; `param` names the field."""

    code = "invalid_payment"
    title = "The payment cannot be made like this"


class PaymentNotCapturable(IllegalState):
    code = "payment_not_capturable"
    title = "There is nothing to capture"


class PaymentNotCancelable(IllegalState):
    code = "payment_not_cancelable"
    title = "The payment cannot be canceled any more"


class PaymentNotConfirmable(IllegalState):
    code = "payment_not_confirmable"
    title = "The payment cannot be confirmed now"


class NothingFlagged(IllegalState):
    code = "nothing_flagged"
    title = "Nothing is flagged"


class ActionInDoubt(IllegalState):
    """An earlier wish for this object is not answered yet."""

    code = "action_in_doubt"
    title = "An earlier request is not answered yet"


@dataclass(frozen=True, slots=True)
class Doubt:
    """An action asked of Stripe and not answered yet."""

    action: str
    since: datetime


def create(
    *,
    account: StripeAccount,
    amount: Money,
    by: Actor,
    customer: Customer | None = None,
    payment_method: str = "",
    description: str = "",
    metadata: dict[str, str] | None = None,
    capture_method: str = Payment.CaptureMethod.AUTOMATIC_ASYNC,
    confirm: bool = False,
    off_session: bool = False,
    return_url: str = "",
    setup_future_usage: str = "",
    link: LinkDetails | None = None,
) -> Payment:
    """Ask Stripe for a payment; `payment_method` is Stripe's id.

    The payment comes back with Stripe's status, also when the card was declined; `unknown` when Stripe has not
    answered; `rejected` when it was never made, and then `outbound.failure(last_call(payment))` tells why.
    """
    amount.chargeable()
    _refuse_contradictions(customer, payment_method, confirm=confirm, off_session=off_session)
    with transaction.atomic():
        payment = Payment.objects.create(
            account=account,
            customer=customer,
            payment_method=PaymentMethod.objects.filter(stripe_id=payment_method).first(),
            currency=amount.currency,
            amount_minor=amount.minor,
            capture_method=capture_method,
            off_session=off_session,
            description=description,
            metadata=metadata or {},
        )
        pay_links.create(payment, link or LinkDetails(return_url=return_url))
        domain_events.append(payment, type="payment.created", by=by, data=_asked(payment))
        wish = _creation(payment, payment_method, setup_future_usage)
        if confirm and off_session:
            wish |= {"confirm": True, "off_session": True, "automatic_payment_methods": _WITHOUT_REDIRECTS}
        elif confirm:
            wish |= {"confirm": True, "return_url": return_url or pay_links.url(payment.pay_link)}
        call = outbound.prepare(
            account=account,
            action=CREATE,
            subject=payment,
            path="/v1/payment_intents",
            params=wish,
            by=by,
            root_kind="payment_intent",
            valid_for=outbound.BACK_OFFICE if off_session else outbound.ON_SESSION,
        )
    outbound.send(call, by=by)
    payment.refresh_from_db()
    return payment


def confirm(
    *, payment: Payment, payment_method: str, by: Actor, off_session: bool = False, return_url: str = ""
) -> OutboundCall:
    """Try to collect the payment with a payment method (Stripe's id)."""
    if payment.customer:
        parking.ensure_may_be_billed(payment.customer)
    params = {"payment_method": payment_method, "return_url": return_url or pay_links.url(payment.pay_link)}
    return _act(
        payment,
        "confirm",
        params | ({"off_session": True} if off_session else {}),
        by=by,
        allowed=(Payment.Status.REQUIRES_PAYMENT_METHOD, Payment.Status.REQUIRES_CONFIRMATION),
        otherwise=PaymentNotConfirmable("Only a payment that waits for a payment method can be confirmed."),
    )


def capture(*, payment: Payment, by: Actor, amount: Money | None = None) -> OutboundCall:
    """Take what was reserved, or part of it; the rest is released to the payer."""
    wanted = amount or Money(payment.amount_capturable_minor, payment.currency)
    if payment.status == Payment.Status.REQUIRES_CAPTURE:
        _refuse_other_than_capturable(payment, wanted)
    return _act(
        payment,
        "capture",
        {"amount_to_capture": wanted.minor},
        by=by,
        allowed=(Payment.Status.REQUIRES_CAPTURE,),
        otherwise=PaymentNotCapturable(f"The payment is {payment.status}; only an authorized one can be captured."),
    )


def cancel(*, payment: Payment, by: Actor, reason: str = "") -> OutboundCall:
    """Give the payment up; what was reserved is released to the payer."""
    return _act(
        payment,
        "cancel",
        {"cancellation_reason": reason} if reason else {},
        by=by,
        allowed=Payment.CANCELABLE,
        otherwise=PaymentNotCancelable(f"The payment is {payment.status}; it can no longer be canceled."),
    )


def refresh(*, payment: Payment, by: Actor) -> None:
    """Read the payment from Stripe now; a payment that Stripe has not answered for yet is left to the sweep."""
    if payment.stripe_id:
        root = snapshots.root_for(account=payment.account, kind="payment_intent", stripe_id=payment.stripe_id)
        snapshots.refresh(root, by=by)
        payment.refresh_from_db()


def clear_flags(*, payment: Payment, by: Actor, reason: str) -> None:
    """Note that staff have looked at what is unusual about the payment. A new fact that breaks a rule flags it anew."""
    with transaction.atomic():
        locked = Payment.objects.select_for_update(of=("self",)).select_related("account").get(pk=payment.pk)
        if not locked.flags:
            raise NothingFlagged("Nothing is flagged on this payment any more.")
        Payment.objects.filter(pk=locked.pk).update(flags=[])
        audit.record(locked, changes={"flags": [locked.flags, []]}, by=by, reason=reason)
        domain_events.append(locked, type="payment.flags_cleared", by=by, data={"flags": locked.flags})
    payment.flags = []


def in_doubt(payment: Payment) -> Doubt | None:
    """The oldest unanswered wish about this payment or one of its refunds, unless a webhook has told the answer."""
    refund_ids = payment.refunds.filter(status=Refund.Status.UNKNOWN).values_list("public_id", flat=True)
    call = (
        OutboundCall.objects.filter(subject_id__in=[payment.public_id, *refund_ids], status=OutboundCall.Status.SENT)
        .order_by("id")
        .first()
    )
    if call is None:
        return None
    noun, _, verb = call.action.partition(".")
    return Doubt("refund" if noun == "refund" else verb, call.sent_at)


def last_call(payment: Payment, action: str = CREATE) -> OutboundCall:
    """The newest wish of this kind about the payment."""
    return OutboundCall.objects.filter(subject_id=payment.public_id, action=action).latest("id")


def _act(
    payment: Payment,
    verb: str,
    params: dict[str, Any],
    *,
    by: Actor,
    allowed: tuple[str, ...],
    otherwise: IllegalState,
) -> OutboundCall:
    """One wish about a payment that exists at Stripe: never two at a time, and only from a state that allows it.

    Raises StripeFailure when Stripe refused, or was not reached; in doubt, the call comes back SENT.
    """
    with transaction.atomic():
        locked = Payment.objects.select_for_update().get(pk=payment.pk)
        _refuse_second_wish(locked)
        if locked.status not in allowed or not locked.stripe_id:
            raise otherwise
        call = outbound.prepare(
            account=payment.account,
            action=f"payment.{verb}",
            subject=payment,
            path=f"/v1/payment_intents/{locked.stripe_id}/{verb}",
            params=params,
            by=by,
            root_kind="payment_intent",
            root_id=locked.stripe_id,
            valid_for=outbound.ON_SESSION if verb == "confirm" else outbound.BACK_OFFICE,
        )
        domain_events.append(locked, type=f"payment.{verb}_asked", by=by, data=_wished(params))
    outbound.send(call, by=by)
    payment.refresh_from_db()
    failure = outbound.failure(call)
    if failure and call.status != OutboundCall.Status.SENT:
        raise failure
    return call


def _wished(params: dict[str, Any]) -> dict[str, Any]:
    """What the feed tells of a wish: not the way back, which may be the payer's own signed link."""
    return {name: value for name, value in params.items() if name != "return_url"}


def _refuse_other_than_capturable(payment: Payment, wanted: Money) -> None:
    if wanted.currency != payment.currency:
        raise InvalidPayment(f"The payment is in {payment.currency}.", param="currency")
    if payment.amount_capturable_minor < wanted.chargeable().minor:
        most = Money(payment.amount_capturable_minor, payment.currency)
        raise InvalidPayment(f"Only {most} can be captured.", param="amount")


def _refuse_second_wish(payment: Payment) -> None:
    if OutboundCall.objects.filter(subject_id=payment.public_id, status=OutboundCall.Status.SENT).exists():
        raise ActionInDoubt("Stripe has not answered an earlier request for this payment. It settles by itself.")


def _refuse_contradictions(customer: Customer | None, payment_method: str, *, confirm: bool, off_session: bool) -> None:
    if customer:
        parking.ensure_may_be_billed(customer)
        if not customer.stripe_id:
            raise InvalidPayment("Stripe has not confirmed this customer yet. Try again shortly.", param="customer")
    if confirm and not payment_method:
        raise InvalidPayment("To confirm at once, name a payment method.", param="payment_method")
    if off_session and not confirm:
        raise InvalidPayment("off_session only goes together with confirm.", param="off_session")


def _creation(payment: Payment, payment_method: str, setup_future_usage: str) -> dict[str, Any]:
    wish: dict[str, Any] = {
        "amount": payment.amount_minor,
        "currency": payment.currency,
        "capture_method": payment.capture_method,
        "automatic_payment_methods": {"enabled": True},
        "metadata": labelled(payment.metadata, payment.public_id),
    }
    if payment.customer:
        wish["customer"] = payment.customer.stripe_id
    if payment_method:
        wish["payment_method"] = payment_method
    if payment.description:
        wish["description"] = payment.description
    if setup_future_usage:
        wish["setup_future_usage"] = setup_future_usage
    return wish


def _asked(payment: Payment) -> dict[str, Any]:
    return {"status": payment.status, "amount": payment.amount_minor, "currency": payment.currency}


def root(payment: Payment) -> Root | None:
    """The root whose snapshots write this payment; None while Stripe has not answered."""
    return Root.objects.filter(account=payment.account, stripe_id=payment.stripe_id).first()
