"""Payouts: by schedule, by hand, at once; negative, failed, and what the next one takes along."""

from datetime import UTC, datetime
from urllib.error import HTTPError

import pytest
import stripe

from tests.sandbox.server import Server, serve
from tests.sandbox.wishes import Client, Object, error_of, pay

A_DAY = 86400


def fund(client: Client, amount: int = 10000, **more: str) -> Object:
    """Money that is available at once; 10000 leave 9680 after the fee."""
    return pay(client, amount=amount, capture_method="automatic", payment_method="pm_card_bypassPending", **more)


def wait(server: Server, seconds: int = 60) -> None:
    server.control("clock", {"advance_seconds": seconds})


def schedule(server: Server, **wanted: object) -> None:
    server.control("account", {"payout_schedule": wanted})


def payouts(client: Client) -> list[Object]:
    """Oldest first."""
    return list(reversed(client.v1.payouts.list({"limit": 100}).data))


def lines(client: Client, payout: Object) -> list[tuple[str, int]]:
    """Type and net of each line but the payout's own, oldest first."""
    rows = client.v1.balance_transactions.list({"payout": payout.id, "limit": 100}).data
    assert rows[0].id == payout.balance_transaction
    return [(row.type, row.net) for row in reversed(rows[1:])]


def available(client: Client, currency: str = "usd") -> int:
    return next(int(row.amount) for row in client.v1.balance.retrieve().available if row.currency == currency)


def test_nothing_is_paid_out_unless_a_schedule_is_asked_for(client: Client, server: Server) -> None:
    fund(client)
    wait(server, 40 * A_DAY)

    assert payouts(client) == []
    assert client.v1.accounts.retrieve_current().settings.payouts.schedule.interval == "manual"


def test_a_daily_payout_takes_all_that_is_available_in_each_currency(client: Client, server: Server) -> None:
    schedule(server, interval="daily")
    fund(client)
    fund(client, currency="eur")
    wait(server, A_DAY)

    made = payouts(client)
    assert sorted((payout.currency, payout.amount, payout.automatic) for payout in made) == [
        ("eur", 9680, True), ("usd", 9680, True),
    ]  # fmt: skip
    assert {payout.reconciliation_status for payout in made} == {"completed"}
    assert [lines(client, payout) for payout in made] == [[("charge", 9680)], [("charge", 9680)]]
    assert (available(client), available(client, "eur")) == (0, 0)
    assert datetime.fromtimestamp(made[0].created, UTC).hour == 4


def test_payouts_take_their_days_and_tell_of_each_step(client: Client, server: Server) -> None:
    schedule(server, interval="daily")
    fund(client)
    wait(server, 8 * A_DAY)

    (payout,) = payouts(client)
    types = [event.type for event in client.v1.events.list({"limit": 100}).data if event.type.startswith("payout.")]
    assert payout.status == "paid"
    assert datetime.fromtimestamp(payout.arrival_date, UTC).weekday() < 5
    assert list(reversed(types)) == [
        "payout.created", "payout.updated", "payout.reconciliation_completed", "payout.updated", "payout.paid",
    ]  # fmt: skip


def test_each_line_is_in_one_payout_and_every_payout_is_the_sum_of_its_lines(client: Client, server: Server) -> None:
    schedule(server, interval="daily")
    for day in range(12):
        intent = pay(client, amount=5000 + day, capture_method="automatic")
        if day % 3 == 0:
            client.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
        wait(server, A_DAY)
    wait(server, 7 * A_DAY)

    inside = [(payout, lines(client, payout)) for payout in payouts(client)]
    assert [payout.amount for payout, rows in inside] == [sum(net for _, net in rows) for _, rows in inside]
    assert sum(len(rows) for _, rows in inside) == 12 + 4
    assert available(client) == 0


