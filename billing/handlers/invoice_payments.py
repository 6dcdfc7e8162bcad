"""What pays an invoice → InvoicePayment, linked to the Payment of its intent, whichever of the two comes first."""

from collections.abc import Mapping

from billing.models import Invoice, InvoicePayment
from billing.services.ledger import payment_facts
from billing.services.ledger import payments as ledger
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import Payment
from payments.services import snapshots
from payments.stripe_fields import fitting, moment, nested, reference


def write(invoice: Invoice, held: JsonObject, *, account: StripeAccount, by: Actor, is_first: bool) -> bool:
    """Write every payment of a snapshot, and book what it took; whether anything differs.

    Nobody else writes them meanwhile: the transaction holds the invoice's root. A payment's row is held before it is
    linked, as its own handler does; one that we do not know is asked for. `is_first`: the invoice has no rows yet.
    """
    bodies = held.get("data", [])
    known = {row.stripe_id: row for row in invoice.payments.all()} if bodies and not is_first else {}
    told = [(known.get(body["id"]), _facts(body)) for body in bodies]
    news = [(row, facts) for row, facts in told if _is_news(row, facts)]
    if not news:
        return False
    payments = payment_facts.hold(facts["payment_intent_id"] for _, facts in news)
    written = [_write(invoice, row, facts, payments, account=account) for row, facts in news]
    ledger.post(list(payments), by=by)
    return any(written)


def link(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """State of a payment intent: what it pays, if we know that already."""
    open_ = InvoicePayment.objects.filter(payment_intent_id=body["id"], payment=None)
    open_.update(payment=Payment.objects.filter(stripe_id=body["id"]).values("pk")[:1])


def _is_news(row: InvoicePayment | None, facts: JsonObject) -> bool:
    """Also one whose payment was not known: it may be by now."""
    if row is None or (row.payment_id is None and facts["payment_intent_id"]):
        return True
    return any(getattr(row, name) != value for name, value in facts.items())


def _write(
    invoice: Invoice,
    row: InvoicePayment | None,
    facts: JsonObject,
    payments: Mapping[str, int],
    *,
    account: StripeAccount,
) -> bool:
    intent = facts["payment_intent_id"]
    payment = payments.get(intent)
    facts = facts | ({"payment_id": payment} if payment else {})
    if row and all(getattr(row, name) == value for name, value in facts.items()):
        return False
    if intent and payment is None:
        snapshots.want(account=account, kind="payment_intent", stripe_id=intent)
    if row:
        InvoicePayment.objects.filter(pk=row.pk).update(**facts)
    else:
        InvoicePayment.objects.create(invoice_id=invoice.pk, **facts)
    return True


def _facts(body: JsonObject) -> JsonObject:
    payment, moments = nested(body, "payment"), nested(body, "status_transitions")
    facts = {
        "stripe_id": body["id"],
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
