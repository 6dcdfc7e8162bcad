"""May this customer use it, until when, and why."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Subscription
from billing.services import access
from config.base import clock
from payments.models import Customer
from tests import factories
from tests.billing.subscriptions.rows import make_open_invoice, make_price, make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Customer:
    return factories.make_customer()


def told(customer: Customer) -> tuple[bool, str]:
    found = access.of(customer=customer)
    assert found.words
    return found.allowed, found.reason


def days(number: int) -> datetime:
    return clock.now() + timedelta(days=number)


def test_nobody_without_a_subscription_is_let_in(ada: Customer) -> None:
    assert told(ada) == (False, "no_subscription")


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"status": "active"}, (True, "active")),
        ({"status": "active", "cancel_at_period_end": True}, (True, "ends")),
        ({"status": "active", "began_days": 40, "cancel_at_period_end": True}, (False, "canceled")),
        ({"status": "active", "began_days": 31}, (True, "renewal_pending")),
        ({"status": "active", "began_days": 50}, (False, "past_due")),
        ({"status": "active", "pause_behavior": "void"}, (False, "paused")),
        ({"status": "active", "pause_behavior": "keep_as_draft"}, (True, "free_while_paused")),
        ({"status": "trialing"}, (True, "trialing")),
        ({"status": "unpaid"}, (False, "unpaid")),
        ({"status": "paused"}, (False, "paused")),
        ({"status": "incomplete", "began_days": 0}, (False, "first_payment_missing")),
        ({"status": "incomplete_expired"}, (False, "first_payment_missing")),
        ({"status": "canceled"}, (False, "canceled")),
    ],
)
def test_each_state_has_its_answer(ada: Customer, fields: dict[str, Any], answer: tuple[bool, str]) -> None:
    make_subscription(ada, **fields)

    assert told(ada) == answer


def test_a_subscription_that_was_never_made_tells_nothing(ada: Customer) -> None:
    Subscription.objects.create(account=ada.account, customer=ada, status="rejected", currency="eur")
    Subscription.objects.create(account=ada.account, customer=ada, status="unknown", currency="eur")

    assert told(ada) == (False, "no_subscription")


@pytest.mark.parametrize(("grace", "late", "answer"), [(7, 3, (True, "grace")), (7, 8, (False, "past_due"))])
def test_a_renewal_that_was_not_paid_has_its_products_days_of_grace(
    ada: Customer, grace: int, late: int, answer: tuple[bool, str]
) -> None:
    subscription = make_subscription(ada, status="past_due", price=make_price(product_grace_period_days=grace))
    make_open_invoice(subscription, days_ago=late)

    found = access.of(customer=ada)

    assert (found.allowed, found.reason) == answer
    assert found.until
    assert abs(found.until - days(grace - late)) < timedelta(minutes=1)


def test_an_upgrade_that_waits_for_its_payment_takes_no_access_away(ada: Customer) -> None:
    subscription = make_subscription(ada, status="past_due")
    make_open_invoice(subscription, days_ago=0, reason="subscription_update")

    assert told(ada) == (True, "active")


def test_a_product_that_does_not_wait_for_the_first_payment_lets_in(ada: Customer) -> None:
    make_subscription(ada, status="incomplete", began_days=0, price=make_price(product_requires_first_payment=False))

    assert told(ada) == (True, "first_payment_pending")


def test_the_best_of_several_subscriptions_counts(ada: Customer) -> None:
    make_subscription(ada, status="canceled", ended_at=days(-5))
    mine = make_subscription(ada, status="trialing", trial_end=days(9))
    make_subscription(ada, status="unpaid")

    found = access.of(customer=ada)

    assert (found.allowed, found.subscription, found.until) == (True, mine, mine.trial_end)


def test_it_is_one_query(ada: Customer) -> None:
    for status in ("active", "past_due", "canceled", "trialing"):
        make_subscription(ada, status=status)

    with CaptureQueriesContext(connection) as queries:
        access.of(customer=ada)

    assert len(queries) == 1
