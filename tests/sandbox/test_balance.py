"""The balance, its transactions, and payouts."""

import random

import pytest
import stripe

from tests.sandbox.server import Server
from tests.sandbox.wishes import Client, Object, error_of, pay


def of(balance: Object, part: str, currency: str = "usd") -> int:
    return next(int(row.amount) for row in getattr(balance, part) if row.currency == currency)


def test_money_is_pending_two_days_and_then_available(client: Client, server: Server) -> None:
    pay(client, capture_method="automatic")
    before = client.v1.balance.retrieve()
    server.control("clock", {"advance_seconds": 3 * 86400})
    after = client.v1.balance.retrieve()

    assert (of(before, "pending"), of(before, "available")) == (1037, 0)
    assert (of(after, "pending"), of(after, "available")) == (0, 1037)
    assert client.v1.balance_transactions.list().data[0].status == "available"
    assert client.v1.events.list({"type": "balance.available"}).data


def test_some_cards_bypass_pending(client: Client) -> None:
    pay(client, capture_method="automatic", payment_method="pm_card_bypassPending")

    assert of(client.v1.balance.retrieve(), "available") == 1037


def test_foreign_cards_cost_more(client: Client) -> None:
    pay(client, amount=10000, capture_method="automatic", payment_method="pm_card_de")

    row = client.v1.balance_transactions.list().data[0]
    assert (row.fee, row.net) == (470, 9530)
    assert [detail.type for detail in row.fee_details] == ["stripe_fee"]


def test_each_currency_has_its_own_balance(client: Client) -> None:
    pay(client, capture_method="automatic")
    pay(client, capture_method="automatic", currency="jpy", amount=500)

    assert of(client.v1.balance.retrieve(), "pending", "jpy") == 485


@pytest.mark.parametrize(
    ("filters", "count"),
    [({"type": "charge"}, 2), ({"type": "refund"}, 1), ({"currency": "eur"}, 1), ({"type": "payout"}, 0)],
)
def test_transactions_are_filtered(client: Client, filters: dict[str, str], count: int) -> None:
    paid = pay(client, capture_method="automatic")
    pay(client, capture_method="automatic", currency="eur")
    client.v1.refunds.create({"payment_intent": paid.id})

    found = client.v1.balance_transactions.list(filters)

    assert len(found.data) == count
    assert client.v1.balance_transactions.list({"source": str(paid.latest_charge)}).data[0].net == 1037


def test_every_row_nets(client: Client, server: Server) -> None:
    pay(client, payment_method="pm_card_createDispute")
    client.v1.refunds.create({"payment_intent": pay(client).id})
    server.control("clock", {"advance_seconds": 100})

    rows = client.v1.balance_transactions.list({"limit": 100}).data
    assert len(rows) == 4
    assert all(row.net == row.amount - row.fee for row in rows)


def test_the_balance_is_the_sum_of_its_lines_whatever_happens(client: Client, server: Server) -> None:
    chance = random.Random(4)
    server.control("account", {"payout_schedule": {"interval": "weekly"}, "settle": {"gbp": "eur"},
                               "rates": {"gbp/eur": "1.17"}})  # fmt: skip
    for _ in range(40):
        amount, code = chance.randrange(1000, 90000), chance.choice(["usd", "eur", "gbp"])
        intent = pay(client, amount=amount, currency=code, capture_method="automatic")
        charge = str(intent.latest_charge)
        match chance.randrange(6):
            case 0:
                client.v1.refunds.create({"charge": charge, "amount": chance.randrange(1, amount)})
            case 1:
                made = server.control("disputes", {"charge": charge, "amount": chance.randrange(1, amount)})
                server.control("disputes", {"close": made["id"], "status": chance.choice(["won", "lost"])})
            case 2:
                row = client.v1.balance_transactions.list({"source": charge}).data[0]
                fault: dict[str, object] = chance.choice([{"duplicate": True}, {"delete": True}, {"set": {"fee": 7}}])
                server.control("balance_transactions", {"id": row.id, **fault})
            case 3 if payouts := client.v1.payouts.list({"status": "in_transit"}).data:
                server.control("payouts", {"fail": payouts[0].id})
        server.control("clock", {"advance_seconds": chance.randrange(2 * 86400)})

    balance = client.v1.balance.retrieve()
    sums: dict[tuple[str, str], int] = {}
    for row in client.v1.balance_transactions.list({"limit": 100}).auto_paging_iter():
        sums[row.status, row.currency] = sums.get((row.status, row.currency), 0) + row.net
    shown = {(part, row.currency): row.amount for part in ("available", "pending") for row in getattr(balance, part)}
    assert {key: amount for key, amount in shown.items() if amount} == {k: net for k, net in sums.items() if net}
    assert client.v1.payouts.list({"status": "paid"}).data


def test_a_manual_payout_needs_the_money_and_travels(client: Client, server: Server) -> None:
    pay(client, capture_method="automatic", payment_method="pm_card_bypassPending")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payouts.create({"amount": 5000, "currency": "usd"})
    assert error_of(caught.value)["code"] == "balance_insufficient"

    payout = client.v1.payouts.create({"amount": 1000, "currency": "usd"})
    assert (payout.status, payout.automatic, payout.reconciliation_status) == ("pending", False, "not_applicable")
    assert of(client.v1.balance.retrieve(), "available") == 37
    server.control("clock", {"advance_seconds": 10})
    assert client.v1.payouts.retrieve(payout.id).status == "in_transit"
    server.control("clock", {"advance_seconds": 3 * 86400})

    assert client.v1.payouts.retrieve(payout.id).status == "paid"
    assert client.v1.events.list({"type": "payout.paid"}).data
    with pytest.raises(stripe.InvalidRequestError, match="only be filtered on automatic"):
        client.v1.balance_transactions.list({"payout": payout.id})


def test_an_automatic_payout_can_be_itemised_once_it_is_ready(client: Client, server: Server) -> None:
    pay(client, capture_method="automatic", payment_method="pm_card_bypassPending")
    made = server.control("payouts", {"currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.balance_transactions.list({"payout": made["id"]})
    assert error_of(caught.value)["code"] == "payout_reconciliation_not_ready"

    server.control("clock", {"advance_seconds": 60})
    rows = client.v1.balance_transactions.list({"payout": made["id"]}).data

    assert [(row.type, row.net) for row in rows] == [("payout", -1037), ("charge", 1037)]
    assert client.v1.events.list({"type": "payout.reconciliation_completed"}).data


def test_a_pending_payout_can_be_canceled_and_a_paid_one_can_fail(client: Client, server: Server) -> None:
    pay(client, capture_method="automatic", payment_method="pm_card_bypassPending", amount=5000)
    first = client.v1.payouts.create({"amount": 1000, "currency": "usd"})
    assert client.v1.payouts.cancel(first.id).status == "canceled"

    second = client.v1.payouts.create({"amount": 1000, "currency": "usd"})
    server.control("clock", {"advance_seconds": 4 * 86400})
    server.control("payouts", {"fail": second.id})

    failed = client.v1.payouts.retrieve(second.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_balance_transaction.amount) == ("failed", 1000)
    assert of(client.v1.balance.retrieve(), "available") == 4825
