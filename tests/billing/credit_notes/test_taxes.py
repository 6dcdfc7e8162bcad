"""Credit notes of taxed and discounted invoices: Stripe computes, we never credit more than was asked."""

from decimal import Decimal
from typing import Any

import pytest

from billing.models import Invoice
from billing.services import coupons, credit_note_parts, credit_notes, tax_rules
from billing.services.credit_notes import Wanted
from billing.services.draft_terms import Line
from billing.services.tax_rules import Place
from config.base.models import StripeAccount
from config.base.money import Money
from payments.models import Customer
from tests.billing.invoices.writing import TEST, drain, fresh, opened, paid

LINES = [Line(description=f"Line {n}", unit_amount=amount) for n, amount in enumerate((3333, 1999, 47))]


@pytest.fixture(autouse=True)
def vat(account: StripeAccount, settings: Any) -> None:
    """19 % are added in Germany."""
    settings.TAX_CALCULATION_SERVICE = "rates"
    tax_rules.lay_down(account=account, place=Place(country="DE"), display_name="VAT", percentage=Decimal(19), by=TEST)


@pytest.fixture
def invoice(ada: Customer, account: StripeAccount) -> Invoice:
    """Paid, with a tenth off."""
    tenth = coupons.create(account=account, percent_off=Decimal(10), by=TEST)
    return paid(ada, LINES, discounts=[tenth])


@pytest.mark.parametrize("amount", [1, 2, 99, 1000, 1001, 2345, 5000])
def test_an_amount_comes_to_itself_or_just_below(invoice: Invoice, amount: int) -> None:
    parts = credit_note_parts.of_amount(invoice, Money(amount, "eur"))
    if not parts:
        assert amount < 2
        return

    note = credit_notes.issue(invoice=invoice, wanted=Wanted(parts), by=TEST)

    assert amount - 2 <= note.total_minor <= amount + 1
    assert note.refund_minor == note.total_minor
    assert note.subtotal_minor - note.discount_minor + note.tax_minor == note.total_minor


def test_all_of_it_is_the_total(invoice: Invoice) -> None:
    note = credit_notes.issue(invoice=invoice, wanted=Wanted(credit_note_parts.everything(invoice)), by=TEST)

    assert note.total_minor == invoice.total_minor
    assert note.tax_minor == invoice.tax_minor


def test_in_two_halves_nothing_is_left_and_nothing_is_too_much(invoice: Invoice) -> None:
    half = Money(invoice.total_minor // 2, "eur")
    first = credit_notes.issue(invoice=invoice, wanted=Wanted(credit_note_parts.of_amount(invoice, half)), by=TEST)
    drain()
    rest = credit_note_parts.everything(fresh(invoice))
    second = credit_notes.issue(invoice=fresh(invoice), wanted=Wanted(rest), by=TEST)

    assert abs(first.total_minor + second.total_minor - invoice.total_minor) <= len(LINES)
    assert first.total_minor + second.total_minor <= invoice.total_minor


def test_of_an_open_invoice_the_tax_is_owed_no_more(ada: Customer) -> None:
    invoice = opened(ada, LINES)
    part = credit_note_parts.left(invoice)[0].whole

    note = credit_notes.issue(invoice=invoice, wanted=Wanted([part]), by=TEST)
    drain()

    assert (note.tax_minor, note.pre_payment_minor) == (633, note.total_minor)
    assert fresh(invoice).amount_remaining_minor == invoice.total_minor - note.total_minor
