"""The feed: in order, nothing skipped, nothing twice."""

import time
from contextlib import closing
from typing import Any

import pytest
from django.db import connections, transaction

from config.base import domain_events
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.models import Payment
from tests.payments.api.client import Storefront, fields

TEST = Actor.system("test")


@pytest.fixture
def payment(account: StripeAccount) -> Payment:
    return Payment.objects.create(account=account, amount_minor=1000, currency="eur")


def told(payment: Payment, *types: str) -> list[str]:
    return [told_one(payment, kind) for kind in types]


def told_one(payment: Payment, kind: str) -> str:
    event = domain_events.append(payment, type=kind, by=TEST, data={"amount": 1000})
    assert event is not None
    return event


def read(shop: Storefront, wanted: int, address: str = "/events", **query: Any) -> dict[str, Any]:
    """The page once it has so many: a transaction in any database of the server holds the feed back."""
    deadline = time.monotonic() + 20
    while True:
        page: dict[str, Any] = shop.get(address, **query).json()
        if len(page["data"]) >= wanted or time.monotonic() > deadline:
            return page
        time.sleep(0.05)


def ids(page: dict[str, Any]) -> list[str]:
    return [row["id"] for row in page["data"]]


def test_events_are_read_in_order_page_by_page(shop: Storefront, payment: Payment) -> None:
    written = told(payment, "payment.a", "payment.b", "payment.c")

    read(shop, 3)
    first = shop.get("/events", limit=2).json()
    second = shop.get(first["next"]).json()

    assert ids(first) + ids(second) == written
    assert (second["next"], first["previous"], second["previous"]) == (None, None, None)
    assert first["data"][0] == {
        "id": written[0],
        "type": "payment.a",
        "object_type": "payment",
        "object_id": payment.public_id,
        "sequence": 1,
        "data": {"amount": 1000},
        "actor": {"kind": "system", "id": "test", "label": "test"},
        "request_id": "",
        "created_at": first["data"][0]["created_at"],
    }


def test_whoever_knows_the_last_one_asks_what_came_after(shop: Storefront, payment: Payment) -> None:
    (last,) = told(payment, "payment.a")
    assert ids(shop.get("/events", after=last).json()) == []

    written = told(payment, "payment.b")

    assert ids(read(shop, 1, after=last)) == written


def test_an_event_that_commits_late_is_not_skipped(shop: Storefront, payment: Payment, account: StripeAccount) -> None:
    slow = Payment.objects.create(account=account, amount_minor=2000, currency="eur")
    with transaction.atomic():
        late = told(slow, "payment.slow")
        with closing(connections["default"].copy()) as elsewhere, elsewhere.cursor() as cursor:
            cursor.execute(COPY_OF_AN_EVENT, [payment.public_id, payment.public_id])
        meanwhile = shop.get("/events").json()

    after = read(shop, 2)

    assert ids(meanwhile) == []
    assert ids(after) == [*late, "event_fast"]


COPY_OF_AN_EVENT = """
    INSERT INTO base_domainevent (public_id, account_id, type, object_type, object_id, sequence, source, data,
        actor_kind, actor_id, actor_label, request_id, created_at)
    SELECT 'event_fast', account_id, 'payment.fast', 'payment', %s, 1, '', '{}', 'system', '', '', '', now()
    FROM payments_payment WHERE public_id = %s
"""


def test_events_are_filtered(shop: Storefront, payment: Payment) -> None:
    told(payment, "payment.a", "payment.b")

    assert len(ids(read(shop, 2, object_id=payment.public_id))) == 2
    assert [row["type"] for row in shop.get("/events", type="payment.b").json()["data"]] == ["payment.b"]
    assert ids(shop.get("/events", object_id="pay_other").json()) == []


def test_a_cursor_that_is_no_event_is_refused(shop: Storefront) -> None:
    answer = shop.get("/events", after="event_nobody")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
    assert fields(shop.get("/events", before="x")) == {"before": "unknown_field"}


def test_the_feed_tells_the_story_of_a_payment(shop: Storefront) -> None:
    wish = {"amount": 1099, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
    payment = shop.post("/payments", wish).json()

    story = read(shop, 2, object_id=payment["id"])

    assert [event["type"] for event in story["data"]] == ["payment.created", "payment.succeeded"]
    assert [event["sequence"] for event in story["data"]] == [1, 2]
