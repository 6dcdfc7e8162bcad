"""A bill that breaks a rule: its invoice and subscription are flagged, and its customer is parked.

Collection of the subscription is paused by the sweep in `billing.services.parking`: here nothing leaves for Stripe.
"""

from collections.abc import Collection

from billing.models import Invoice, Subscription
from config.base import domain_events
from config.base.actor import Actor
from payments.services import parking


def park_for(
    invoice: Invoice, *, flag: str, subscription_ids: Collection[str], by: Actor, source: str, reason: str
) -> None:
    """Flag what broke the rule and bill this customer no more until staff have looked. In a transaction.

    `subscription_ids`: Stripe's.
    """
    _flag(invoice, flag, by=by, source=source)
    for subscription in Subscription.objects.filter(stripe_id__in=subscription_ids).order_by("pk"):
        _flag(subscription, flag, by=by, source=source)
    parking.park(customer=invoice.customer, reason=reason[:500], by=by)


def _flag(row: Invoice | Subscription, flag: str, *, by: Actor, source: str) -> None:
    locked = type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)
    if flag in locked.flags:
        return
    row.flags = sorted({*locked.flags, flag})
    type(row)._default_manager.filter(pk=row.pk).update(flags=row.flags)
    noun = "invoice" if isinstance(row, Invoice) else "subscription"
    domain_events.append(row, type=f"{noun}.flagged", by=by, source=source, data={"flag": flag})
