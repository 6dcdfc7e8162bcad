"""State of a dispute → Dispute; and its steps, told in the story of the payment that it disputes."""

from typing import Any

from config.base import clock, domain_events
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.handlers import rows
from payments.models import Dispute, InboxEvent, Payment
from payments.services import snapshots
from payments.stripe_fields import fitting, moment, nested, reference, text

_WORDS = {
    "charge.dispute.created": "payment.dispute_opened",
    "charge.dispute.updated": "payment.dispute_updated",
    "charge.dispute.closed": "payment.dispute_closed",
    "charge.dispute.funds_withdrawn": "payment.dispute_funds_withdrawn",
    "charge.dispute.funds_reinstated": "payment.dispute_funds_reinstated",
}


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the dispute; running twice on the same snapshot changes nothing.

    A payment that we do not know is asked for, and takes the dispute when it comes.
    """
    if body.get("deleted"):
        return
    dispute = Dispute.objects.select_for_update().filter(stripe_id=body["id"]).first() or Dispute(account=account)
    was = "" if dispute._state.adding else dispute.status
    before = (dispute.withdrawn_minor, dispute.reinstated_minor)
    facts = _facts(dispute, body) | {"payment_id": dispute.payment_id or _payment(account, body)}
    is_changed = any(getattr(dispute, name) != value for name, value in facts.items())
    rows.write(dispute, status=body["status"], facts=facts, by=by)
    types = [] if was else ["dispute.opened"]
    types += ["dispute.funds_withdrawn"] if dispute.withdrawn_minor != before[0] else []
    types += ["dispute.funds_reinstated"] if dispute.reinstated_minor != before[1] else []
    types += [f"dispute.{dispute.status}"] if was != dispute.status else []
    types = types or (["dispute.updated"] if is_changed else [])
    domain_events.append_all(dispute, types=types, by=by, source=source, data=story(dispute))


def link(payment: Payment) -> None:
    """A payment that came after its disputes takes them."""
    Dispute.objects.filter(payment=None, payment_intent_id=payment.stripe_id).update(payment=payment)


def story(dispute: Dispute) -> dict[str, Any]:
    """What a domain event tells of a dispute."""
    return {
        "status": dispute.status,
        "reason": dispute.reason,
        "amount": dispute.amount_minor,
        "currency": dispute.currency,
        "payment": dispute.payment.public_id if dispute.payment else None,
        "withdrawn": dispute.withdrawn_minor,
        "reinstated": dispute.reinstated_minor,
        "fee": dispute.fee_minor,
        "settlement_currency": dispute.settlement_currency,
    }


def tell(*, event: InboxEvent, body: JsonObject, account: StripeAccount, by: Actor) -> None:
    """Append the dispute's step to the story of the payment that it disputes, once."""
    dispute = body["data"]["object"]
    intent_id = reference(dispute, "payment_intent")
    payment = Payment.objects.filter(stripe_id=intent_id).first()
    if payment is None:
        return
    told = {key: dispute.get(key) for key in ("id", "status", "reason", "amount", "currency")}
    domain_events.append(payment, type=_WORDS[event.type], by=by, source=event.stripe_id, data=told)


def _payment(account: StripeAccount, body: JsonObject) -> int | None:
    intent_id = reference(body, "payment_intent")
    if not intent_id:
        return None
    key = Payment.objects.filter(stripe_id=intent_id).values_list("pk", flat=True).first()
    if key is None:
        snapshots.want(account=account, kind="payment_intent", stripe_id=intent_id)
    return key


def _facts(dispute: Dispute, body: JsonObject) -> dict[str, Any]:
    evidence, card = nested(body, "evidence_details"), nested(nested(body, "payment_method_details"), "card")
    ended = body["status"] in Dispute.ENDED
    facts = {
        "stripe_id": body["id"],
        "payment_intent_id": reference(body, "payment_intent"),
        "charge_id": reference(body, "charge"),
        "reason": text(body, "reason"),
        "network_reason_code": text(card, "network_reason_code"),
        "amount_minor": body["amount"],
        "currency": body["currency"],
        "is_charge_refundable": body["is_charge_refundable"],
        "evidence_due_by": moment(evidence.get("due_by")),
        "has_evidence": bool(evidence.get("has_evidence")),
        "is_past_due": bool(evidence.get("past_due")),
        "submission_count": evidence.get("submission_count") or 0,
        "stripe_created_at": moment(body["created"]),
        "closed_at": (dispute.closed_at or clock.now()) if ended else None,
    }
    return fitting(Dispute, facts) | _moved(body.get("balance_transactions") or [])


def _moved(lines: list[JsonObject]) -> dict[str, Any]:
    """What left and what came back, gross, with Stripe's fees; from the lines that the dispute carries."""
    out = [line for line in lines if line["amount"] < 0]
    back = [line for line in lines if line["amount"] > 0]
    return {
        "settlement_currency": lines[0]["currency"] if lines else "",
        "withdrawn_minor": -sum(line["amount"] for line in out),
        "reinstated_minor": sum(line["amount"] for line in back),
        "fee_minor": sum(line["fee"] for line in lines),
        "withdrawn_at": moment(min((line["created"] for line in out), default=None)),
        "reinstated_at": moment(max((line["created"] for line in back), default=None)),
    }
