"""Invoices in the console without a browser: what finds them, what a page asks of the database, what a form refuses."""

import pytest
from django.test import Client

from billing.admin import invoice_search
from billing.models import Invoice
from billing.services import drafts
from payments.models import Customer
from tests import factories
from tests.billing.conftest import NewCustomer
from tests.billing.invoices.writing import SUPPORT, drain, fresh, opened, paid, written


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(factories.make_user(is_superuser=True))
    return client


def found(term: str) -> list[Invoice]:
    return list(Invoice.objects.filter(invoice_search.condition(term)).order_by("pk"))


def test_it_is_found_by_whatever_is_read_out(ada: Customer, new_customer: NewCustomer) -> None:
    invoice = paid(ada)
    other = written(new_customer(""), [SUPPORT])
    drain()
    payment = fresh(invoice).payments.get().payment

    assert payment
    for term in (
        invoice.number, invoice.number.lower(), invoice.public_id, invoice.stripe_id or "", ada.public_id,
        ada.stripe_id or "", "899.00", "€899", payment.public_id, payment.stripe_id or "",
    ):  # fmt: skip
        assert found(term) == [invoice], term
    assert found(other.public_id) == [other]
    assert found("ada@example.com") == [invoice, other]
    assert found("Ada") == [invoice, other]
    assert found("899.01 eur") == []


def test_the_list_reads_no_more_for_more_invoices(
    ada: Customer, staff: Client, django_assert_max_num_queries: object
) -> None:
    for _ in range(3):
        written(ada)
    staff.get("/admin/billing/invoice/")

    with django_assert_max_num_queries(20):  # type: ignore[operator]
        assert staff.get("/admin/billing/invoice/").status_code == 200


def test_a_draft_that_a_colleague_changed_is_shown_anew(ada: Customer, staff: Client) -> None:
    invoice = written(ada)
    seen = drafts.version(invoice)
    form = {
        "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "lines-0-description": "Mine", "lines-0-amount": "1.00",
        "lines-0-quantity": "1", "collection_method": "send_invoice", "days_until_due": "14", "currency": "eur",
        "step": "save", "seen": seen,
    }  # fmt: skip

    assert staff.post(f"/admin/billing/invoice/{invoice.pk}/edit/", form).status_code == 302
    again = staff.post(f"/admin/billing/invoice/{invoice.pk}/edit/", form)

    assert "Somebody else has changed the draft" in again.content.decode()
    assert [line.description for line in invoice.draft_lines.all()] == ["Mine"]


def test_a_new_draft_sent_twice_is_one(ada: Customer, staff: Client) -> None:
    form = {
        "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "lines-0-description": "Mine", "lines-0-amount": "1.00",
        "lines-0-quantity": "1", "collection_method": "send_invoice", "days_until_due": "14", "currency": "eur",
        "step": "save", "once": "form_1",
    }  # fmt: skip

    for _ in range(2):
        assert staff.post(f"/admin/billing/invoice/add/?customer={ada.pk}", form).status_code == 302

    assert Invoice.objects.count() == 1


def test_card_numbers_are_not_written_on_invoices(ada: Customer, staff: Client) -> None:
    form = {
        "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "lines-0-description": "4242 4242 4242 4242",
        "lines-0-amount": "1.00", "collection_method": "send_invoice", "days_until_due": "14", "currency": "eur",
        "step": "save", "once": "form_1",
    }  # fmt: skip

    answer = staff.post(f"/admin/billing/invoice/add/?customer={ada.pk}", form)

    assert "looks like a card number" in answer.content.decode()
    assert Invoice.objects.count() == 0


def test_a_confirmed_action_is_done_once(ada: Customer, staff: Client) -> None:
    invoice = opened(ada)
    url = f"/admin/billing/invoice/{invoice.pk}/void/"
    shown = staff.post(url, {"step": "show", "reason": "Wrong"})
    seen = shown.context["seen"]

    first = staff.post(url, {"step": "do", "reason": "Wrong", "seen": seen})
    again = staff.post(url, {"step": "do", "reason": "Wrong", "seen": seen})

    assert (first.status_code, again.status_code) == (302, 302)
    assert fresh(invoice).status == "void"
