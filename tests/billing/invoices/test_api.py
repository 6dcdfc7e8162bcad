"""`/api/v1/invoices` over HTTP."""

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from billing.api import invoice_examples
from billing.models import Invoice
from billing.services import draft_sending
from payments.models import Customer, OutboundCall
from tests.billing.invoices.writing import drain
from tests.payments.api.client import Storefront, fields
from tests.payments.api.test_description import faults
from tests.plugins.stripe import LocalStripe


def asked(customer: Customer, **more: Any) -> dict[str, Any]:
    lines = [{"description": "Workshop", "quantity": 2, "amount": 40000}, {"description": "Support", "amount": 9900}]
    body = {"customer": customer.public_id, "currency": "eur", "lines": lines, "days_until_due": 14}
    return body | more


def test_an_invoice_is_written_finalized_paid_credited_and_printed(shop: Storefront, ada: Customer) -> None:
    made = shop.post("/invoices", asked(ada, purchase_order="PO-1"))
    assert made.status_code == 201
    invoice = made.json()
    assert (invoice["status"], invoice["total"], invoice["amount_due"]) == ("draft", 89900, 89900)
    assert [(line["description"], line["quantity"], line["amount"]) for line in invoice["lines"]] == [
        ("Workshop", 2, 80000),
        ("Support", 1, 9900),
    ]

    opened = shop.post(f"/invoices/{invoice['id']}/finalize").json()
    assert (opened["status"], bool(opened["number"])) == ("open", True)
    paid = shop.post(f"/invoices/{invoice['id']}/pay")
    assert (paid.status_code, paid.json()["status"], paid.json()["amount_paid"]) == (200, "paid", 89900)

    line = paid.json()["lines"][0]["stripe_id"]
    note = shop.post(f"/invoices/{invoice['id']}/credit-notes", {"lines": [{"line": line, "quantity": 1}]})
    assert (note.status_code, note.json()["status"], note.json()["refunded"]) == (201, "issued", 40000)
    assert shop.get(f"/invoices/{invoice['id']}/credit-notes").json()["data"] == [note.json()]

    pdf = shop.get(f"/invoices/{invoice['id']}/pdf")
    assert (pdf.status_code, pdf.headers["Content-Type"], pdf.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert shop.get(f"/invoices/{invoice['id']}/pdf").content == pdf.content


def test_the_same_key_writes_one_invoice(shop: Storefront, ada: Customer, sandbox: LocalStripe) -> None:
    first = shop.post("/invoices", asked(ada), idempotency_key="order-1")
    again = shop.post("/invoices", asked(ada), idempotency_key="order-1")

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert len(sandbox.client.v1.invoices.list().data) == 1


def test_in_doubt_it_is_answered_202_and_settles(shop: Storefront, ada: Customer, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", "/v1/invoices", "drop_after", times=3)

    made = shop.post("/invoices", asked(ada))

    assert (made.status_code, made.json()["stripe_id"]) == (202, None)
    assert made.json()["in_doubt"]["action"] == "create"
    assert [line["amount"] for line in made.json()["lines"]] == [80000, 9900]


def test_half_an_invoice_is_answered_202(shop: Storefront, ada: Customer, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", "/v1/invoices/*/add_lines", "rate_limit_429", times=3)

    made = shop.post("/invoices", asked(ada))

    assert (made.status_code, made.json()["status"], made.json()["total"]) == (202, "draft", 0)
    assert Invoice.objects.get().wanted == "send"


def test_what_never_left_is_503_and_may_be_asked_again(shop: Storefront, ada: Customer, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", "/v1/invoices", "rate_limit_429", times=3)

    refused = shop.post("/invoices", asked(ada), idempotency_key="order-1")
    again = shop.post("/invoices", asked(ada), idempotency_key="order-1")

    assert (refused.status_code, again.status_code) == (503, 201)
    assert sorted(Invoice.objects.values_list("status", flat=True)) == ["draft", "rejected"]


def test_a_declined_card_is_402(shop: Storefront, new_customer: Any) -> None:
    invoice = shop.post("/invoices", asked(new_customer("pm_card_chargeCustomerFail"))).json()
    shop.post(f"/invoices/{invoice['id']}/finalize")

    declined = shop.post(f"/invoices/{invoice['id']}/pay")

    assert (declined.status_code, declined.json()["code"]) == (402, "card_declined")
    assert shop.get(f"/invoices/{invoice['id']}").json()["status"] == "open"


def test_the_pay_url_is_made_once(shop: Storefront, ada: Customer) -> None:
    invoice = shop.post("/invoices", asked(ada)).json()
    shop.post(f"/invoices/{invoice['id']}/finalize")
    drain()

    linked = shop.post(f"/invoices/{invoice['id']}/pay-link").json()

    assert "/pay/link_" in linked["pay_url"]
    assert shop.post(f"/invoices/{invoice['id']}/pay-link").json()["pay_url"] == linked["pay_url"]
    assert shop.get(f"/invoices/{invoice['id']}").json()["pay_url"] == linked["pay_url"]


def test_paid_outside_collects_nothing(shop: Storefront, ada: Customer, sandbox: LocalStripe) -> None:
    invoice = shop.post("/invoices", asked(ada)).json()
    shop.post(f"/invoices/{invoice['id']}/finalize")

    paid = shop.post(f"/invoices/{invoice['id']}/pay", {"paid_outside": True, "reason": "Bank transfer"}).json()

    assert (paid["status"], paid["amount_remaining"]) == ("paid", 0)
    assert sandbox.client.v1.charges.list().data == []


@pytest.mark.parametrize(
    ("more", "field", "code"),
    [
        ({"lines": []}, "lines", "min_length"),
        ({"lines": [{"description": "x", "amount": 1, "colour": "red"}]}, "lines.0.colour", "unknown_field"),
        ({"lines": [{"description": "x", "amount": "1"}]}, "lines.0.amount", "invalid"),
        ({"lines": [{"description": "x", "amount": 1.5}]}, "lines.0.amount", "invalid"),
        ({"lines": [{"price": "price_nothing"}]}, "lines.0.price", "not_found"),
        ({"customer": "cust_nobody"}, "customer", "not_found"),
        ({"currency": "xyz"}, "currency", "unknown_currency"),
        ({"discounts": [{"coupon": "coupon_none"}]}, "coupon", "not_found"),
        ({"discounts": [{}]}, "discounts.0", "contradiction"),
    ],
)
def test_bad_input_names_its_field(
    shop: Storefront, ada: Customer, more: dict[str, Any], field: str, code: str
) -> None:
    refused = shop.post("/invoices", asked(ada) | more)

    assert refused.status_code == 400
    assert fields(refused) == {field: code}
    assert Invoice.objects.count() == 0


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"lines": [{"description": "x"}]}, "invalid_invoice"),
        ({"lines": [{"amount": 100}]}, "invalid_invoice"),
        ({"lines": [{"description": "x", "amount": 100, "quantity": 0}]}, "invalid_invoice"),
        ({"lines": [{"description": "x", "amount": 10**12}]}, "invalid_invoice"),
        ({"days_until_due": None}, "invalid_invoice"),
        ({"days_until_due": 366}, "invalid_invoice"),
        ({"due_date": "2020-01-01T00:00:00Z", "days_until_due": None}, "invalid_invoice"),
        ({"collection_method": "charge_automatically"}, "invalid_invoice"),
        ({"custom_fields": [{"name": "a", "value": "b"}] * 4, "purchase_order": "1"}, "invalid_invoice"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    shop: Storefront, ada: Customer, more: dict[str, Any], code: str
) -> None:
    refused = shop.post("/invoices", asked(ada) | more)

    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert not OutboundCall.objects.filter(action=draft_sending.CREATE).exists()


def test_illegal_moves_are_409(shop: Storefront, ada: Customer) -> None:
    invoice = shop.post("/invoices", asked(ada)).json()

    assert shop.post(f"/invoices/{invoice['id']}/pay").json()["code"] == "invoice_not_changeable"
    assert shop.post(f"/invoices/{invoice['id']}/void").status_code == 409
    assert shop.post(f"/invoices/{invoice['id']}/pay-link").json()["code"] == "nothing_to_pay"
    assert shop.get(f"/invoices/{invoice['id']}/pdf").json()["code"] == "document_not_issued"
    assert shop.post(f"/invoices/{invoice['id']}/credit-notes", {}).json()["code"] == "invoice_not_creditable"
    assert shop.get("/invoices/inv_nothing").status_code == 404


def test_lists_are_filtered(shop: Storefront, ada: Customer, new_customer: Any) -> None:
    mine = shop.post("/invoices", asked(ada)).json()
    shop.post("/invoices", asked(new_customer("")))
    number = shop.post(f"/invoices/{mine['id']}/finalize").json()["number"]

    assert [row["id"] for row in shop.get("/invoices", customer=ada.public_id).json()["data"]] == [mine["id"]]
    assert [row["id"] for row in shop.get("/invoices", number=number).json()["data"]] == [mine["id"]]
    assert len(shop.get("/invoices", status="draft").json()["data"]) == 1
    assert fields(shop.get("/invoices", colour="red")) == {"colour": "unknown_field"}


def test_what_is_answered_fits_the_description(shop: Storefront, ada: Customer) -> None:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    made = shop.post("/invoices", asked(ada, metadata={"a": "b"}))
    shop.post(f"/invoices/{made.json()['id']}/finalize")
    note = shop.post(f"/invoices/{made.json()['id']}/credit-notes", {"amount": 100})

    def fits(path: str, method: str, answer: Any) -> None:
        described = schema["paths"][f"/api/v1{path}"][method]["responses"][str(answer.status_code)]["content"]
        assert faults(schema, described["application/json"]["schema"], answer.json()) == [], path

    fits("/invoices", "post", made)
    fits("/invoices", "get", shop.get("/invoices"))
    fits("/invoices/{id}", "get", shop.get(f"/invoices/{made.json()['id']}"))
    fits("/invoices/{id}/credit-notes", "post", note)
    assert list(made.json()) == list(invoice_examples.INVOICE)
    assert list(shop.get("/invoices").json()["data"][0]) == list(invoice_examples.LISTED)
    assert list(note.json()) == list(invoice_examples.CREDIT_NOTE)
