"""What pays an invoice → InvoicePayment, linked to the Payment of its intent, whichever of the two comes first."""

from typing import Any

from billing.models import Invoice, InvoicePayment
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import Payment
from payments.services import snapshots
from payments.stripe_fields import fitting, moment, nested, reference


def write(invoice: Invoice, held: JsonObject, *, account: StripeAccount, is_first: bool) -> bool:
    """Write every payment of a snapshot; whether anything differs. A payment that we do not know is asked for.

    Nobody else writes them meanwhile: the transaction holds the invoice's root. `is_first`: it has no rows yet.
    """
    bodies = held.get("data", [])
    known = {row.stripe_id: row for row in invoice.payments.all()} if bodies and not is_first else {}
    written = [_write(invoice, known.get(body["id"]), body, account=account) for body in bodies]
    return any(written)


def link(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """State of a payment intent: what it pays, if we know that already."""
    open_ = InvoicePayment.objects.filter(payment_intent_id=body["id"], payment=None)
    open_.update(payment=Payment.objects.filter(stripe_id=body["id"]).values("pk")[:1])


def _write(invoice: Invoice, row: InvoicePayment | None, body: JsonObject, *, account: StripeAccount) -> bool:
    facts: dict[str, Any] = _facts(body) | {"invoice_id": invoice.pk, "payment_id": row.payment_id if row else None}
    intent = facts["payment_intent_id"]
    if intent and facts["payment_id"] is None:
        facts["payment_id"] = Payment.objects.filter(stripe_id=intent).values_list("pk", flat=True).first()
        if row is None and facts["payment_id"] is None:
            snapshots.want(account=account, kind="payment_intent", stripe_id=intent)
    if row and all(getattr(row, name) == value for name, value in facts.items()):
        return False
    if row:
        InvoicePayment.objects.filter(pk=row.pk).update(**facts)
    else:
        InvoicePayment.objects.create(stripe_id=body["id"], **facts)
    return True


def _facts(body: JsonObject) -> dict[str, Any]:
    payment, moments = nested(body, "payment"), nested(body, "status_transitions")
    facts = {
        "payment_intent_id": reference(payment, "payment_intent"),
        "type": payment["type"],
        "status": body["status"],
        "is_default": body["is_default"],
        "currency": body["currency"],
        "amount_requested_minor": body["amount_requested"],
        "amount_paid_minor": body.get("amount_paid"),
        "paid_at": moment(moments.get("paid_at")),
        "canceled_at": moment(moments.get("canceled_at")),
    }
    return fitting(InvoicePayment, facts)
