"""Balance transactions of every type, late ones, and those that Stripe's side gets wrong."""

from typing import get_args
from urllib.error import HTTPError

import pytest
import stripe

from sandbox import line_types
from tests.sandbox.server import Server
from tests.sandbox.wishes import Client, Object, pay

A_DAY = 86400
TYPES = get_args(get_args(stripe.BalanceTransaction.__annotations__["type"])[0])
# The table of https://docs.stripe.com/reports/reporting-categories, where the two words differ.
CATEGORIES = {
    "payment": "charge", "payment_refund": "refund", "payment_failure_refund": "charge_failure",
    "payout_cancel": "payout_reversal", "payout_failure": "payout_reversal", "stripe_fee": "fee", "tax_fee": "tax",
    "application_fee": "platform_earning", "application_fee_refund": "platform_earning_refund",
    "reserved_funds": "risk_reserved_funds", "adjustment": "other_adjustment",
    "transfer_refund": "transfer_reversal",
}  # fmt: skip
ITSELF = ("charge", "refund", "refund_failure", "payout", "topup", "topup_reversal", "transfer", "contribution")


def make(server: Server, type_: str = "stripe_fee", amount: int = -700, **more: object) -> Object:
    return server.control("balance_transactions", {"type": type_, "amount": amount, "currency": "usd", **more})


def change(server: Server, row: Object, **how: object) -> Object:
    return server.control("balance_transactions", {"id": row["id"], **how})


def available(client: Client) -> int:
    return int(client.v1.balance.retrieve().available[0].amount)


def listed(client: Client, **params: object) -> list[str]:
    return [row.id for row in client.v1.balance_transactions.list({"limit": 100, **params}).auto_paging_iter()]


@pytest.mark.parametrize("type_", TYPES)
def test_a_line_of_every_type_can_be_there(client: Client, server: Server, type_: str) -> None:
    made = make(server, type_)
    (row,) = client.v1.balance_transactions.list({"type": type_}).data

    assert (row.id, row.net, row.status) == (made["id"], -700, "available")
    assert row.reporting_category == line_types.category(type_)
    assert available(client) == -700


def test_categories_are_those_of_stripes_table() -> None:
    assert {type_: line_types.category(type_) for type_ in CATEGORIES} == CATEGORIES
    assert [line_types.category(type_) for type_ in ITSELF] == list(ITSELF)


def test_a_type_that_nobody_has_heard_of_is_possible(client: Client, server: Server) -> None:
    made = make(server, "future_thing", 1234, fee=34, source="ft_1", description="Tomorrow")
    row = client.v1.balance_transactions.retrieve(made["id"], {"expand": ["source"]})

    assert (row.type, row.reporting_category, row.net, row.source) == ("future_thing", "future_thing", 1200, "ft_1")
    assert row.description == "Tomorrow"
    assert [detail.amount for detail in row.fee_details] == [34]


def test_a_line_may_be_pending_and_of_another_category(client: Client, server: Server) -> None:
    soon = server.control("clock")["now"] + A_DAY
    made = make(server, "adjustment", 1500, available_on=soon, reporting_category="fee")
    before = client.v1.balance_transactions.retrieve(made["id"])
    held = available(client)
    server.control("clock", {"advance_seconds": A_DAY + 60})

    assert (before.status, before.reporting_category, held) == ("pending", "fee", 0)
    assert client.v1.balance_transactions.retrieve(made["id"]).status == "available"
    assert available(client) == 1500


def test_a_late_line_stands_where_its_moment_says(client: Client, server: Server) -> None:
    first = make(server, amount=-1)
    server.control("clock", {"advance_seconds": A_DAY})
    last = make(server, amount=-2)
    late = make(server, amount=-3, created=first["created"] + 60)

    assert listed(client) == [last["id"], late["id"], first["id"]]
    assert listed(client, created={"gte": first["created"] + 60}) == [last["id"], late["id"]]
    assert listed(client, created={"gt": first["created"], "lt": last["created"]}) == [late["id"]]
    assert listed(client, created=late["created"]) == [late["id"]]
    assert late["available_on"] == late["created"]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_go_on_where_the_last_one_ended(client: Client, server: Server, limit: int) -> None:
    made = [make(server, amount=-number)["id"] for number in range(1, 8)]
    since = {"created": {"gte": server.control("clock")["now"] - A_DAY}}

    assert listed(client, limit=limit) == made[::-1]
    assert listed(client, limit=limit, **since) == made[::-1]
    assert listed(client, starting_after=made[3], limit=limit, currency="usd") == made[2::-1]
    assert listed(client, ending_before=made[3], limit=limit) == made[4:]