@pytest.mark.parametrize(
    ("wanted", "days", "weekdays"),
    [
        ({"interval": "weekly"}, 21, {4}),
        ({"interval": "weekly", "weekly_payout_days": ["monday", "thursday"]}, 14, {0, 3}),
    ],
)
def test_weekly_payouts_come_on_their_days(
    client: Client, server: Server, wanted: dict[str, object], days: int, weekdays: set[int]
) -> None:
    schedule(server, **wanted)
    for _ in range(days):
        fund(client)
        wait(server, A_DAY)

    assert {datetime.fromtimestamp(payout.created, UTC).weekday() for payout in payouts(client)} == weekdays
    assert len(payouts(client)) == days * len(weekdays) // 7


def test_a_monthly_payout_on_a_31st_comes_on_the_last_day(client: Client, server: Server) -> None:
    schedule(server, interval="monthly", monthly_payout_days=[31])
    for _ in range(3):
        fund(client)
        wait(server, 31 * A_DAY)

    days = [datetime.fromtimestamp(payout.created + A_DAY, UTC).day for payout in payouts(client)]
    assert set(days) == {1}
    assert len(days) == 3


def test_a_schedule_that_stripe_would_not_know_is_refused(client: Client, server: Server) -> None:
    for wanted in ({"interval": "hourly"}, {"interval": "monthly", "monthly_payout_days": [32]}):
        with pytest.raises(HTTPError):
            schedule(server, **wanted)

    assert client.v1.accounts.retrieve_current().settings.payouts.schedule.interval == "manual"


def test_manual_again_ends_the_schedule(client: Client, server: Server) -> None:
    schedule(server, interval="daily")
    schedule(server, interval="manual")
    fund(client)
    wait(server, 5 * A_DAY)

    assert payouts(client) == []


def test_a_start_option_pays_out_daily_and_a_reset_keeps_to_it() -> None:
    with serve("--payouts", "daily") as server:
        for _ in range(2):
            client: Client = server.client()
            fund(client)
            wait(server, A_DAY)
            assert [payout.amount for payout in payouts(client)] == [9680]
            server.control("reset", {})


def test_money_below_one_unit_of_the_currency_stays(client: Client, server: Server) -> None:
    schedule(server, interval="daily")
    fund(client, amount=100)
    wait(server, A_DAY)
    assert (payouts(client), available(client)) == ([], 67)

    fund(client, amount=100)
    wait(server, A_DAY)
    assert [payout.amount for payout in payouts(client)] == [134]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payouts.create({"amount": 99, "currency": "usd"})
    assert error_of(caught.value)["code"] == "amount_too_small"


def test_a_balance_below_zero_is_drawn_from_the_bank(client: Client, server: Server) -> None:
    intent = fund(client)
    server.control("payouts", {})
    client.v1.refunds.create({"payment_intent": intent.id})
    schedule(server, interval="daily")
    wait(server, A_DAY)

    drawn = payouts(client)[-1]
    assert (drawn.amount, drawn.automatic) == (-10000, True)
    assert client.v1.balance_transactions.retrieve(drawn.balance_transaction).net == 10000
    assert lines(client, drawn) == [("refund", -10000)]
    assert available(client) == 0


def test_an_account_may_forbid_to_draw_from_its_bank(client: Client, server: Server) -> None:
    server.control("account", {"debit_negative_balances": False})
    server.control("balance_transactions", {"type": "stripe_fee", "amount": -700, "currency": "usd"})
    schedule(server, interval="daily")
    wait(server, 3 * A_DAY)

    assert (payouts(client), available(client)) == ([], -700)


@pytest.mark.parametrize("after", [0, 60, 8 * A_DAY])
def test_the_money_of_a_failed_payout_goes_out_with_a_later_one(client: Client, server: Server, after: int) -> None:
    fund(client)
    failing = server.control("payouts", {})
    wait(server, after)
    failed = server.control("payouts", {"fail": failing["id"], "code": "account_closed"})
    fund(client)
    server.control("payouts", {})
    wait(server)

    first, later = payouts(client)
    assert (first.status, first.failure_code, first.reconciliation_status) == ("failed", "account_closed", "completed")
    assert lines(client, first) == [("charge", 9680)]
    assert (later.amount, lines(client, later)) == (19360, [("payout_failure", 9680), ("charge", 9680)])
    row = client.v1.balance_transactions.retrieve(failed["failure_balance_transaction"])
    assert (row.source, row.reporting_category, row.amount) == (first.id, "payout_reversal", 9680)
    assert [event.type for event in client.v1.events.list({"type": "payout.failed"}).data] == ["payout.failed"]


