"""Payment methods: kept for a customer, preferred, given up. Stripe holds them; we show what may be shown."""

import re

from django.db import transaction

from config.base.actor import Actor
from config.base.errors import IllegalState
from payments.models import Customer, OutboundCall, PaymentMethod
from payments.services import customers, method_choice, outbound, snapshots
from payments.services.method_choice import PaymentMethodOfAnotherCustomer, UnknownPaymentMethod

ATTACH = "customer.attach_payment_method"
SET_DEFAULT = "customer.set_default_payment_method"
DETACH = "payment_method.detach"
_ID_AT_STRIPE = re.compile(r"[a-z]+_[A-Za-z0-9_]{1,250}")


class PaymentMethodNotAttached(IllegalState):
    code = "payment_method_not_attached"
    title = "The payment method is not kept for the customer"


def attach(*, customer: Customer, stripe_id: str, by: Actor) -> PaymentMethod:
    """Keep a payment method (Stripe's id, made in the browser) for the customer, who is present.

    Raises StripeFailure: CardDeclined when its bank refuses, InDoubt when Stripe has not answered; asking again is
    safe.
    """
    method_choice.stripe_id(account=customer.account, reference=stripe_id, customer=customer)
    if not _ID_AT_STRIPE.fullmatch(stripe_id):
        raise UnknownPaymentMethod
    with transaction.atomic():
        call = outbound.prepare(
            account=customer.account,
            action=ATTACH,
            subject=customer,
            path=f"/v1/payment_methods/{stripe_id}/attach",
            params={"customer": customers.stripe_id(customer)},
            by=by,
            root_kind="payment_method",
            root_id=stripe_id,
            valid_for=outbound.ON_SESSION,
        )
    outbound.send(call, by=by)
    if failure := outbound.failure(call):
        raise failure
    return PaymentMethod.objects.get(stripe_id=call.root_id)  # a test token becomes a new method


def set_default(*, customer: Customer, method: PaymentMethod, by: Actor) -> OutboundCall:
    """Charge this method from now on where none is named; raises StripeFailure unless done or in doubt."""
    if method.customer_id != customer.pk:
        raise PaymentMethodOfAnotherCustomer
    if method.status != PaymentMethod.Status.ATTACHED:
        raise PaymentMethodNotAttached("Attach the payment method to the customer first.", param="payment_method")
    wish = {"invoice_settings": {"default_payment_method": method.stripe_id}}
    return customers.ask(customer=customer, action=SET_DEFAULT, wish=wish, by=by)


def detach(*, method: PaymentMethod, by: Actor) -> OutboundCall:
    """Give the method up for good: Stripe attaches none a second time. It is no default any more.

    Raises StripeFailure unless done or in doubt.
    """
    with transaction.atomic():
        locked = PaymentMethod.objects.select_for_update().get(pk=method.pk)
        if locked.status != PaymentMethod.Status.ATTACHED:
            raise PaymentMethodNotAttached("Only a payment method that is kept for a customer can be detached.")
        call = outbound.prepare(
            account=method.account,
            action=DETACH,
            subject=method,
            path=f"/v1/payment_methods/{method.stripe_id}/detach",
            params={},
            by=by,
            root_kind="payment_method",
            root_id=method.stripe_id,
        )
    outbound.send_or_raise(call, by=by)
    method.refresh_from_db()
    return call


def refresh(*, method: PaymentMethod, by: Actor) -> None:
    """Read the payment method from Stripe now."""
    root = snapshots.root_for(account=method.account, kind="payment_method", stripe_id=method.stripe_id)
    snapshots.refresh(root, by=by)
    method.refresh_from_db()
