"""Amounts as staff type them into forms."""

import pytest
from django.core.exceptions import ValidationError

from billing.admin.catalog_forms import minor_units, money
from config.base.console.amounts import AmountField
from config.base.money import Money


@pytest.mark.parametrize(
    "left", [Money(1099, "eur"), Money(1099, "jpy"), Money(5120, "kwd"), Money(1_234_560, "bhd"), Money(50000, "isk")]
)
def test_a_form_takes_what_it_offers(left: Money) -> None:
    field = AmountField(at_most=left)

    assert field.clean(field.initial) == left


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [("1099", "jpy", 1099), ("5.120", "kwd", 5120), ("5,12", "kwd", 5120), ("1 234,50", "eur", 123450)],
)
def test_an_amount_is_read_in_its_currency(typed: str, currency: str, minor: int) -> None:
    assert money(typed, currency) == (minor, currency)
    assert minor_units(typed, currency) == minor


@pytest.mark.parametrize("typed", ["1,000", "1.000", "9,905"])
def test_what_may_be_a_thousand_or_one_is_asked_again(typed: str) -> None:
    with pytest.raises(ValidationError):
        money(typed, "eur")
    with pytest.raises(ValidationError):
        minor_units(typed, "eur")


@pytest.mark.parametrize(
    ("typed", "minor"), [("0.005", "0.5"), ("0,0000125", "0.00125"), ("1.1250", "112.5"), ("9.905", "990.5")]
)
def test_a_price_of_one_piece_may_be_a_part_of_a_cent(typed: str, minor: str) -> None:
    assert str(minor_units(typed, "eur").normalize()) == minor


@pytest.mark.parametrize(("typed", "currency"), [("10.99", "jpy"), ("0.001", "eur"), ("1.2345", "kwd")])
def test_no_smaller_unit_than_the_currency_has_is_taken(typed: str, currency: str) -> None:
    with pytest.raises(ValidationError):
        money(typed, currency)
