"""Invoice items: waiting, taken by an invoice, changed, deleted."""

from typing import Any

import pytest
import stripe

from tests.sandbox.wishes import Client, Object


def item(client: Client, customer: Object, amount: int = 500, **more: object) -> Object:
    return client.v1.invoice_items.create({"customer": customer.id, "amount": amount, "currency": "usd", **more})


def test_what_waits_is_taken_newest_first(client: Client, ada: Object) -> None:
    first, second = item(client, ada, 100, description="First"), item(client, ada, 200, description="Second")
    made = client.v1.invoices.create({"customer": ada.id, "pending_invoice_items_behavior": "include"})

    assert [line.description for line in made.lines.data] == ["Second", "First"]
    assert [client.v1.invoice_items.retrieve(row.id).invoice for row in (first, second)] == [made.id, made.id]


def test_an_item_on_a_draft_changes_with_its_line(client: Client, ada: Object) -> None:
    draft = client.v1.invoices.create({"customer": ada.id})
    row = item(client, ada, invoice=draft.id)
    client.v1.invoice_items.update(row.id, {"amount": 700, "description": "Paper", "metadata": {"a": "1"}})
    changed = client.v1.invoices.retrieve(draft.id)
    client.v1.invoice_items.delete(row.id)

    line = changed.lines.data[0]
    assert (changed.total, line.amount, line.description) == (700, 700, "Paper")
    assert line.parent.invoice_item_details.invoice_item == row.id
    assert client.v1.invoices.retrieve(draft.id).total == 0


def test_quantity_and_unit_make_the_amount(client: Client, ada: Object) -> None:
    params = {"customer": ada.id, "currency": "usd", "unit_amount_decimal": "0.05", "quantity": 30}
    row = client.v1.invoice_items.create(params)
    more = client.v1.invoice_items.update(row.id, {"quantity": 50})

    assert (row.amount, row.quantity, str(row.pricing.unit_amount_decimal)) == (2, 30, "0.05")
    assert (more.amount, more.quantity) == (3, 50)


def test_an_item_of_its_own_discount_and_tax(client: Client, ada: Object) -> None:
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 10, "inclusive": False})
    client.v1.coupons.create({"id": "HALF", "percent_off": 50, "duration": "once"})
    draft = client.v1.invoices.create({"customer": ada.id})
    row = item(client, ada, 1000, invoice=draft.id, discounts=[{"coupon": "HALF"}], tax_rates=[rate.id])
    item(client, ada, 1000, invoice=draft.id)

    made = client.v1.invoices.retrieve(draft.id)
    assert (made.total_discount_amounts[0].amount, made.total_taxes[0].amount, made.total) == (500, 50, 1550)
    assert row.tax_rates[0].id == rate.id


def test_a_recurring_price_is_not_for_items(client: Client, ada: Object) -> None:
    product = client.v1.products.create({"name": "Plan"})
    wanted = {"product": product.id, "currency": "usd", "unit_amount": 1, "recurring": {"interval": "month"}}
    price = client.v1.prices.create(wanted)

    with pytest.raises(stripe.InvalidRequestError, match="only accepts prices with `type=one_time`"):
        client.v1.invoice_items.create({"customer": ada.id, "pricing": {"price": price.id}})


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"unit_amount_decimal": "5"}, "only specify one of"),
        ({"invoice": "in_nothing"}, "No such invoice"),
        ({"period": {"start": 2, "end": 1}}, "must not be before"),
        ({"tax_code": "txcd_1"}, "does not support"),
    ],
)
def test_what_cannot_be_is_refused(client: Client, ada: Object, params: dict[str, Any], message: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message):
        item(client, ada, **params)

    assert client.v1.invoice_items.list({"customer": ada.id}).data == []
