"""Charges of one currency that settle in another."""

from urllib.error import HTTPError

import pytest

from tests.sandbox.server import Server, serve
from tests.sandbox.wishes import Client, Object, pay


@pytest.fixture
def euros(server: Server) -> Server:
    """Dollars become euros at 0.92."""
    server.control("account", {"settle": {"usd": "eur"}, "rates": {"usd/eur": "0.92"}})
    return server


def line(client: Client, source: str) -> Object:
    return client.v1.balance_transactions.list({"source": source}).data[0]


def paid(client: Client, amount: int = 10001, **more: str) -> Object:
    return pay(client, amount=amount, capture_method="automatic", **more)


def test_a_charge_settles_at_the_rate_with_a_fee_for_it(client: Client, euros: Server) -> None:
    intent = paid(client)
    row = line(client, str(intent.latest_charge))

    assert (intent.currency, intent.amount) == ("usd", 10001)
    assert (row.currency, row.amount, row.exchange_rate) == ("eur", 9201, 0.92)
    assert [(detail.amount, detail.currency, detail.description) for detail in row.fee_details] == [
        (297, "eur", "Stripe processing fees"), (184, "eur", "Stripe currency conversion fee"),
    ]  # fmt: skip
    assert (row.fee, row.net) == (481, 8720)


def test_a_charge_in_the_settlement_currency_is_not_converted(client: Client, euros: Server) -> None:
    row = line(client, str(paid(client, currency="eur").latest_charge))

    assert (row.currency, row.amount, row.exchange_rate) == ("eur", 10001, None)
    assert len(row.fee_details) == 1


def test_a_refund_goes_at_the_rate_of_its_day(client: Client, euros: Server) -> None:
    intent = paid(client, amount=10000)
    euros.control("account", {"rates": {"usd/eur": "0.95"}})
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    row = line(client, refund.id)

    assert (refund.currency, refund.amount) == ("usd", 10000)
    assert (row.currency, row.amount, row.exchange_rate, row.fee) == ("eur", -9500, 0.95, 0)


def test_a_dispute_is_withdrawn_and_reinstated_in_the_settlement_currency(client: Client, euros: Server) -> None:
    charge = str(paid(client, amount=10000).latest_charge)
    made = euros.control("disputes", {"charge": charge})
    euros.control("account", {"rates": {"usd/eur": "0.9"}})
    euros.control("disputes", {"close": made["id"], "status": "won"})

    dispute = client.v1.disputes.retrieve(made["id"])
    assert (dispute.amount, dispute.currency) == (10000, "usd")
    assert [(row.currency, row.amount, row.fee) for row in dispute.balance_transactions] == [
        ("eur", -9200, 1500), ("eur", 9000, 0),
    ]  # fmt: skip


def test_minor_units_are_reckoned_with(client: Client, server: Server) -> None:
    server.control("account", {"settle": {"usd": "jpy"}, "rates": {"usd/jpy": "108.755"}})
    assert line(client, str(paid(client, amount=10000).latest_charge)).amount == 10876

    server.control("account", {"settle": {"usd": "usd", "jpy": "usd"}, "rates": {"jpy/usd": "0.0091"}})
    row = line(client, str(paid(client, amount=5000, currency="jpy").latest_charge))
    assert (row.currency, row.amount) == ("usd", 4550)


def test_a_currency_without_a_rate_is_refused(client: Client, server: Server) -> None:
    with pytest.raises(HTTPError):
        server.control("account", {"settle": {"usd": "eur"}})

    assert line(client, str(paid(client).latest_charge)).currency == "usd"


def test_a_start_option_settles_so() -> None:
    with serve("--settle", "usd/eur=0.92,gbp/eur=1.17") as server:
        client: Client = server.client()

        rows = [line(client, str(paid(client, currency=code).latest_charge)) for code in ("usd", "gbp")]

    assert {row.currency for row in rows} == {"eur"}
    assert [(row.amount, row.exchange_rate) for row in rows] == [(9201, 0.92), (11701, 1.17)]
