"""State of a payment intent → the books: what was received and given back, once each."""

from billing.services.ledger import payments
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import Payment


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Book what is missing; the handler of the payment holds its row. Before it succeeded nothing is asked."""
    if body.get("status") == Payment.Status.SUCCEEDED:
        payments.post([body["id"]], by=by)
