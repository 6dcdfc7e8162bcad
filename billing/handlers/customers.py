"""State of a customer → BillingProfile, and the discounts of the customer itself. Payments writes the rest first."""

from billing.handlers import discounts
from billing.models import BillingProfile
from config.base import domain_events
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import Customer
from payments.stripe_fields import fitting, text


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the customer's bills; running twice on the same snapshot changes nothing."""
    if body.get("deleted"):
        return
    customer = Customer.objects.filter(stripe_id=body["id"]).exclude(status=Customer.Status.DELETED).first()
    if customer is None:
        return
    facts = {
        "balance_minor": body.get("balance") or 0,
        "tax_exempt": text(body, "tax_exempt") or BillingProfile.TaxExempt.NONE,
        "invoice_prefix": text(body, "invoice_prefix"),
    }
    _write(customer, fitting(BillingProfile, facts), by=by, source=source)
    carried = [body["discount"]] if body.get("discount") else []
    if discounts.write(customer, carried, kind="customer", currency=customer.currency, account=account, by=by):
        domain_events.append(customer, type="customer.discounts_changed", by=by, source=source)


def _write(customer: Customer, facts: dict[str, object], *, by: Actor, source: str) -> None:
    """A balance that moved is told; what a new customer starts with is no story."""
    profile = BillingProfile.objects.filter(customer=customer).first()
    if profile is None:
        BillingProfile.objects.update_or_create(customer=customer, defaults=facts)
        was = 0
    elif all(getattr(profile, name) == value for name, value in facts.items()):
        return
    else:
        was = profile.balance_minor
        BillingProfile.objects.filter(pk=profile.pk).update(**facts)
    if was != facts["balance_minor"]:
        told = {"balance": facts["balance_minor"], "before": was}
        domain_events.append(customer, type="customer.balance_changed", by=by, source=source, data=told)
