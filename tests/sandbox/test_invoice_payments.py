"""Payments of invoices: the default one, those attached, what is paid too much."""

import pytest
import stripe

from tests.sandbox.test_invoices import intent_of, opened
from tests.sandbox.wishes import Client, Object, pay


def test_the_default_payment_is_found_by_invoice_and_intent(client: Client, ada: Object) -> None:
    made = opened(client, ada, 1000)
    opened(client, ada, 1000)
    intent = intent_of(client, made)
    by_intent = {"payment": {"type": "payment_intent", "payment_intent": intent.id}}

    for params in ({"invoice": made.id}, by_intent):
        (row,) = client.v1.invoice_payments.list(params).data
        assert (row.is_default, row.status, row.amount_requested, row.amount_paid) == (True, "open", 1000, None)
        assert client.v1.invoice_payments.retrieve(row.id).payment.payment_intent == intent.id

    client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    row = client.v1.invoice_payments.list({"invoice": made.id, "status": "paid"}).data[0]
    assert (row.amount_paid, row.status_transitions.canceled_at) == (1000, None)
    assert client.v1.events.list({"type": "invoice_payment.paid"}).data[0].data.object["id"] == row.id


def test_an_attached_payment_pays_a_part(client: Client, ada: Object) -> None:
    made = opened(client, ada, 1000)
    part = pay(client, amount=400, customer=ada.id)
    partly = client.v1.invoices.attach_payment(made.id, {"payment_intent": part.id})

    assert (partly.status, partly.amount_paid, partly.amount_remaining) == ("open", 400, 600)
    assert [row.amount_requested for row in client.v1.invoice_payments.list({"invoice": made.id}).data] == [400, 600]
    with pytest.raises(stripe.InvalidRequestError, match="already attached"):
        client.v1.invoices.attach_payment(made.id, {"payment_intent": part.id})
    with pytest.raises(stripe.InvalidRequestError, match="cannot be voided"):
        client.v1.invoices.void_invoice(made.id)


def test_what_is_paid_too_much_becomes_credit(client: Client, ada: Object) -> None:
    made = opened(client, ada, 1000)
    more = pay(client, amount=1300, customer=ada.id)
    paid = client.v1.invoices.attach_payment(made.id, {"payment_intent": more.id})

    assert (paid.status, paid.amount_paid, paid.amount_overpaid) == ("paid", 1000, 300)
    assert client.v1.customers.retrieve(ada.id).balance == -300
    assert client.v1.events.list({"type": "invoice.overpaid"}).data[0].data.object["id"] == made.id


def test_the_default_payment_is_not_canceled_by_hand(client: Client, ada: Object) -> None:
    intent = intent_of(client, opened(client, ada, 1000))

    with pytest.raises(stripe.InvalidRequestError, match="invoice"):
        client.v1.payment_intents.cancel(intent.id)
    with pytest.raises(stripe.InvalidRequestError, match="invoice"):
        client.v1.payment_intents.update(intent.id, {"amount": 5})
