"""Time passes over subscriptions."""

import pytest

from tests.sandbox.plans import (
    DAY,
    DECLINES,
    advance,
    again,
    amounts,
    at,
    change,
    invoices,
    item,
    latest,
    on_clock,
    plan,
    subscribe,
    use_card,
)
from tests.sandbox.server import Server
from tests.sandbox.wishes import Client


def test_the_last_day_of_the_month(client: Client) -> None:
    test_clock, subscription = on_clock(client, at(2028, 1, 31), plan(client, 1000))
    ends = [item(subscription).current_period_end]
    for moment in (at(2028, 2, 29, 1), at(2028, 3, 31, 1), at(2028, 4, 30, 1)):
        advance(client, test_clock, moment)
        ends.append(item(again(client, subscription)).current_period_end)

    assert ends == [at(2028, 2, 29), at(2028, 3, 31), at(2028, 4, 30), at(2028, 5, 31)]


def test_a_jump_over_many_periods_bills_each_once(client: Client, server: Server) -> None:
    subscription = subscribe(client, plan(client, 1000))
    server.control("clock", {"advance_seconds": 370 * DAY})
    found = invoices(client, subscription)
    starts = [invoice.lines.data[0].period.start for invoice in found]

    assert len(found) == 13
    assert len(set(starts)) == len(starts)
    assert starts == sorted(starts)


def test_what_waits_comes_with_the_renewal(client: Client) -> None:
    test_clock, subscription = on_clock(client, at(2026, 4, 1), plan(client, 1000))
    advance(client, test_clock, at(2026, 4, 16))
    change(client, subscription, quantity=2)
    advance(client, test_clock, at(2026, 5, 1, 2))

    assert (amounts(latest(client, subscription)), latest(client, subscription).total) == ([-500, 1000, 2000], 2500)


def test_mixed_intervals_renew_each_by_itself(client: Client) -> None:
    test_clock, subscription = on_clock(client, at(2026, 1, 1), plan(client, 100), plan(client, 9000, "year"))
    for month in range(2, 14):
        advance(client, test_clock, at(2026 + month // 13, (month - 1) % 12 + 1, 1, 2))

    totals = [invoice.total for invoice in invoices(client, subscription)]
    assert totals == [9100, *[100] * 11, 9100]


def test_a_coupon_ends(client: Client) -> None:
    coupon = {"percent_off": 50, "duration": "repeating", "duration_in_months": 2}
    discounts = [{"coupon": client.v1.coupons.create(coupon).id}]
    test_clock, subscription = on_clock(client, at(2026, 1, 1), plan(client, 1000), discounts=discounts)
    for month in (2, 3, 4):
        advance(client, test_clock, at(2026, month, 1, 2))

    assert [invoice.total for invoice in invoices(client, subscription)] == [500, 500, 1000, 1000]
    assert again(client, subscription).discounts == []


@pytest.mark.parametrize(("wanted", "status"), [("cancel", "canceled"), ("unpaid", "unpaid"), ("past_due", "past_due")])
def test_after_the_last_attempt(client: Client, server: Server, wanted: str, status: str) -> None:
    server.control("account", {"subscription_after_retries": wanted, "invoice_retry_days": [1, 1]})
    subscription = subscribe(client, plan(client, 1000))
    use_card(client, str(subscription.customer), DECLINES)
    server.control("clock", {"advance_seconds": 31 * DAY + 7200})
    assert again(client, subscription).status == "past_due"

    server.control("clock", {"advance_seconds": 3 * DAY})
    assert again(client, subscription).status == status


def test_an_unpaid_subscription_makes_drafts_only(client: Client, server: Server) -> None:
    server.control("account", {"subscription_after_retries": "unpaid", "invoice_retry_days": []})
    subscription = subscribe(client, plan(client, 1000))
    use_card(client, str(subscription.customer), DECLINES)
    server.control("clock", {"advance_seconds": 63 * DAY})

    found = invoices(client, subscription)
    assert [(invoice.status, invoice.auto_advance) for invoice in found[2:]] == [("draft", False)]


def test_collection_goes_on_when_the_pause_is_over(client: Client, server: Server) -> None:
    subscription = subscribe(client, plan(client, 1000))
    until = server.control("clock")["now"] + 10 * DAY
    pause = {"behavior": "keep_as_draft", "resumes_at": until}
    client.v1.subscriptions.update(subscription.id, {"pause_collection": pause})
    server.control("clock", {"advance_seconds": 11 * DAY})

    assert again(client, subscription).pause_collection is None
