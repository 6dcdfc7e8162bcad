"""A new subscription's first invoice: read at once, so that its payer can be shown it, and collected where asked.

The subscription is started by then: nothing that goes wrong here is raised, or somebody would start it again.
"""

import structlog

from billing.models import Invoice, InvoicePayment, Subscription
from billing.services import invoices, subscriptions
from billing.services.invoices import NoPaymentMethod
from config.base.actor import Actor
from config.base.errors import DomainError
from payments.failures import CardDeclined
from payments.models import Payment
from payments.services import snapshots

log = structlog.get_logger(__name__)


def read(*, subscription: Subscription, by: Actor) -> None:
    """Fetch the newest invoice with the payment that Stripe made for it, now; or else the webhooks bring them."""
    try:
        _read(subscription, by)
    except DomainError as hindrance:
        log.warning("first invoice is read later", subscription=subscription.public_id, reason=hindrance.code)


def collect(*, subscription: Subscription, by: Actor) -> None:
    """Pay the first invoice with the saved method; what is declined or cannot be asked leaves it `incomplete`."""
    try:
        _collect(subscription, by)
    except DomainError as hindrance:
        log.warning("first payment not collected", subscription=subscription.public_id, reason=hindrance.code)


def waiting(subscription: Subscription) -> Payment | None:
    """The payment that the subscription waits for, from our own rows."""
    of_newest = InvoicePayment.objects.filter(
        invoice__stripe_id=subscription.latest_invoice_id or None, invoice__status=Invoice.Status.OPEN
    )
    found = of_newest.exclude(payment=None).select_related("payment").order_by("-is_default", "-id").first()
    return found.payment if found else None


def _collect(subscription: Subscription, by: Actor) -> None:
    invoice = _read(subscription, by)
    if invoice is None or invoice.status != Invoice.Status.OPEN:
        return
    method = subscription.default_payment_method
    try:
        invoices.pay(invoice=invoice, payment_method=method.stripe_id if method else "", by=by)
    except (CardDeclined, NoPaymentMethod) as declined:
        log.info("first payment declined", subscription=subscription.public_id, reason=declined.code)
    _read(subscription, by)
    subscriptions.refresh(subscription=subscription, by=by)


def _read(subscription: Subscription, by: Actor) -> Invoice | None:
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
