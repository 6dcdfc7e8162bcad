"""Refunds of a payment → Refund, read from the charge that its intent's snapshot carries."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from config.base import domain_events
from config.base.actor import Actor
from payments.failures import JsonObject
from payments.handlers import rows
from payments.models import Payment, Refund
from payments.stripe_fields import fitting, metadata, moment, nested, our_id, text


def given_back(charge: JsonObject, *, otherwise: int) -> int:
    """What was given back of a charge, in minor units. Stripe also calls it a refund when it releases an
    authorization that was never captured; no money had moved, so it is none here.
    Source: https://docs.stripe.com/api/payment_intents/cancel
    """
    if not charge:
        return otherwise
    return int(charge["amount_refunded"]) if charge["captured"] else 0


def from_charge(*, payment: Payment, charge: JsonObject, is_first: bool, by: Actor, source: str) -> None:
    """Write every refund of a captured charge, ours and those made at Stripe, oldest first.

    `is_first`: the payment has no rows yet.
    """
    bodies = nested(charge, "refunds").get("data", []) if charge.get("captured") else []
    if bodies:
        standing = [] if is_first else list(payment.refunds.select_for_update().order_by("pk"))
        for body in reversed(bodies):
            _apply(payment, body, standing, by=by, source=source)


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


def _apply(payment: Payment, body: JsonObject, standing: Sequence[Refund], *, by: Actor, source: str) -> None:
    refund = _among(standing, body) or Refund(account_id=payment.account_id, payment=payment, requested_by="Stripe")
    was = "" if refund._state.adding else refund.status
    rows.write(refund, status=body["status"], facts=_facts(body), by=by)
    if was != refund.status:
        domain_events.append(refund, type=f"refund.{refund.status}", by=by, source=source, data=story(refund))


def _among(standing: Sequence[Refund], body: JsonObject) -> Refund | None:
    """The payment's refund with this id; else the one that asked for it, by our id in the metadata."""
    known = (refund for refund in standing if refund.stripe_id == body["id"])
    asked = (refund for refund in standing if refund.stripe_id is None and refund.public_id == our_id(body))
    return next(chain(known, asked), None)


def _facts(body: JsonObject) -> dict[str, Any]:
    failure = text(body, "failure_reason")
    facts = {
        "stripe_id": body["id"],
        "amount_minor": body["amount"],
        "currency": body["currency"],
        "reason": text(body, "reason"),
        "failure_code": failure,
        "failure_message": failure.replace("_", " "),
        "metadata": metadata(body),
        "stripe_created_at": moment(body["created"]),
    }
    return fitting(Refund, facts)
