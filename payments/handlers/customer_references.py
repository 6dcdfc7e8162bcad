"""The customer that a snapshot names: found, or made bare and fetched later."""

from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import Customer
from payments.services import snapshots
from payments.stripe_fields import reference


def customer_of(body: JsonObject, *, account: StripeAccount, at_hand: Customer | None = None) -> Customer | None:
    """Our row for `body.customer`, mostly the one at hand; made bare, and asked for, when Stripe knew it before us."""
    stripe_id = reference(body, "customer")
    if not stripe_id:
        return None
    if at_hand and at_hand.stripe_id == stripe_id:
        return at_hand
    customer, is_new = Customer.objects.get_or_create(
        stripe_id=stripe_id, defaults={"account": account, "status": Customer.Status.ACTIVE}
    )
    if is_new:
        snapshots.want(account=account, kind="customer", stripe_id=stripe_id)
    return customer
