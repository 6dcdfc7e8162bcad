"""A new subscription's first invoice: read at once, so that its payer can be shown it, and collected where asked."""

from django.db import transaction

from billing.models import Invoice, InvoicePayment, Subscription
from billing.services import subscriptions
from config.base.actor import Actor
from payments.models import OutboundCall, Payment
from payments.services import outbound, snapshots

PAY = "invoice.pay"


def read(*, subscription: Subscription, by: Actor) -> Invoice | None:
    """The newest invoice with the payment that Stripe made for it, fetched now; None when there is none."""
    stripe_id = subscription.latest_invoice_id
    if not stripe_id:
        return None
    account = subscription.account
    snapshots.refresh(snapshots.root_for(account=account, kind="invoice", stripe_id=stripe_id), by=by)
    invoice = Invoice.objects.get(stripe_id=stripe_id)
    for intent in invoice.payments.exclude(payment_intent_id="").values_list("payment_intent_id", flat=True):
        root = snapshots.root_for(account=account, kind="payment_intent", stripe_id=intent)
        snapshots.refresh(root, by=by)
    return invoice


def collect(*, subscription: Subscription, by: Actor) -> OutboundCall | None:
    """Pay the first invoice with the saved method; a decline leaves the subscription `incomplete`."""
    invoice = read(subscription=subscription, by=by)
    if invoice is None or invoice.status != Invoice.Status.OPEN:
        return None
    with transaction.atomic():
        call = outbound.prepare(
            account=invoice.account,
            action=PAY,
            subject=invoice,
            path=f"/v1/invoices/{invoice.stripe_id}/pay",
            params={},
            by=by,
            root_kind="invoice",
            root_id=invoice.stripe_id or "",
            valid_for=outbound.ON_SESSION,
        )
    outbound.send(call, by=by)
    read(subscription=subscription, by=by)
    subscriptions.refresh(subscription=subscription, by=by)
    return call


def waiting(subscription: Subscription) -> Payment | None:
    """The payment that the subscription waits for, from our own rows."""
    of_newest = InvoicePayment.objects.filter(
        invoice__stripe_id=subscription.latest_invoice_id or None, invoice__status=Invoice.Status.OPEN
    )
    found = of_newest.exclude(payment=None).select_related("payment").order_by("-is_default", "-id").first()
    return found.payment if found else None