def test_a_failed_debit_is_owed_again(client: Client, server: Server) -> None:
    server.control("balance_transactions", {"type": "stripe_fee", "amount": -700, "currency": "usd"})
    drawn = server.control("payouts", {})
    server.control("payouts", {"fail": drawn["id"], "code": "insufficient_funds"})

    assert (drawn["amount"], available(client)) == (-700, -700)


def test_an_instant_payout_costs_a_fee_and_is_there_in_half_an_hour(client: Client, server: Server) -> None:
    fund(client)
    payout = client.v1.payouts.create({"amount": 5000, "currency": "usd", "method": "instant"})
    row = client.v1.balance_transactions.retrieve(payout.balance_transaction)

    assert (payout.method, payout.automatic, payout.reconciliation_status) == ("instant", False, "not_applicable")
    assert (row.amount, row.fee, row.net) == (-5000, 50, -5050)
    assert [detail.description for detail in row.fee_details] == ["Instant payout fee"]
    wait(server, 2000)
    assert client.v1.payouts.retrieve(payout.id).status == "paid"
    with pytest.raises(stripe.InvalidRequestError, match="only be filtered on automatic"):
        client.v1.balance_transactions.list({"payout": payout.id})


def test_an_instant_payout_leaves_room_for_its_fee(client: Client, server: Server) -> None:
    fund(client)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payouts.create({"amount": 9680, "currency": "usd", "method": "instant"})
    most = server.control("payouts", {"method": "instant"})

    assert error_of(caught.value)["code"] == "balance_insufficient"
    assert (most["amount"], most["automatic"], available(client)) == (9584, False, 0)


def test_a_failed_instant_payout_gives_its_fee_back(client: Client, server: Server) -> None:
    fund(client)
    made = server.control("payouts", {"method": "instant", "amount": 5000})
    server.control("payouts", {"fail": made["id"]})

    assert available(client) == 9680


def test_what_went_out_by_hand_is_a_line_of_the_next_automatic_payout(client: Client, server: Server) -> None:
    fund(client)
    client.v1.payouts.create({"amount": 4000, "currency": "usd"})
    canceled = client.v1.payouts.create({"amount": 500, "currency": "usd"})
    canceled = client.v1.payouts.cancel(canceled.id)
    server.control("payouts", {"automatic": True})
    wait(server)

    automatic = payouts(client)[-1]
    assert automatic.amount == 5680
    assert lines(client, automatic) == [
        ("charge", 9680), ("payout", -4000), ("payout", -500), ("payout_cancel", 500),
    ]  # fmt: skip
    assert client.v1.balance_transactions.retrieve(canceled.failure_balance_transaction).type == "payout_cancel"


def test_an_automatic_payout_of_a_part_holds_the_rest_for_the_next(client: Client, server: Server) -> None:
    fund(client)
    server.control("payouts", {"amount": 9000})
    wait(server)
    server.control("payouts", {})
    wait(server)

    part, rest = payouts(client)
    assert (part.amount, lines(client, part)) == (9000, [("charge", 9680), ("payout_minimum_balance_hold", -680)])
    assert (rest.amount, lines(client, rest)) == (680, [("payout_minimum_balance_release", 680)])


def test_what_cannot_be_paid_out_is_refused(client: Client, server: Server) -> None:
    fund(client)
    ended = server.control("payouts", {})
    server.control("payouts", {"fail": ended["id"]})
    for wanted in (
        {"currency": "eur"}, {"amount": 99999}, {"amount": 99999, "automatic": False}, {"fail": ended["id"]},
        {"fail": "po_none"}, {"currency": "xxx"},
    ):  # fmt: skip
        with pytest.raises(HTTPError):
            server.control("payouts", wanted)

    assert len(payouts(client)) == 1
