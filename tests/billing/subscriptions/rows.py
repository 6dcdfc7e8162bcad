"""Rows of subscriptions made directly, for tests that need no Stripe."""

from datetime import timedelta
from typing import Any

from billing.models import Invoice, Price, Product, Subscription, SubscriptionItem
from config.base import clock
from payments.models import Customer
from tests import factories


def make_price(**fields: Any) -> Price:
    """29.00 € a month for a product of its own, unless told otherwise; product columns begin with `product_`."""
    account = factories.make_account()
    of_product = {
        name.removeprefix("product_"): fields.pop(name) for name in list(fields) if name.startswith("product_")
    }
    product = Product.objects.create(
        **{"account": account, "stripe_id": factories.stripe_id("prod"), "status": "active", "name": "Studio"}
        | of_product
    )
    values = {
        "account": account,
        "product": product,
        "stripe_id": factories.stripe_id("price"),
        "status": "active",
        "type": "recurring",
        "currency": "eur",
        "unit_amount_minor": 2900,
        "interval": "month",
        "interval_count": 1,
        "usage_type": "licensed",
    }
    return Price.objects.create(**values | fields)


def make_subscription(
    customer: Customer, *, price: Price | None = None, began_days: int = 10, **fields: Any
) -> Subscription:
    """A monthly one that began so many days ago, active unless told otherwise."""
    start = clock.now() - timedelta(days=began_days)
    values = {
        "account": customer.account,
        "customer": customer,
        "stripe_id": factories.stripe_id("sub"),
        "status": "active",
        "currency": "eur",
        "start_date": start,
        "stripe_created_at": start,
    }
    subscription = Subscription.objects.create(**values | fields)
    SubscriptionItem.objects.create(
        subscription=subscription,
        stripe_id=factories.stripe_id("si"),
        price=price or make_price(),
        quantity=1,
        current_period_start=start,
        current_period_end=start + timedelta(days=30),
    )
    return subscription


def make_open_invoice(subscription: Subscription, *, days_ago: int, reason: str = "subscription_cycle") -> Invoice:
    return Invoice.objects.create(
        account=subscription.account,
        customer=subscription.customer,
        subscription=subscription,
        stripe_id=factories.stripe_id("in"),
        status="open",
        currency="eur",
        billing_reason=reason,
        stripe_created_at=clock.now() - timedelta(days=days_ago),
    )
