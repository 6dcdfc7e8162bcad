"""Previews show what would be billed, and leave nothing."""

import pytest
import stripe

from tests.sandbox.plans import amounts, at, change, item, latest, on_clock, plan, subscribe, subscriber
from tests.sandbox.server import Server
from tests.sandbox.wishes import Client


def counts(server: Server) -> dict[str, int]:
    found = server.control("state")["objects"]
    assert isinstance(found, dict)
    return found


def test_a_preview_is_what_the_change_then_bills(client: Client, server: Server) -> None:
    _, subscription = on_clock(client, at(2026, 4, 1), plan(client, 1000))
    high, before = plan(client, 2500), None
    before = counts(server)
    wish = {"proration_behavior": "always_invoice", "proration_date": at(2026, 4, 11)}
    items = [{"id": item(subscription).id, "price": high, "quantity": 3}]
    shown = client.v1.invoices.create_preview(
        {"subscription": subscription.id, "subscription_details": {"items": items, **wish}}
    )
    assert counts(server) == before

    made = latest(client, change(client, subscription, high, quantity=3, **wish))
    told = [(line.description, line.amount, line.period.start) for line in shown.lines.data]
    assert told == [(line.description, line.amount, line.period.start) for line in made.lines.data]
    assert (shown.total, shown.status) == (made.total, "draft")
    assert shown.id.startswith("upcoming_in_")


def test_the_next_invoice(client: Client) -> None:
    subscription = subscribe(client, plan(client, 1000))
    shown = client.v1.invoices.create_preview({"subscription": subscription.id})

    assert (shown.total, shown.billing_reason) == (1000, "upcoming")
    assert shown.lines.data[0].period.start == item(subscription).current_period_end


def test_a_beginning_without_a_subscription(client: Client, server: Server) -> None:
    customer, price = subscriber(client, None), plan(client, 1000)
    before = counts(server)
    shown = client.v1.invoices.create_preview(
        {"customer": customer, "subscription_details": {"items": [{"price": price, "quantity": 4}]}}
    )

    assert (shown.total, counts(server)) == (4000, before)


def test_ending_now(client: Client) -> None:
    subscription = subscribe(client, plan(client, 1000))
    details = {"cancel_now": True, "proration_behavior": "always_invoice"}
    shown = client.v1.invoices.create_preview({"subscription": subscription.id, "subscription_details": details})

    assert amounts(shown) == [-1000]


def test_items_by_hand(client: Client) -> None:
    items = [{"amount": 700, "currency": "usd", "description": "Work"}]
    shown = client.v1.invoices.create_preview(
        {"customer": subscriber(client), "currency": "usd", "invoice_items": items}
    )

    assert (shown.total, shown.lines.data[0].description) == (700, "Work")
    assert client.v1.invoice_items.list({}).data == []


def test_nothing_to_come(client: Client) -> None:
    subscription = subscribe(client, plan(client, 1000))
    client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.invoices.create_preview({"subscription": subscription.id})

    assert (refused.value.code, refused.value.http_status) == ("invoice_upcoming_none", 404)
