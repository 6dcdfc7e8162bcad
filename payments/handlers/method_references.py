"""The payment method that a snapshot refers to: found, made from its nested copy, or fetched later.

A nested copy only ever creates a row: the object's own snapshot is newer, or will come.
"""

from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.handlers import payment_methods
from payments.models import PaymentMethod
from payments.services import snapshots
from payments.stripe_fields import reference

# What others tell of a method and of its customer; the rest is read when it is asked for.
_OF_METHOD = ("public_id", "stripe_id", "status", "kind", "brand", "bank_name", "last4")
_OF_CUSTOMER = ("customer__public_id", "customer__stripe_id")


def payment_method_of(body: JsonObject, *, account: StripeAccount, by: Actor) -> PaymentMethod | None:
    """Our row for `body.payment_method`; made from the expanded object, or bare and asked for."""
    stripe_id = reference(body, "payment_method")
    if not stripe_id:
        return None
    methods = PaymentMethod.objects.select_related("customer").only(*_OF_METHOD, *_OF_CUSTOMER)
    methods = methods.filter(stripe_id=stripe_id)
    if known := methods.first():
        return known
    nested = body["payment_method"]
    if isinstance(nested, dict):
        payment_methods.apply(account=account, body=nested, by=by, source="")
    else:
        snapshots.want(account=account, kind="payment_method", stripe_id=stripe_id)
    return methods.first()
