"""Moments that customers are told of: a payment that failed or waits for the bank, a trial that ends soon."""

from datetime import timedelta

from billing.models import Invoice, Notice, Subscription
from billing.services import notices
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import InboxEvent


def payment_failed(*, event: InboxEvent, body: JsonObject, account: StripeAccount, by: Actor) -> None:
    """`invoice.payment_failed`: once a try, as Stripe counts them."""
    _of_invoice(Notice.Message.PAYMENT_FAILED, event, body, account, by)


def payment_action_required(*, event: InboxEvent, body: JsonObject, account: StripeAccount, by: Actor) -> None:
    """`invoice.payment_action_required`: the bank wants the customer's word."""
    _of_invoice(Notice.Message.PAYMENT_ACTION_REQUIRED, event, body, account, by)


def trial_will_end(*, event: InboxEvent, body: JsonObject, account: StripeAccount, by: Actor) -> None:
    """`customer.subscription.trial_will_end`: once for the day on which it ends."""
    told = body["data"]["object"]
    subscription = Subscription.objects.filter(stripe_id=told["id"]).select_related("customer").first()
    if subscription and _is_ours(event, account):
        notices.tell(
            message=Notice.Message.TRIAL_ENDING,
            customer=subscription.customer,
            subject=subscription,
            occasion=f"trial ending {told.get('trial_end')}",
            by=by,
        )


def _of_invoice(
    message: Notice.Message, event: InboxEvent, body: JsonObject, account: StripeAccount, by: Actor
) -> None:
    told = body["data"]["object"]
    invoice = Invoice.objects.filter(stripe_id=told["id"]).select_related("customer").first()
    if invoice and _is_ours(event, account):
        notices.tell(
            message=message,
            customer=invoice.customer,
            subject=invoice,
            occasion=f"try {told.get('attempt_count', 0)}",
            by=by,
        )


def _is_ours(event: InboxEvent, account: StripeAccount) -> bool:
    """What happened before we were connected was told by whoever told then."""
    return event.stripe_created_at >= account.created_at - timedelta(seconds=1)  # Stripe's moments are whole seconds
