"""Subscriptions: begun, changed, undone, ended."""

import pytest
import stripe

from tests.sandbox.plans import (
    DAY,
    DECLINES,
    again,
    amounts,
    change,
    invoices,
    item,
    latest,
    plan,
    subscribe,
    subscriber,
)
from tests.sandbox.server import Server
from tests.sandbox.wishes import Client, Object, error_of

AT_ONCE = {"proration_behavior": "always_invoice"}


def test_it_begins_with_a_paid_invoice(client: Client) -> None:
    subscription = subscribe(client, plan(client, 1000), metadata={"order": "7"})
    invoice = latest(client, subscription)
    (line,) = invoice.lines.data

    assert (subscription.status, subscription.latest_invoice) == ("active", invoice.id)
    assert (invoice.status, invoice.billing_reason, invoice.amount_paid) == ("paid", "subscription_create", 1000)
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert invoice.parent.subscription_details.metadata.to_dict() == {"order": "7"}
    assert line.description == "1 × Gold (at $10.00 / month)"
    assert line.parent.subscription_item_details.subscription_item == item(subscription).id
    assert (line.period.start, line.period.end) == (
        item(subscription).current_period_start,
        item(subscription).current_period_end,
    )


def test_what_is_refused_leaves_nothing(client: Client) -> None:
    customer, price = subscriber(client, DECLINES), plan(client, 1000)
    with pytest.raises(stripe.CardError) as refused:
        subscribe(client, price, customer=customer, payment_behavior="error_if_incomplete")

    assert refused.value.code == "card_declined"
    assert client.v1.subscriptions.list({"status": "all"}).data == []
    assert client.v1.charges.list().data == []


@pytest.mark.parametrize(
    ("wish", "param"),
    [
        ({"items": []}, "items"),
        ({"items": [{"price": "price_none"}]}, "items[0][price]"),
        ({"trial_end": 1}, "trial_end"),
        ({"cancel_at": 1}, "cancel_at"),
        ({"collection_method": "send_invoice"}, "days_until_due"),
        ({"default_payment_method": "pm_none"}, "default_payment_method"),
        ({"application_fee_percent": 10}, "application_fee_percent"),
    ],
)
def test_a_wish_that_cannot_be(client: Client, wish: dict[str, object], param: str) -> None:
    customer, price = subscriber(client), plan(client, 1000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.subscriptions.create({"customer": customer, "items": [{"price": price}], **wish})

    assert refused.value.param == param


def test_prices_that_do_not_go_together(client: Client) -> None:
    monthly, yearly = plan(client, 1000), plan(client, 9000, "year")
    with pytest.raises(stripe.InvalidRequestError, match="Cannot add multiple subscription items with the same plan"):
        subscribe(client, monthly, monthly)
    with pytest.raises(stripe.InvalidRequestError, match="interval fields must match"):
        subscribe(client, monthly, yearly, billing_mode={"type": "classic"})
    mixed = subscribe(client, monthly, yearly)

    first, second = mixed["items"].data
    assert second.current_period_end - first.current_period_end > 300 * DAY


def test_an_update_that_was_not_paid_is_undone(client: Client) -> None:
    """As a lock on a quote does it: voided, put back without proration, as if it had never been."""
    low, high = plan(client, 1000), plan(client, 2000)
    subscription = subscribe(client, low)
    before = again(client, subscription)
    changed = change(client, subscription, high, payment_behavior="default_incomplete", **AT_ONCE)
    invoice = latest(client, changed)
    assert (changed.status, invoice.status, amounts(invoice)) == ("past_due", "open", [-1000, 2000])

    client.v1.invoices.void_invoice(invoice.id)
    restored = change(client, subscription, low, proration_behavior="none")
    repeated = change(client, subscription, high, **AT_ONCE)

    assert restored.status == "active"
    assert item(restored).to_dict() == item(before).to_dict()
    assert client.v1.invoice_items.list({"pending": True}).data == []
    assert amounts(latest(client, repeated)) == [-1000, 2000]


def test_another_interval_begins_another_period(client: Client, server: Server) -> None:
    subscription = subscribe(client, plan(client, 1000))
    server.control("clock", {"advance_seconds": 10 * DAY})
    changed = change(client, subscription, plan(client, 12000, "year"))
    invoice = latest(client, changed)

    assert invoice.billing_reason == "subscription_update"
    assert amounts(invoice)[1] == 12000
    assert -700 <= amounts(invoice)[0] <= -640
    assert changed.billing_cycle_anchor == item(changed).current_period_start == invoice.created


def test_items_come_and_go(client: Client) -> None:
    subscription = subscribe(client, plan(client, 1000))
    more = client.v1.subscription_items.create({"subscription": subscription.id, "price": plan(client, 500)})
    client.v1.subscription_items.update(more.id, {"quantity": 3, "proration_behavior": "none"})
    listed = client.v1.subscription_items.list({"subscription": subscription.id}).data
    gone = client.v1.subscription_items.delete(more.id, {"proration_behavior": "none"})
    with pytest.raises(stripe.InvalidRequestError, match="must have at least one active plan"):
        client.v1.subscription_items.delete(item(subscription).id)

    assert [each.quantity for each in listed] == [1, 3]
    assert gone.deleted is True
    assert len(again(client, subscription)["items"].data) == 1


def test_ended_with_the_rest_given_back(client: Client) -> None:
    subscription = subscribe(client, plan(client, 1000))
    ended = client.v1.subscriptions.cancel(subscription.id, {"prorate": True, "invoice_now": True})
    invoice = latest(client, ended)

    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "cancellation_requested")
    assert (amounts(invoice), invoice.total, invoice.status) == ([-1000], -1000, "paid")
    assert client.v1.customers.retrieve(str(ended.customer)).balance == -1000


