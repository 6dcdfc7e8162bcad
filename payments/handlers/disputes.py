"""Disputes are told in the payment's story; the typed Dispute comes with reconciliation."""

from config.base import domain_events
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import InboxEvent, Payment
from payments.stripe_fields import reference

_WORDS = {
    "charge.dispute.created": "payment.dispute_opened",
    "charge.dispute.updated": "payment.dispute_updated",
    "charge.dispute.closed": "payment.dispute_closed",
    "charge.dispute.funds_withdrawn": "payment.dispute_funds_withdrawn",
    "charge.dispute.funds_reinstated": "payment.dispute_funds_reinstated",
}


def tell(*, event: InboxEvent, body: JsonObject, account: StripeAccount, by: Actor) -> None:
    """Append the dispute's step to the story of the payment that it disputes, once."""
    dispute = body["data"]["object"]
    intent_id = reference(dispute, "payment_intent")
    payment = Payment.objects.select_for_update().filter(stripe_id=intent_id).first()
    if payment is None:
        return
    told = {key: dispute.get(key) for key in ("id", "status", "reason", "amount", "currency")}
    domain_events.append(payment, type=_WORDS[event.type], by=by, source=event.stripe_id, data=told)
