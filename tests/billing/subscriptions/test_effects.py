"""How a wish whose answer was lost shows in what Stripe has; and what is planned for the end of a period."""

from datetime import datetime
from typing import Any

import pytest

from billing.models import Price, SubscriptionItem
from billing.services import schedules, subscription_terms
from billing.services import subscription_effects as effects
from billing.services.plan_changes import ItemChange

HELD = {
    "items": {
        "data": [
            {"id": "si_1", "price": {"id": "price_a"}, "quantity": 2},
            {"id": "si_2", "price": "price_metered"},
        ]
    }
}

VOIDING = {"pause_collection": {"behavior": "void"}}


@pytest.mark.parametrize(
    ("items", "stands"),
    [
        ([{"id": "si_1", "price": "price_a", "quantity": 2}], True),
        ([{"id": "si_1", "price": "price_a", "quantity": 3}], False),
        ([{"id": "si_1", "price": "price_b", "quantity": 2}], False),
        ([{"id": "si_1", "quantity": 2}], True),
        ([{"id": "si_1", "quantity": 5}], False),
        ([{"id": "si_3", "deleted": True}], True),
        ([{"id": "si_1", "deleted": True}], False),
        ([{"id": "si_9", "price": "price_a", "quantity": 2}], False),
        ([{"price": "price_a", "quantity": 2}], True),
        ([{"price": "price_metered"}], True),
        ([{"price": "price_c", "quantity": 1}], False),
        ([{"id": "si_3", "deleted": True}, {"price": "price_c", "quantity": 1}], False),
    ],
)
def test_items_show_whether_a_change_was_made(items: list[dict[str, Any]], stands: bool) -> None:
    assert effects.has_items(HELD, {"items": items}) is stands


@pytest.mark.parametrize(
    ("effect", "body", "params", "shows"),
    [
        (effects.is_paused, VOIDING, VOIDING, True),
        (effects.is_paused, {"pause_collection": None}, VOIDING, False),
        (effects.is_collecting, {"pause_collection": None}, {}, True),
        (effects.is_resumed, {"status": "paused"}, {}, False),
        (effects.is_resumed, {"status": "active"}, {}, True),
        (effects.is_canceled, {"status": "canceled"}, {}, True),
        (effects.is_canceled, {"status": "active"}, {}, False),
        (effects.ends_with_period, {"cancel_at": 1790000000}, {}, True),
        (effects.goes_on, {"cancel_at_period_end": False}, {}, True),
        (effects.is_scheduled, {"schedule": "sub_sched_1"}, {}, True),
        (effects.is_unscheduled, {"schedule": None}, {}, True),
        (effects.shows_nowhere, {"balance": -5}, {}, False),
    ],
)  # fmt: skip
def test_each_wish_shows_in_its_own_way(effect: Any, body: Any, params: Any, shows: bool) -> None:
    assert effect(body, params) is shows


@pytest.mark.parametrize(
    ("now", "day", "anchor"),
    [
        ("2027-01-31", 31, "2027-02-28"),
        ("2028-02-01", 30, "2028-02-29"),
        ("2027-12-15", 1, "2028-01-01"),
        ("2027-06-01", 15, "2027-06-15"),
        ("2027-06-15", 15, "2027-07-15"),
    ],
)
def test_the_next_day_of_the_month_is_one_of_the_calendar(now: str, day: int, anchor: str) -> None:
    assert subscription_terms.next_anchor(day, datetime.fromisoformat(now)) == datetime.fromisoformat(anchor)


def test_the_running_phase_stays_as_it_is_until_its_end() -> None:
    running = {
        "start_date": 1_790_000_000,
        "end_date": 1_792_592_000,
        "items": [{"price": "price_a", "quantity": 2}, {"price": {"id": "price_metered"}, "quantity": None}],
        "collection_method": "send_invoice",
        "invoice_settings": {"days_until_due": 14},
        "default_tax_rates": [{"id": "txr_1"}],
        "discounts": [{"discount": "di_1", "coupon": None, "promotion_code": None}],
        "automatic_tax": {"enabled": False},
        "trial_end": 1_790_100_000,
        "metadata": {},
    }
    old, new = Price(pk=1, stripe_id="price_a"), Price(pk=2, stripe_id="price_b", interval="year", interval_count=1)
    change = ItemChange(item=SubscriptionItem(price=old, quantity=2), price=new)

    now, then = schedules.phases(running, [change])

    kept = {
        "collection_method": "send_invoice",
        "invoice_settings": {"days_until_due": 14},
        "default_tax_rates": ["txr_1"],
        "discounts": [{"discount": "di_1"}],
    }
    assert now == {
        **kept,
        "trial_end": 1_790_100_000,
        "items": [{"price": "price_a", "quantity": 2}, {"price": "price_metered"}],
        "start_date": 1_790_000_000,
        "end_date": 1_792_592_000,
    }
    assert then == {
        **kept,
        "items": [{"price": "price_metered"}, {"price": "price_b", "quantity": 2}],
        "duration": {"interval": "year", "interval_count": 1},
        "proration_behavior": "none",
    }