def test_an_end_can_be_taken_back(client: Client) -> None:
    subscription = subscribe(client, plan(client, 1000))
    leaving = client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    staying = client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})

    assert (leaving.cancel_at, leaving.status) == (item(subscription).current_period_end, "active")
    assert (staying.cancel_at, staying.canceled_at, staying.cancellation_details.reason) == (None, None, None)


def test_a_customer_who_is_deleted_subscribes_no_more(client: Client) -> None:
    subscription = subscribe(client, plan(client, 1000))
    client.v1.customers.delete(str(subscription.customer))

    assert again(client, subscription).status == "canceled"


def test_bills_for_the_past(client: Client, server: Server) -> None:
    now = server.control("clock")["now"]
    subscription = subscribe(client, plan(client, 700, "week"), backdate_start_date=now - 10 * DAY)

    assert (subscription.start_date, amounts(latest(client, subscription))) == (now - 10 * DAY, [700, 700])
    assert item(subscription).current_period_end == now + 4 * DAY


def test_lists_and_searches(client: Client) -> None:
    price = plan(client, 1000)
    kept, ended = subscribe(client, price, metadata={"team": "red"}), subscribe(client, price)
    client.v1.subscriptions.cancel(ended.id)

    def ids(found: Object) -> list[str]:
        return [row.id for row in found.data]

    assert ids(client.v1.subscriptions.list()) == [kept.id]
    assert ids(client.v1.subscriptions.list({"status": "all", "price": price})) == [ended.id, kept.id]
    assert ids(client.v1.subscriptions.list({"status": "canceled"})) == [ended.id]
    assert ids(client.v1.subscriptions.search({"query": 'metadata["team"]:"red"'})) == [kept.id]


def test_it_stays_with_flexible_billing(client: Client) -> None:
    subscription = subscribe(client, plan(client, 1000), billing_mode={"type": "classic"})
    moved = client.v1.subscriptions.migrate(subscription.id, {"billing_mode": {"type": "flexible"}})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.subscriptions.migrate(subscription.id, {"billing_mode": {"type": "flexible"}})

    assert moved.billing_mode.type == "flexible"
    assert error_of(refused.value)["param"] == "billing_mode"


def test_added_items_are_on_the_first_invoice(client: Client) -> None:
    product = client.v1.products.create({"name": "Set-up"}).id
    once = client.v1.prices.create({"product": product, "currency": "usd", "unit_amount": 5000}).id
    subscription = subscribe(client, plan(client, 1000), add_invoice_items=[{"price": once}])

    assert sorted(amounts(latest(client, subscription))) == [1000, 5000]
    assert len(invoices(client, subscription)) == 1
