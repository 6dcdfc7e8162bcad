"""State of a payment intent → Payment, with its latest try and its refunds. The one writer of that state.

Facts are recorded, also those that break a rule; such a payment is flagged for staff:
`amount_changed`, `currency_changed`, `refunded_above_received`, `arrived_late`.
"""

from typing import Any

from config.base import clock, domain_events
from config.base.actor import Actor
from config.base.clock import real_now
from config.base.models import StripeAccount
from payments import gateway
from payments.failures import JsonObject
from payments.handlers import attempts, disputes, refunds, rows
from payments.handlers.customer_references import customer_of
from payments.handlers.method_references import payment_method_of
from payments.models import OutboundCall, Payment, PaymentMethod
from payments.stripe_fields import fitting, metadata, moment, nested, reference, text


def complete(*, body: JsonObject, account: str) -> None:
    """Read the further pages of refunds that the expanded charge holds only ten of."""
    held = nested(nested(body, "latest_charge"), "refunds")
    if held.get("has_more"):
        held["data"] = list(gateway.each("/v1/refunds", {"payment_intent": body["id"]}, account=account))
        held["has_more"] = False


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the intent; running twice on the same snapshot changes nothing."""
    if body.get("deleted"):
        return
    payment = _row(account, body)
    method = payment_method_of(body, account=account, by=by)
    facts = _facts(payment, body) | _references(account, body, method)
    flags = _broken_rules(payment, facts)
    was = "" if payment._state.adding else payment.status
    rows.write(payment, status=body["status"], facts=facts | {"flags": flags}, by=by)
    types = [] if was else ["payment.created"]
    if was != payment.status:
        types.append(f"payment.{payment.status}")
    domain_events.append_all(payment, types=types, by=by, source=source, data=story(payment))
    if not was and body.get("latest_charge"):
        disputes.link(payment)
    if method:
        payment.payment_method = method
    charge = nested(body, "latest_charge")
    attempts.from_intent(payment=payment, charge=charge, is_first=not was, account=account, by=by)
    refunds.from_charge(payment=payment, charge=charge, is_first=not was, by=by, source=source)


def story(payment: Payment) -> dict[str, Any]:
    """What a domain event tells of a payment: states and amounts, no personal data."""
    return {
        "status": payment.status,
        "amount": payment.amount_minor,
        "amount_received": payment.amount_received_minor,
        "amount_refunded": payment.amount_refunded_minor,
        "currency": payment.currency,
        "failure_code": payment.failure_code,
        "decline_code": payment.decline_code,
    }


def _row(account: StripeAccount, body: JsonObject) -> Payment:
    """The locked row of this intent: known by its id, or by ours in the metadata, or new."""
    locked = Payment.objects.select_for_update()
    new = Payment(account=account, stripe_id=body["id"], currency=body["currency"], amount_minor=body["amount"])
    return rows.found(locked, body, account=account) or new


def _facts(payment: Payment, body: JsonObject) -> dict[str, Any]:
    charge, error = nested(body, "latest_charge"), nested(body, "last_payment_error")
    facts = {
        "stripe_id": body["id"],
        "latest_charge_id": reference(body, "latest_charge"),
        "capture_method": body["capture_method"],
        "currency": body["currency"],
        "amount_minor": body["amount"],
        "amount_capturable_minor": body.get("amount_capturable") or 0,
        "amount_received_minor": body.get("amount_received") or 0,
        "amount_refunded_minor": refunds.given_back(charge, otherwise=payment.amount_refunded_minor),
        "failure_code": text(error, "code"),
        "decline_code": text(error, "decline_code"),
        "failure_message": text(error, "message"),
        "cancellation_reason": text(body, "cancellation_reason"),
        "receipt_url": text(charge, "receipt_url") or payment.receipt_url,
        "description": text(body, "description"),
        "metadata": metadata(body),
        "client_secret": text(body, "client_secret") or payment.client_secret,
        "capture_before": _capture_before(charge) if charge else payment.capture_before,
        "succeeded_at": payment.succeeded_at or _succeeded_at(body, charge),
        "canceled_at": moment(body.get("canceled_at")),
        "stripe_created_at": moment(body["created"]),
    }
    return fitting(Payment, facts)


def _capture_before(charge: JsonObject) -> Any:
    return moment(nested(nested(charge, "payment_method_details"), "card").get("capture_before"))


def _succeeded_at(body: JsonObject, charge: JsonObject) -> Any:
    if body["status"] != Payment.Status.SUCCEEDED:
        return None
    return moment(charge.get("created")) or clock.now()


def _references(account: StripeAccount, body: JsonObject, method: PaymentMethod | None) -> dict[str, Any]:
    customer = customer_of(body, account=account, at_hand=method.customer if method else None)
    found = {"customer_id": customer.pk if customer else None}
    return found | {"payment_method_id": method.pk} if method else found


def _broken_rules(payment: Payment, facts: dict[str, Any]) -> list[str]:
    """The flags this payment has by now. One stays until staff clear it, and comes back only with a new fact."""
    broken = set(payment.flags)
    refunded, received = facts["amount_refunded_minor"], facts["amount_received_minor"]
    if refunded > received and (refunded, received) != (payment.amount_refunded_minor, payment.amount_received_minor):
        broken.add("refunded_above_received")
    if not payment._state.adding and payment.amount_minor != facts["amount_minor"]:
        broken.add("amount_changed")
    if not payment._state.adding and payment.currency != facts["currency"]:
        broken.add("currency_changed")
    if not payment._state.adding and _is_late(payment):
        broken.add("arrived_late")
    return sorted(broken)


def _is_late(payment: Payment) -> bool:
    """Whether Stripe's object shows up only after its wisher stopped waiting; the sweep then cancels it."""
    if payment.status == Payment.Status.REJECTED:
        return True
    if payment.status != Payment.Status.UNKNOWN:
        return False
    return OutboundCall.objects.filter(
        subject_id=payment.public_id, action="payment.create", valid_until__lt=real_now()
    ).exists()
