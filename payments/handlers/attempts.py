"""Tries to collect a payment → PaymentAttempt, one row a try.

A charge names its try; state and moments may both tell of it, in any order, and it stays one row. A try that
failed before a charge was made is named by the event that told of it.
"""

from typing import Any

from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.handlers.method_references import payment_method_of
from payments.models import InboxEvent, Payment, PaymentAttempt, PaymentMethod
from payments.stripe_fields import fitting, moment, nested, reference, text

_OUTCOMES = {
    "succeeded": PaymentAttempt.Outcome.SUCCEEDED,
    "failed": PaymentAttempt.Outcome.FAILED,
    "pending": PaymentAttempt.Outcome.PENDING,
}


def from_intent(*, payment: Payment, charge: JsonObject, is_first: bool, account: StripeAccount, by: Actor) -> None:
    """The try that the intent's snapshot carries: its latest charge. `is_first`: the payment has no rows yet."""
    if charge:
        _from_charge(payment, charge, account=account, by=by, is_first=is_first)


def from_charge_event(*, event: InboxEvent, body: JsonObject, account: StripeAccount, by: Actor) -> None:
    """The try that a `charge.*` event tells of, also when the intent has moved on since."""
    charge = body["data"]["object"]
    if PaymentAttempt.objects.filter(source=charge["id"]).exclude(outcome=PaymentAttempt.Outcome.PENDING).exists():
        return  # the snapshot told of it, and how it ended
    payment = Payment.objects.filter(stripe_id=reference(charge, "payment_intent")).first()
    if payment:
        _from_charge(payment, charge, account=account, by=by)


def from_failed_intent_event(*, event: InboxEvent, body: JsonObject, account: StripeAccount, by: Actor) -> None:
    """The try of a `payment_intent.payment_failed` event that never became a charge."""
    intent = body["data"]["object"]
    error = nested(intent, "last_payment_error")
    payment = Payment.objects.filter(stripe_id=intent["id"]).first()
    if payment is None or error.get("charge"):
        return
    method = payment_method_of(error, account=account, by=by)
    facts = {
        "payment": payment,
        "payment_method": method,
        "outcome": PaymentAttempt.Outcome.FAILED,
        "amount_minor": intent["amount"],
        "failure_code": text(error, "code"),
        "decline_code": text(error, "decline_code"),
        "failure_message": text(error, "message"),
        "method_label": str(method or ""),
        "attempted_at": event.stripe_created_at,
    }
    PaymentAttempt.objects.get_or_create(source=event.stripe_id, defaults=fitting(PaymentAttempt, facts))


def _from_charge(
    payment: Payment, charge: JsonObject, *, account: StripeAccount, by: Actor, is_first: bool = False
) -> None:
    """Nobody else writes tries meanwhile: the transaction holds their root."""
    known = None if is_first else PaymentAttempt.objects.filter(source=charge["id"]).first()
    if known and known.outcome != PaymentAttempt.Outcome.PENDING:
        return
    facts = _facts(charge) | {"payment_method": _method(payment, charge, account=account, by=by)}
    if known:
        PaymentAttempt.objects.filter(pk=known.pk, outcome=PaymentAttempt.Outcome.PENDING).update(**facts)
    else:
        PaymentAttempt.objects.create(source=charge["id"], payment=payment, **facts)


def _method(payment: Payment, charge: JsonObject, *, account: StripeAccount, by: Actor) -> PaymentMethod | None:
    """Mostly the payment's own."""
    own = payment.payment_method
    if own and own.stripe_id == reference(charge, "payment_method"):
        return own
    return payment_method_of(charge, account=account, by=by)


def _facts(charge: JsonObject) -> dict[str, Any]:
    outcome = nested(charge, "outcome")
    facts = {
        "outcome": _OUTCOMES.get(charge["status"], PaymentAttempt.Outcome.PENDING),
        "amount_minor": charge["amount"],
        "failure_code": text(charge, "failure_code"),
        "decline_code": _decline_code(charge, outcome),
        "failure_message": text(charge, "failure_message"),
        "network_status": text(outcome, "network_status"),
        "risk_level": text(outcome, "risk_level"),
        "method_label": _label(charge),
        "attempted_at": moment(charge["created"]),
    }
    return fitting(PaymentAttempt, facts)


def _decline_code(charge: JsonObject, outcome: JsonObject) -> str:
    """A charge carries its decline code as the reason of its outcome."""
    return text(outcome, "reason") if charge["status"] == "failed" else ""


def _label(charge: JsonObject) -> str:
    details = nested(charge, "payment_method_details")
    kind = text(details, "type")
    of_kind = nested(details, kind)
    name = text(of_kind, "brand") or text(of_kind, "bank_name") or kind
    last4 = text(of_kind, "last4")
    return f"{name} •••• {last4}" if last4 else name
