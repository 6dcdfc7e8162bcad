"""What credit notes book: set off, refunded, credited to the balance, given back outside, voided."""

from typing import Any

import pytest

from billing.models import Posting
from config.base import clock
from config.base.models import StripeAccount
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply
from tests.billing.ledger.money_bodies import note, paid
from tests.billing.ledger.test_invoices import booked, finalized, owed
from tests.flows.faults.company import Company
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db


def noted(sandbox: LocalStripe, invoice: str, **how: Any) -> str:
    line = sandbox.client.v1.invoices.line_items.list(invoice).data[0].id
    wanted: Any = {
        "invoice": invoice,
        "lines": [{"type": "invoice_line_item", "invoice_line_item": line, "amount": 800}],
        **how,
    }
    return str(sandbox.client.v1.credit_notes.create(wanted).id)


def test_a_note_on_an_open_invoice_is_owed_no_more(company: Company, sandbox: LocalStripe, customer: str) -> None:
    invoice = finalized(sandbox, customer)
    note = noted(sandbox, invoice)
    company.hear()

    assert booked(note) == {"issued": {"receivable": -800, "revenue": 800}}
    assert owed(invoice) == 1200


def test_what_is_refunded_is_settled_by_the_refund(company: Company, sandbox: LocalStripe, customer: str) -> None:
    invoice = finalized(sandbox, customer)
    sandbox.client.v1.invoices.pay(invoice)
    note = noted(sandbox, invoice, refund_amount=800)
    company.hear()

    assert booked(note) == {"issued": {"receivable": -800, "revenue": 800}}
    assert owed(invoice) == 0


def test_what_is_credited_is_a_liability(company: Company, sandbox: LocalStripe, customer: str) -> None:
    invoice = finalized(sandbox, customer)
    sandbox.client.v1.invoices.pay(invoice)
    note = noted(sandbox, invoice, credit_amount=800)
    company.hear()

    assert booked(note) == {"issued": {"receivable": 0, "revenue": 800, "credits_liability": -800}}
    assert owed(invoice) == 0


def test_what_is_given_back_outside_left_the_bank(company: Company, sandbox: LocalStripe, customer: str) -> None:
    invoice = finalized(sandbox, customer)
    sandbox.client.v1.invoices.pay(invoice)
    note = noted(sandbox, invoice, out_of_band_amount=800)
    company.hear()

    assert booked(note) == {"issued": {"receivable": 0, "revenue": 800, "bank": -800}}
    assert owed(invoice) == 0


def test_a_refund_that_staff_recorded_left_the_bank(account: StripeAccount) -> None:
    """Of a payment that did not come through Stripe: no refund of Stripe's will ever settle it."""
    recorded: Any = {"amount_refunded": 500, "refund": None, "type": "payment_record_refund"}
    apply(account, bodies.customer(), paid(), note(500, "re_1") | {"refunds": [recorded]})

    assert booked("cn_1")["issued"] == {"receivable": 0, "deferred_revenue": 500, "bank": -500}


def test_a_void_note_is_reversed(company: Company, sandbox: LocalStripe, customer: str, account: StripeAccount) -> None:
    invoice = finalized(sandbox, customer)
    note = noted(sandbox, invoice)
    company.hear()
    sandbox.client.v1.credit_notes.void_credit_note(note)
    company.hear()

    assert booked(note)["voided"] == {"receivable": 800, "revenue": -800}
    assert owed(invoice) == 2000


def test_a_void_note_without_an_invoices_line_is_called_so(
    company: Company, sandbox: LocalStripe, customer: str
) -> None:
    invoice = finalized(sandbox, customer)
    line = {"type": "custom_line_item", "description": "Goodwill", "quantity": 1, "unit_amount": 300}
    note = noted(sandbox, invoice, lines=[line])
    company.hear()
    sandbox.client.v1.credit_notes.void_credit_note(note)
    company.hear()

    assert booked(note)["voided"] == {"receivable": 300, "revenue": -300}


def test_a_note_on_an_invoice_from_before_the_books_stands_against_opening(
    company: Company, sandbox: LocalStripe, customer: str, settings: Any
) -> None:
    invoice = finalized(sandbox, customer)
    sandbox.advance(seconds=2 * 86_400)
    settings.BOOKS_START = clock.now().date()
    note = noted(sandbox, invoice)
    company.hear()

    assert booked(note) == {"issued": {"receivable": 0, "revenue": 800, "opening": -800}}
    assert (booked(invoice), owed(invoice)) == ({}, 0)


@pytest.mark.parametrize("is_inside", [False, True])
def test_its_taxes_are_taken_back_line_by_line(
    company: Company, sandbox: LocalStripe, customer: str, is_inside: bool
) -> None:
    v1 = sandbox.client.v1
    rates = [
        v1.tax_rates.create({"display_name": "VAT", "percentage": rate, "inclusive": is_inside}).id for rate in (19, 7)
    ]
    sums = [{"amount": 1190 if is_inside else 1000}, {"amount": 2140 if is_inside else 2000}]
    lines = [each | {"description": "Work", "tax_rates": [rate]} for each, rate in zip(sums, rates, strict=True)]
    invoice = finalized(sandbox, customer, *lines)
    asked: Any = [
        {"type": "invoice_line_item", "invoice_line_item": line.id, "amount": line.amount}
        for line in v1.invoices.line_items.list(invoice).data
    ]
    note = noted(sandbox, invoice, lines=asked)
    company.hear()

    moved = Posting.objects.filter(entry__source=note, account__kind="tax_payable").values_list(
        "amount_minor", flat=True
    )
    assert sorted(moved) == [140, 190]
    assert booked(note) == {"issued": {"receivable": -3330, "revenue": 3000, "tax_payable": 330}}
