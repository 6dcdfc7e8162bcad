"""State of a dispute → the books: what the bank took, and what it gave back."""

from billing.services.ledger import disputes
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import Dispute


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Book what is missing; the handler of the dispute holds its row."""
    dispute = Dispute.objects.select_related("payment").filter(stripe_id=body["id"]).first()
    if dispute:
        disputes.post(dispute, by=by)
