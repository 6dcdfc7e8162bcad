"""Refunds: what was asked, is in doubt or done never exceeds what was received, also under concurrency."""

from typing import Any

from django.db import IntegrityError, transaction

from config.base import domain_events
from config.base.actor import Actor
from config.base.errors import IllegalState
from config.base.money import Money
from payments.models import Dispute, OutboundCall, Payment, Refund
from payments.services import outbound
from payments.services.payments import InvalidPayment
from payments.stripe_fields import labelled

CREATE = "refund.create"


class PaymentNotRefundable(IllegalState):
    code = "payment_not_refundable"
    title = "There is nothing to refund"


class PaymentDisputed(IllegalState):
    """The customer's bank takes the money back: a refund would pay them twice, and Stripe makes none."""

    code = "payment_disputed"
    title = "The customer's bank disputes the payment"


class RefundExceedsPayment(IllegalState):
    code = "refund_exceeds_payment"
    title = "The refund is larger than what is left"


def refundable(payment: Payment) -> Money:
    """What is left to refund: received, less every refund asked, in doubt, pending or done; nothing while disputed."""
    return Money(0, payment.currency) if dispute_of(payment) else left(payment)


def dispute_of(payment: Payment) -> Dispute | None:
    """The newest dispute because of which nothing can be refunded."""
    disputes = payment.disputes.order_by("-stripe_created_at")
    return next((dispute for dispute in disputes if dispute.forbids_refund), None)


def refuse_disputed(payment: Payment) -> None:
    """Raises PaymentDisputed."""
    if dispute := dispute_of(payment):
        raise PaymentDisputed(f"The bank takes {dispute.amount} back for its customer; nothing can be refunded.")


def left(payment: Payment) -> Money:
    """What was received and not given back, disputed or not."""
    counted = max(payment.refunds.counting().total_minor(), payment.amount_refunded_minor)
    return Money(max(payment.amount_received_minor - counted, 0), payment.currency)


def create(*, payment: Payment, by: Actor, amount: Money | None = None, reason: str = "", note: str = "") -> Refund:
    """Give back `amount`, or all that is left.

    Raises PaymentNotRefundable, PaymentDisputed, RefundExceedsPayment, StripeFailure.

    The refund comes back with Stripe's status, or `unknown` when Stripe has not answered.
    """
    with transaction.atomic():
        locked = Payment.objects.select_for_update(of=("self",)).select_related("account").get(pk=payment.pk)
        refund = _asked(locked, _within(locked, amount), reason=reason, note=note, by=by)
        domain_events.append(refund, type="refund.created", by=by, data=_told(refund))
        call = outbound.prepare(
            account=locked.account,
            action=CREATE,
            subject=refund,
            path="/v1/refunds",
            params=_wish(refund),
            by=by,
            root_kind="payment_intent",
            root_id=locked.stripe_id or "",
            replies_with_root=False,
        )
    outbound.send(call, by=by)
    refund.refresh_from_db()
    payment.refresh_from_db()
    failure = outbound.failure(call)
    if failure and call.status != OutboundCall.Status.SENT:
        raise failure
    return refund


def _within(payment: Payment, amount: Money | None) -> Money:
    most = left(payment)
    if payment.amount_received_minor == 0:
        raise PaymentNotRefundable(f"The payment is {payment.status}; nothing was received that could be given back.")
    if most.minor == 0:
        raise PaymentNotRefundable("Everything that was received is refunded already, or being refunded.")
    refuse_disputed(payment)
    wanted = amount or most
    if wanted.currency != payment.currency:
        raise InvalidPayment(f"The payment is in {payment.currency}.", param="currency")
    wanted.chargeable()
    if most < wanted:
        raise RefundExceedsPayment(f"At most {most} can still be refunded.", param="amount")
    return wanted


def _asked(payment: Payment, amount: Money, *, reason: str, note: str, by: Actor) -> Refund:
    try:
        return Refund.objects.create(
            account=payment.account,
            payment=payment,
            amount_minor=amount.minor,
            currency=amount.currency,
            reason=reason,
            note=note,
            requested_by=str(by),
        )
    except IntegrityError as error:
        raise RefundExceedsPayment("Less than that is left to refund.", param="amount") from error


def _wish(refund: Refund) -> dict[str, Any]:
    wish: dict[str, Any] = {
        "payment_intent": refund.payment.stripe_id,
        "amount": refund.amount_minor,
        "metadata": labelled({}, refund.public_id),
    }
    if refund.reason:
        wish["reason"] = refund.reason
    return wish


def _told(refund: Refund) -> dict[str, Any]:
    return {
        "status": refund.status,
        "amount": refund.amount_minor,
        "currency": refund.currency,
        "payment": refund.payment.public_id,
    }
