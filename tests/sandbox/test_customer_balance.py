"""Transactions of a customer's balance."""

import pytest
import stripe

from tests.sandbox.wishes import Client, Object, error_of


def test_an_adjustment_moves_the_balance(client: Client, ada: Object) -> None:
    rows = client.v1.customers.balance_transactions
    first = rows.create(ada.id, {"amount": -500, "currency": "usd", "description": "Goodwill"})
    second = rows.create(ada.id, {"amount": 200, "currency": "usd"})

    assert (first.ending_balance, second.ending_balance, first.type) == (-500, -300, "adjustment")
    known = client.v1.customers.retrieve(ada.id)
    assert (known.balance, known.currency) == (-300, "usd")
    assert [row.id for row in rows.list(ada.id).data] == [second.id, first.id]
    update = client.v1.events.list({"type": "customer.updated"}).data[0]
    assert update.data.previous_attributes["balance"] == -500


def test_a_transaction_keeps_its_amount(client: Client, ada: Object) -> None:
    rows = client.v1.customers.balance_transactions
    made = rows.create(ada.id, {"amount": -500, "currency": "usd"})
    changed = rows.update(ada.id, made.id, {"description": "Goodwill", "metadata": {"a": "1"}})

    assert (changed.amount, changed.description) == (-500, "Goodwill")
    assert rows.retrieve(ada.id, made.id).metadata["a"] == "1"


def test_a_balance_has_one_currency(client: Client, ada: Object) -> None:
    rows = client.v1.customers.balance_transactions
    rows.create(ada.id, {"amount": -500, "currency": "usd"})

    with pytest.raises(stripe.InvalidRequestError) as caught:
        rows.create(ada.id, {"amount": -500, "currency": "eur"})
    assert error_of(caught.value)["param"] == "currency"


def test_another_customers_transaction_is_not_hers(client: Client, ada: Object) -> None:
    bob = client.v1.customers.create({})
    made = client.v1.customers.balance_transactions.create(bob.id, {"amount": -500, "currency": "usd"})

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.balance_transactions.retrieve(ada.id, made.id)
    assert caught.value.http_status == 404


def test_a_balance_set_on_the_customer_is_told_by_a_transaction(client: Client, ada: Object) -> None:
    client.v1.customers.update(ada.id, {"balance": -700})

    rows = client.v1.customers.balance_transactions.list(ada.id).data
    assert [(row.amount, row.type, row.ending_balance) for row in rows] == [(-700, "adjustment", -700)]
