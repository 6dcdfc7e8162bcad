"""Credit notes: of open and paid invoices, with tax and discount, previewed, voided."""

import pytest
import stripe

from tests.sandbox.test_invoices import draft, intent_of, opened, with_card
from tests.sandbox.wishes import Client, Object


def paid(client: Client, customer: Object, *amounts: int, **params: object) -> Object:
    with_card(client, customer)
    return client.v1.invoices.pay(opened(client, customer, *amounts, **params).id)


def of_line(invoice: Object, number: int = 0, **params: object) -> dict[str, object]:
    line = invoice.lines.data[number].id
    return {"type": "invoice_line_item", "invoice_line_item": line, **params}


def test_parts_of_a_taxed_and_discounted_line_sum_to_the_line(client: Client, ada: Object) -> None:
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": False})
    client.v1.coupons.create({"id": "TENTH", "percent_off": 10, "duration": "once"})
    made = draft(client, ada, default_tax_rates=[rate.id], discounts=[{"coupon": "TENTH"}])
    item = {"customer": ada.id, "invoice": made.id, "currency": "usd", "unit_amount_decimal": "333.4", "quantity": 3}
    client.v1.invoice_items.create(item)
    invoice = client.v1.invoices.finalize_invoice(made.id)
    notes = [
        client.v1.credit_notes.create({"invoice": invoice.id, "lines": [of_line(invoice, quantity=1)]})
        for _ in range(3)
    ]

    assert sum(note.total for note in notes) == invoice.total
    assert sum(note.discount_amount for note in notes) == invoice.total_discount_amounts[0].amount
    assert sum(note.total_taxes[0].amount for note in notes) == invoice.total_taxes[0].amount
    assert [note.number for note in notes] == [f"{invoice.number}-CN-0{number}" for number in (1, 2, 3)]
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"
    assert intent_of(client, invoice).status == "canceled"


def test_the_payment_asks_for_what_remains(client: Client, ada: Object) -> None:
    invoice = opened(client, ada, 1000)
    client.v1.credit_notes.create({"invoice": invoice.id, "amount": 400})

    assert intent_of(client, invoice).amount == 600


def test_money_goes_back_by_the_card_that_paid(client: Client, ada: Object) -> None:
    invoice = paid(client, ada, 1000)
    wanted = {"invoice": invoice.id, "lines": [of_line(invoice, amount=400)], "refund_amount": 400}
    note = client.v1.credit_notes.create({**wanted, "reason": "duplicate"})
    refund = client.v1.refunds.retrieve(note.refunds[0].refund)

    assert (note.type, note.post_payment_amount, note.refunds[0].amount_refunded) == ("post_payment", 400, 400)
    assert (refund.amount, refund.reason, refund.payment_intent) == (400, "duplicate", intent_of(client, invoice).id)
    assert client.v1.invoices.retrieve(invoice.id).post_payment_credit_notes_amount == 400


def test_a_refund_that_was_made_is_explained(client: Client, ada: Object) -> None:
    invoice = paid(client, ada, 1000)
    refund = client.v1.refunds.create({"payment_intent": intent_of(client, invoice).id, "amount": 1000})
    wanted = {"invoice": invoice.id, "amount": 1000, "refunds": [{"refund": refund.id}]}
    note = client.v1.credit_notes.create(wanted)

    assert [(each.refund, each.amount_refunded) for each in note.refunds] == [(refund.id, 1000)]
    with pytest.raises(stripe.InvalidRequestError, match="left to be credited"):
        client.v1.credit_notes.create({**wanted, "amount": 1})


def test_a_refused_credit_note_changes_nothing(client: Client, ada: Object) -> None:
    invoice = opened(client, ada, 1000)
    lines = [of_line(invoice, amount=600), of_line(invoice, amount=600)]
    with pytest.raises(stripe.InvalidRequestError, match="more than what is left"):
        client.v1.credit_notes.create({"invoice": invoice.id, "lines": lines})

    note = client.v1.credit_notes.create({"invoice": invoice.id, "lines": [of_line(invoice, amount=1000)]})
    assert (note.total, len(client.v1.credit_notes.list({"invoice": invoice.id}).data)) == (1000, 1)


def test_a_preview_tells_and_leaves_nothing(client: Client, ada: Object) -> None:
    invoice = paid(client, ada, 1000)
    wanted = {"invoice": invoice.id, "lines": [of_line(invoice, amount=400)], "credit_amount": 400}
    preview = client.v1.credit_notes.preview(wanted)
    lines = client.v1.credit_notes.preview_lines.list(wanted).data

    assert (preview.total, preview.post_payment_amount, [line.amount for line in lines]) == (400, 400, [400])
    assert client.v1.credit_notes.list({}).data == []
    assert client.v1.customers.retrieve(ada.id).balance == 0
    note = client.v1.credit_notes.create(wanted)
    assert note.number == preview.number
    assert [line.amount for line in client.v1.credit_notes.line_items.list(note.id).data] == [400]


def test_memo_and_metadata_change(client: Client, ada: Object) -> None:
    note = client.v1.credit_notes.create({"invoice": opened(client, ada, 1000).id, "amount": 100, "memo": "Sorry"})
    changed = client.v1.credit_notes.update(note.id, {"memo": "Very sorry", "metadata": {"a": "1"}})

    assert (note.memo, changed.memo, changed.metadata.to_dict()) == ("Sorry", "Very sorry", {"a": "1"})
    assert client.v1.events.list({"type": "credit_note.updated"}).data[0].data.previous_attributes["memo"] == "Sorry"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "Missing required param: amount"),
        ({"amount": 0}, "must be positive"),
        ({"amount": 1001}, "greater than"),
        ({"amount": 5, "credit_amount": 5}, "must equal"),
        ({"amount": 5, "lines": [{"type": "custom_line_item", "unit_amount": 5}]}, "only specify one"),
        ({"lines": [{"type": "custom_line_item"}]}, "unit_amount"),
    ],
)
def test_what_cannot_be_is_refused(client: Client, ada: Object, params: dict[str, object], message: str) -> None:
    invoice = opened(client, ada, 1000)
    with pytest.raises(stripe.InvalidRequestError, match=message):
        client.v1.credit_notes.create({"invoice": invoice.id, **params})


def test_a_draft_is_not_credited(client: Client, ada: Object) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="open, paid"):
        client.v1.credit_notes.create({"invoice": draft(client, ada, 1000).id, "amount": 5})
