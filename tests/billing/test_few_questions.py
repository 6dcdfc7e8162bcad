"""A list asks the database the same few questions for few rows and for many; so do pages with long tables."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.models import Document, Notice, Subscription
from config.base import api_keys
from payments.models import Customer
from tests import factories
from tests.billing.documents.rows import DAY, make_credit_note, make_invoice, pay
from tests.billing.subscriptions.rows import make_price, make_subscription
from tests.payments.console.conftest import boss

__all__ = ["boss"]

Grow = Callable[[int], None]
ADA = "Ada Analytical"


@pytest.fixture
def ada(db: None) -> Customer:
    return factories.make_customer(name=ADA)


@pytest.fixture
def grow(ada: Customer) -> Grow:
    """So many rows of everything, all of one customer, each with rows of its own."""

    def more(count: int) -> None:
        for _ in range(count):
            _one_of_each(ada)

    return more


def _one_of_each(ada: Customer) -> None:
    other = factories.make_customer()
    method = factories.make_payment_method(customer=other)
    Customer.objects.filter(pk=other.pk).update(default_payment_method=method)
    factories.make_payment_method(customer=ada)
    subscription: Subscription = make_subscription(other, price=make_price())
    make_subscription(ada)
    invoice = make_invoice(ada, subscription=subscription)
    paid = pay(invoice, payment_method=method)
    note = make_credit_note(invoice)
    refund = factories.make_refund(paid, amount_minor=100)
    factories.make_dispute(paid)
    factories.make_pay_link(paid)
    factories.make_domain_event(paid)
    factories.make_outbound_call(refund)
    Document.objects.create(credit_note=note, kind="credit_note", content=b"%PDF", sha256="0" * 64, template="paper 1")
    Notice.objects.create(
        customer=ada,
        message="credit_note",
        subject_type="credit_note",
        subject_id=note.public_id,
        occasion="issued",
        next_try_at=DAY,
    )


def questions(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert ask().status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    "path",
    ["customers", "payments", "subscriptions", "invoices", "products", "prices", "events", "payment-methods"],
)
def test_a_list_of_the_api(client: Client, grow: Grow, ada: Customer, path: str) -> None:
    _, secret = api_keys.create(account=ada.account, name="shop", scopes=["*"])
    headers = {"Authorization": f"Bearer {secret}"}
    of_ada: dict[str, Any] = {"customer": ada.public_id} if path == "payment-methods" else {}
    grow(3)
    client.get(f"/api/v1/{path}", headers=headers)  # notes the key's use

    few = questions(lambda: client.get(f"/api/v1/{path}", of_ada, headers=headers))
    grow(27)
    many = questions(lambda: client.get(f"/api/v1/{path}", {"limit": 100} | of_ada, headers=headers))

    assert many == few


@pytest.mark.parametrize(
    "model",
    ["payments/customer", "payments/payment", "payments/refund", "payments/dispute", "payments/paymentmethod",
     "payments/paylink", "payments/outboundcall", "billing/subscription", "billing/invoice", "billing/creditnote",
     "billing/document", "billing/notice", "billing/product", "billing/price", "base/domainevent"],
)  # fmt: skip
def test_a_list_of_the_console(boss: Client, grow: Grow, model: str) -> None:
    grow(3)
    boss.get(f"/admin/{model}/")

    few = questions(lambda: boss.get(f"/admin/{model}/"))
    grow(8)  # a second page would be one question more

    assert questions(lambda: boss.get(f"/admin/{model}/")) <= few


def test_the_page_of_a_customer_with_much_of_everything(boss: Client, grow: Grow, ada: Customer) -> None:
    where = f"/admin/payments/customer/{ada.pk}/change/"
    grow(3)
    few = questions(lambda: boss.get(where))
    grow(27)

    assert questions(lambda: boss.get(where)) <= few


def test_the_page_of_an_invoice_with_much_of_everything(boss: Client, ada: Customer) -> None:
    short, long = make_invoice(ada, number="1"), make_invoice(ada, number="2", pieces=30)
    for invoice, times in ((short, 3), (long, 30)):
        for _ in range(times):
            factories.make_refund(pay(invoice, created_at=DAY), amount_minor=1)
            make_credit_note(invoice)

    few = questions(lambda: boss.get(f"/admin/billing/invoice/{short.pk}/change/"))

    assert questions(lambda: boss.get(f"/admin/billing/invoice/{long.pk}/change/")) <= few


def test_the_page_of_a_product_with_many_prices(boss: Client, ada: Customer) -> None:
    few_prices, many_prices = make_price().product, make_price().product
    for product, times in ((few_prices, 3), (many_prices, 30)):
        for _ in range(times):
            make_price(product=product)

    few = questions(lambda: boss.get(f"/admin/billing/product/{few_prices.pk}/change/"))

    assert questions(lambda: boss.get(f"/admin/billing/product/{many_prices.pk}/change/")) <= few