def test_a_cursor_outside_of_the_asked_time_still_counts(client: Client, server: Server) -> None:
    old = make(server, amount=-1)
    server.control("clock", {"advance_seconds": A_DAY})
    new = make(server, amount=-2)

    assert listed(client, starting_after=new["id"], created={"lte": old["created"]}) == [old["id"]]
    assert listed(client, starting_after=old["id"], created={"gte": new["created"]}) == []
    with pytest.raises(stripe.InvalidRequestError):
        listed(client, starting_after="txn_none")


def test_a_changed_line_counts_as_it_stands(client: Client, server: Server) -> None:
    intent = pay(client, capture_method="automatic", payment_method="pm_card_bypassPending")
    row = {"id": client.v1.balance_transactions.list({"source": str(intent.latest_charge)}).data[0].id}

    more = change(server, row, set={"amount": 1100})
    dearer = change(server, row, set={"fee": 100})
    assert (more["net"], dearer["net"], dearer["fee_details"][0]["amount"]) == (1038, 1000, 100)
    assert available(client) == 1000
    elsewhere = change(server, row, set={"currency": "eur"})
    assert elsewhere["currency"] == "eur"
    assert available(client) == 0
    assert server.control("payouts", {"currency": "eur"})["amount"] == 1000


def test_a_changed_line_of_a_dispute_is_changed_there_too(client: Client, server: Server) -> None:
    pay(client, payment_method="pm_card_createDispute")
    (dispute,) = client.v1.disputes.list().data
    change(server, {"id": dispute.balance_transactions[0].id}, set={"amount": -1000})

    assert client.v1.disputes.retrieve(dispute.id).balance_transactions[0].net == -2500


def test_a_lost_line_is_gone_with_its_money(client: Client, server: Server) -> None:
    kept, lost = make(server, amount=300), make(server, amount=500)
    change(server, lost, delete=True)

    assert (listed(client), available(client)) == ([kept["id"]], 300)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.balance_transactions.retrieve(lost["id"])


def test_a_line_can_be_there_twice(client: Client, server: Server) -> None:
    made = make(server, amount=300, source="ch_1")
    twin = change(server, made, duplicate=True)

    assert twin["id"] != made["id"]
    assert listed(client, source="ch_1") == [twin["id"], made["id"]]
    assert available(client) == 600


def test_a_line_that_a_payout_held_can_be_lost_from_it(client: Client, server: Server) -> None:
    kept, lost = make(server, amount=300), make(server, amount=500)
    payout = server.control("payouts", {})
    server.control("clock", {"advance_seconds": 60})
    change(server, lost, delete=True)

    assert listed(client, payout=payout["id"]) == [payout["balance_transaction"], kept["id"]]


def test_a_line_can_be_listed_with_another_payout_or_with_none(client: Client, server: Server) -> None:
    row = make(server, amount=300)
    first = server.control("payouts", {})
    make(server, amount=500)
    second = server.control("payouts", {})
    server.control("clock", {"advance_seconds": 60})

    change(server, row, payout=second["id"])
    assert row["id"] in listed(client, payout=second["id"])
    assert listed(client, payout=first["id"]) == [first["balance_transaction"]]
    change(server, row, payout=None)
    assert row["id"] not in listed(client, payout=second["id"])
    assert row["id"] in listed(client)


@pytest.mark.parametrize(
    "wanted",
    [
        {"amount": 1, "currency": "usd"},
        {"type": "stripe_fee", "amount": 1, "currency": "xxx"},
        {"id": "txn_none", "delete": True},
    ],
)
def test_what_makes_no_sense_is_refused(client: Client, server: Server, wanted: dict[str, object]) -> None:
    with pytest.raises(HTTPError):
        server.control("balance_transactions", wanted)

    assert listed(client) == []


def test_an_id_stays_what_it_is(client: Client, server: Server) -> None:
    made = make(server)
    for wanted in ({"id": "txn_other"}, {"colour": "red"}):
        with pytest.raises(HTTPError):
            change(server, made, set=wanted)

    assert client.v1.balance_transactions.retrieve(made["id"]).net == -700
