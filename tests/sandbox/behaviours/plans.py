"""Plans, subscribers and test clocks, which the facts on subscriptions start from."""

from datetime import UTC, datetime
from typing import Any

from tests.contract.calling import Json, Reply
from tests.sandbox.behaviours.shop import Shop

AN_HOUR = 3600


def plan(shop: Shop, amount: int, interval: str = "month", count: int = 1, **more: Any) -> str:
    """The id of a price in dollars, of a product of its own."""
    product = shop.post("/v1/products", name="Gold").ok["id"]
    recurring = {"interval": interval, "interval_count": count}
    wish = {"product": product, "currency": "usd", "unit_amount": amount, "recurring": recurring, **more}
    return str(shop.post("/v1/prices", **wish).ok["id"])


def subscriber(shop: Shop, card: str | None = "pm_card_visa", **params: Any) -> str:
    """A customer, with that card as the default."""
    customer = shop.customer(**params)
    if card:
        use_card(shop, customer, card)
    return customer


def use_card(shop: Shop, customer: str, card: str) -> None:
    method = shop.post(f"/v1/payment_methods/{card}/attach", customer=customer).ok["id"]
    shop.post(f"/v1/customers/{customer}", invoice_settings={"default_payment_method": method}).ok  # noqa: B018


def subscribe(shop: Shop, customer: str, price: str, quantity: int = 1, **params: Any) -> Reply:
    return shop.post("/v1/subscriptions", customer=customer, items=[{"price": price, "quantity": quantity}], **params)


def at(*moment: int) -> int:
    """Seconds since 1970 of a moment in UTC."""
    return int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[misc, arg-type]


def clock(shop: Shop, moment: int) -> str:
    """The id of a test clock that shows the moment."""
    return str(shop.post("/v1/test_helpers/test_clocks", frozen_time=moment).ok["id"])


def advance(shop: Shop, test_clock: str, moment: int) -> None:
    shop.post(f"/v1/test_helpers/test_clocks/{test_clock}/advance", frozen_time=moment).ok  # noqa: B018


def on_clock(shop: Shop, moment: int, price: str, **params: Any) -> tuple[str, Json]:
    """A test clock and a subscription that began as the clock stood."""
    test_clock = clock(shop, moment)
    customer = subscriber(shop, test_clock=test_clock)
    return test_clock, subscribe(shop, customer, price, **params).ok


def again(shop: Shop, subscription: Json) -> Json:
    return shop.get(f"/v1/subscriptions/{subscription['id']}").ok


def item(subscription: Json) -> Json:
    return dict(subscription["items"]["data"][0])


def change(
    shop: Shop, subscription: Json, price: str | None = None, quantity: int | None = None, **params: Any
) -> Reply:
    """The first item changed."""
    wish: Json = {"id": item(subscription)["id"]}
    wish |= {"price": price} if price else {}
    wish |= {"quantity": quantity} if quantity is not None else {}
    return shop.post(f"/v1/subscriptions/{subscription['id']}", items=[wish], **params)


def invoices(shop: Shop, subscription: Json) -> list[Json]:
    """Its invoices, oldest first."""
    return list(reversed(shop.get("/v1/invoices", subscription=subscription["id"], limit=100).ok["data"]))


def latest(shop: Shop, subscription: Json) -> Json:
    return shop.get(f"/v1/invoices/{again(shop, subscription)['latest_invoice']}").ok


def amounts(invoice: Json) -> list[int]:
    return [line["amount"] for line in invoice["lines"]["data"]]


def pending(shop: Shop, subscription: Json) -> list[Json]:
    """Invoice items that wait, newest first."""
    return list(shop.get("/v1/invoiceitems", customer=subscription["customer"], pending=True).ok["data"])


def told(shop: Shop, subscription: Json) -> list[str]:
    types = shop.event_types(subscription["id"])
    return [type_.removeprefix("customer.subscription.") for type_ in types]
