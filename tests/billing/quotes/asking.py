"""Changes asked for as staff and storefronts ask for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from billing.models import Invoice, Price, Quote, Subscription
from billing.services import first_payment, plan_changes, quotes, subscriptions
from billing.services.plan_changes import ItemChange
from billing.services.subscription_terms import Item, Terms
from config.base.actor import Actor
from config.base.errors import DomainError
from payments.models import Customer
from payments.services import inbox_drain, poller
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")
DAY = 86_400


def running(customer: Customer, price: Price, *, quantity: int | None = None, **terms: Any) -> Subscription:
    """A subscription whose first invoice is paid."""
    subscription = subscriptions.start(customer=customer, items=[Item(price, quantity)], terms=Terms(**terms), by=TEST)
    if subscription.status == Subscription.Status.INCOMPLETE:
        first_payment.collect(subscription=subscription, by=TEST)
    subscription.refresh_from_db()
    assert subscription.status in {"active", "trialing"}
    return subscription


def priced(subscription: Subscription, *, when: str = "now", **change: Any) -> Quote:
    """A quote for another price or quantity of its only item."""
    [item] = plan_changes.items_of(subscription)
    return quotes.make(subscription=subscription, change=[ItemChange(item=item, **change)], when=when, by=TEST)


def confirmed(quote: Quote) -> Quote:
    return quotes.confirm(quote=quote, by=TEST)


@contextmanager
def refused(code: str) -> Iterator[pytest.ExceptionInfo[DomainError]]:
    """The block raises the problem of this code."""
    with pytest.raises(DomainError) as refusal:
        yield refusal
    assert refusal.value.code == code


def at_stripe(sandbox: LocalStripe, subscription: Subscription) -> list[tuple[str, int | None]]:
    """The items that Stripe has: price and quantity."""
    body = sandbox.client.v1.subscriptions.retrieve(str(subscription.stripe_id))
    return [(item["price"]["id"], item["quantity"]) for item in body["items"]["data"]]


def collected(sandbox: LocalStripe) -> int:
    """All that was charged successfully, ever."""
    return sum(charge.amount for charge in sandbox.client.v1.charges.list({"limit": 100}).data if charge.paid)


def balance(sandbox: LocalStripe, customer: Customer) -> int:
    return int(sandbox.client.v1.customers.retrieve(str(customer.stripe_id)).balance or 0)


def hear(subscription: Subscription) -> None:
    """All that Stripe has told by now arrives."""
    poller.fetch_missed(account=subscription.account)
    inbox_drain.drain(by=TEST)
    subscription.refresh_from_db()


def invoices_of(subscription: Subscription, reason: str = "subscription_update") -> list[Invoice]:
    return list(Invoice.objects.filter(subscription=subscription, billing_reason=reason).order_by("id"))
