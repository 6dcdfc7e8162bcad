"""Prices, subscribers and subscriptions through the SDK, and test clocks to age them."""

from datetime import UTC, datetime
from typing import Any

from tests.sandbox.wishes import Client, Object

DECLINES = "pm_card_chargeCustomerFail"
DAY = 24 * 3600


def plan(client: Client, amount: int, interval: str = "month", **more: Any) -> str:
    """The id of a price in dollars, of a product of its own."""
    product = client.v1.products.create({"name": "Gold"}).id
    wish = {"product": product, "currency": "usd", "unit_amount": amount, "recurring": {"interval": interval}, **more}
    return str(client.v1.prices.create(wish).id)


def subscriber(client: Client, card: str | None = "pm_card_visa", **more: Any) -> str:
    """A customer, with that card as the default."""
    customer = str(client.v1.customers.create(more).id)
    if card:
        use_card(client, customer, card)
    return customer


def use_card(client: Client, customer: str, card: str) -> None:
    method = client.v1.payment_methods.attach(card, {"customer": customer}).id
    client.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})


def subscribe(client: Client, *prices: str, customer: str | None = None, **more: Any) -> Object:
    items = [{"price": price} for price in prices]
    return client.v1.subscriptions.create({"customer": customer or subscriber(client), "items": items, **more})


def at(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp())


def clock(client: Client, moment: int) -> str:
    return str(client.v1.test_helpers.test_clocks.create({"frozen_time": moment}).id)


def advance(client: Client, test_clock: str, moment: int) -> None:
    client.v1.test_helpers.test_clocks.advance(test_clock, {"frozen_time": moment})


def on_clock(client: Client, moment: int, *prices: str, **more: Any) -> tuple[str, Object]:
    """A test clock and a subscription that began as the clock stood."""
    test_clock = clock(client, moment)
    customer = subscriber(client, test_clock=test_clock)
    return test_clock, subscribe(client, *prices, customer=customer, **more)


def item(subscription: Object) -> Object:
    return subscription["items"].data[0]


def again(client: Client, subscription: Object) -> Object:
    return client.v1.subscriptions.retrieve(subscription.id)


def invoices(client: Client, subscription: Object) -> list[Object]:
    """Its invoices, oldest first."""
    return list(reversed(client.v1.invoices.list({"subscription": subscription.id, "limit": 100}).data))


def latest(client: Client, subscription: Object) -> Object:
    return client.v1.invoices.retrieve(str(again(client, subscription).latest_invoice))


def amounts(invoice: Object) -> list[int]:
    return [line.amount for line in invoice.lines.data]


def change(client: Client, subscription: Object, price: str | None = None, **more: Any) -> Object:
    """The first item changed to another price or quantity."""
    wish = {"id": item(subscription).id, **({"price": price} if price else {})}
    if "quantity" in more:
        wish["quantity"] = more.pop("quantity")
    return client.v1.subscriptions.update(subscription.id, {"items": [wish], **more})
