"""State of a dispute → the books: what the bank took, and what it gave back."""

from billing.services.ledger import disputes
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import Dispute


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Book what is missing; the handler of the dispute holds its row. One that moved nothing is not asked for."""
    if body.get("balance_transactions"):
        rows = Dispute.objects.select_related("account__legal_entity")
        for dispute in rows.filter(stripe_id=body["id"]):
            disputes.post(dispute, by=by)
