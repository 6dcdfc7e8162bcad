"""Which payments of a page have a wish that Stripe has not answered."""

from collections.abc import Collection

from payments.models import OutboundCall, Payment, Refund
from payments.services.payments import Doubt


def among(payments: Collection[Payment]) -> dict[str, Doubt]:
    """The oldest unanswered wish of each payment, refunds of it among them, by the payment's public id."""
    owners = {payment.public_id: payment.public_id for payment in payments}
    refunds = Refund.objects.filter(payment__in=payments, status=Refund.Status.UNKNOWN)
    owners |= dict(refunds.values_list("public_id", "payment__public_id"))
    calls = OutboundCall.objects.filter(subject_id__in=owners, status=OutboundCall.Status.SENT).order_by("-id")
    return {owners[call.subject_id]: Doubt(_action(call), call.sent_at) for call in calls}


def _action(call: OutboundCall) -> str:
    noun, _, verb = call.action.partition(".")
    return "refund" if noun == "refund" else verb
