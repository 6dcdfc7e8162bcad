"""Subscriptions that change by phases."""

import pytest
import stripe

from tests.sandbox.plans import advance, again, amounts, at, clock, item, latest, on_clock, plan, subscribe, subscriber
from tests.sandbox.wishes import Client, Object

MONTHLY = {"duration": {"interval": "month"}}


def scheduled(client: Client, subscription: Object, price: str, **more: object) -> Object:
    """The subscription's present phase, then one month at another price."""
    made = client.v1.subscription_schedules.create({"from_subscription": subscription.id})
    now = made.phases[0]
    present = {
        "items": [{"price": str(now["items"][0].price), "quantity": now["items"][0].quantity}],
        "start_date": now.start_date,
        "end_date": now.end_date,
    }
    then = {"items": [{"price": price}], "proration_behavior": "none", **MONTHLY}
    return client.v1.subscription_schedules.update(made.id, {"phases": [present, then], **more})


def test_a_change_at_the_end_of_the_period(client: Client) -> None:
    test_clock, subscription = on_clock(client, at(2026, 1, 31), plan(client, 1000))
    schedule = scheduled(client, subscription, plan(client, 2500), end_behavior="release")
    shown = client.v1.invoices.create_preview({"subscription": subscription.id})
    advance(client, test_clock, at(2026, 2, 28, 2))
    changed = again(client, subscription)

    assert (amounts(shown), amounts(latest(client, changed))) == ([2500], [2500])
    assert (item(changed).id, item(changed).price.unit_amount) == (item(subscription).id, 2500)
    assert changed.schedule == schedule.id
    advance(client, test_clock, at(2026, 3, 31, 2))
    done = client.v1.subscription_schedules.retrieve(schedule.id)
    assert (done.status, done.released_subscription) == ("released", subscription.id)
    assert (again(client, subscription).schedule, again(client, subscription).status) == (None, "active")


def test_the_last_phase_can_end_the_subscription(client: Client) -> None:
    test_clock = clock(client, at(2026, 1, 1))
    customer = subscriber(client, test_clock=test_clock)
    phases = [{"items": [{"price": plan(client, 1000), "quantity": 2}], **MONTHLY}]
    wish = {"customer": customer, "start_date": at(2026, 1, 10), "phases": phases, "end_behavior": "cancel"}
    schedule = client.v1.subscription_schedules.create(wish)
    assert (schedule.status, schedule.subscription) == ("not_started", None)

    advance(client, test_clock, at(2026, 1, 10, 2))
    running = client.v1.subscription_schedules.retrieve(schedule.id)
    assert (running.status, running.current_phase.end_date) == ("active", at(2026, 2, 10))
    advance(client, test_clock, at(2026, 2, 10, 2))
    done = client.v1.subscription_schedules.retrieve(schedule.id)
    assert done.status == "completed"
    assert client.v1.subscriptions.retrieve(running.subscription).status == "canceled"


def test_released_and_canceled(client: Client) -> None:
    kept, ended = subscribe(client, plan(client, 1000)), subscribe(client, plan(client, 1000))
    free = client.v1.subscription_schedules.create({"from_subscription": kept.id})
    released = client.v1.subscription_schedules.release(free.id)
    gone = client.v1.subscription_schedules.create({"from_subscription": ended.id})
    canceled = client.v1.subscription_schedules.cancel(gone.id)
    with pytest.raises(stripe.InvalidRequestError, match="currently in the `canceled` status"):
        client.v1.subscription_schedules.release(gone.id)

    assert (released.status, again(client, kept).status, again(client, kept).schedule) == ("released", "active", None)
    assert (canceled.status, again(client, ended).status) == ("canceled", "canceled")


def test_a_subscription_has_one_schedule(client: Client) -> None:
    subscription = subscribe(client, plan(client, 1000))
    client.v1.subscription_schedules.create({"from_subscription": subscription.id})
    with pytest.raises(stripe.InvalidRequestError, match="already attached to a schedule"):
        client.v1.subscription_schedules.create({"from_subscription": subscription.id})
