"""Refunds of a payment → Refund, read from the charge that its intent's snapshot carries."""

from typing import Any

from config.base import audit, domain_events
from config.base.actor import Actor
from payments.failures import JsonObject
from payments.models import Payment, Refund
from payments.stripe_fields import fitting, moment, nested, text


def given_back(charge: JsonObject, *, otherwise: int) -> int:
    """What was given back of a charge, in minor units. Stripe also calls it a refund when it releases an
    authorization that was never captured; no money had moved, so it is none here.
    Source: https://docs.stripe.com/api/payment_intents/cancel
    """
    if not charge:
        return otherwise
    return int(charge["amount_refunded"]) if charge["captured"] else 0


def from_charge(*, payment: Payment, charge: JsonObject, by: Actor, source: str) -> None:
    """Write every refund of a captured charge, ours and those made at Stripe, oldest first."""
    if not charge.get("captured"):
        return
    for body in reversed(nested(charge, "refunds").get("data", [])):
        _apply(payment, body, by=by, source=source)


def story(refund: Refund) -> dict[str, Any]:
    """What a domain event tells of a refund."""
    return {
        "status": refund.status,
        "amount": refund.amount_minor,
        "currency": refund.currency,
        "reason": refund.reason,
        "payment": refund.payment.public_id,
        "failure_code": refund.failure_code,
    }


def _apply(payment: Payment, body: JsonObject, *, by: Actor, source: str) -> None:
    refund = _row(payment, body)
    facts = _facts(body)
    was, is_new = refund.status, refund._state.adding
    if is_new:
        refund.status = body["status"]
        for name, value in facts.items():
            setattr(refund, name, value)
        refund.save(force_insert=True)
    elif was != body["status"]:
        audit.move(refund, from_=[was], to=body["status"], by=by, **facts)
    else:
        Refund.objects.filter(pk=refund.pk).update(**facts)
    if is_new or was != refund.status:
        domain_events.append(refund, type=f"refund.{refund.status}", by=by, source=source, data=story(refund))


def _row(payment: Payment, body: JsonObject) -> Refund:
    rows = Refund.objects.select_for_update(of=("self",)).select_related("account", "payment")
    if known := rows.filter(stripe_id=body["id"]).first():
        return known
    ours = nested(body, "metadata").get("counterfoil_id")
    if ours and (asked := rows.filter(payment=payment, public_id=ours, stripe_id=None).first()):
        return asked
    return Refund(account=payment.account, payment=payment, requested_by="Stripe")


def _facts(body: JsonObject) -> dict[str, Any]:
    failure = text(body, "failure_reason")
    facts = {
        "stripe_id": body["id"],
        "amount_minor": body["amount"],
        "currency": body["currency"],
        "reason": text(body, "reason"),
        "failure_code": failure,
        "failure_message": failure.replace("_", " "),
        "metadata": {k: v for k, v in nested(body, "metadata").items() if k != "counterfoil_id"},
        "stripe_created_at": moment(body["created"]),
    }
    return fitting(Refund, facts)
