"""Amounts as people type them: `10.99`, `10,99`, `1'099.00`, `€10.99`, `1099 jpy`."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from config.base.currencies import CURRENCIES
from config.base.money import Money

_SYMBOLS = {"€": "eur", "£": "gbp", "₹": "inr", "₩": "krw", "₽": "rub", "$": "", "¥": ""}
_AMOUNT = re.compile(r"(?P<before>[a-z]{3}|[€£₹₩₽$¥])?\s*(?P<number>\d[\d.,'’\s]*)\s*(?P<after>[a-z]{3}|[€£₹₩₽$¥])?")


def read(text: str) -> tuple[set[Decimal], str] | None:
    """What the text may mean in major units, and its currency (empty when it names none); None when it is no amount.

    `1.099` may be one thousand or a little more than one: both are returned.
    """
    found = _AMOUNT.fullmatch(text.strip().lower().replace("\xa0", " "))
    if found is None:
        return None
    word = found["before"] or found["after"] or ""
    currency = _SYMBOLS.get(word, word)
    if currency and currency not in CURRENCIES:
        return None
    return _readings(re.sub(r"['’\s]", "", found["number"])), currency


def meant(readings: set[Decimal], exponent: int) -> Decimal | None:
    """The one thing that it may mean, if it is one; in a currency of three decimals, three digits are decimals."""
    return min(readings, default=None) if len(readings) == 1 or exponent == 3 else None


def minor(amount: Decimal, exponent: int) -> int | None:
    """The amount in a minor unit of `exponent` decimals; None when it has more decimals than that."""
    scaled = amount.scaleb(exponent)
    return int(scaled) if scaled == scaled.to_integral_value() else None


def _readings(number: str) -> set[Decimal]:
    whole, separator, decimals = _split(number)
    if not separator:
        return {Decimal(whole)}
    exact = Decimal(f"{whole or 0}.{decimals or 0}")
    is_only = number.count(separator) == 1 and not set(number) & ({".", ","} - {separator})
    is_grouping = is_only and len(decimals) == 3 and not whole.startswith("0")
    if number.count(separator) > 1:
        return {Decimal(whole + decimals)}
    return {exact, Decimal(whole + decimals)} if is_grouping else {exact}


def _split(number: str) -> tuple[str, str, str]:
    last = max(number.rfind("."), number.rfind(","))
    if last < 0:
        return number, "", ""
    return re.sub("[.,]", "", number[:last]), number[last], number[last + 1 :]


class AmountField(forms.CharField):
    """Money of one currency, above nothing and at most `at_most`."""

    def __init__(self, *, at_most: Money, **kwargs: Any) -> None:
        self.at_most = at_most
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "cf-input"})
        super().__init__(widget=widget, initial=str(at_most.decimal), **kwargs)
        self.help_text = f"In {at_most.currency.upper()}, at most {at_most}."

    def clean(self, value: Any) -> Money:
        text: str = super().clean(value)
        amount = Money(self._minor(text), self.at_most.currency)
        if amount.minor <= 0 or self.at_most < amount:
            raise ValidationError(f"Give an amount above zero and at most {self.at_most}.")
        return amount

    def _minor(self, text: str) -> int:
        currency = self.at_most.currency
        exponent = CURRENCIES[currency].exponent
        readings = read(text)
        amount = meant(readings[0], exponent) if readings and readings[1] in {"", currency} else None
        if amount is None:
            raise ValidationError(f"Give an amount in {currency.upper()}, such as {self.at_most.decimal}.")
        exact = minor(amount, exponent)
        if exact is None:
            raise ValidationError(f"{currency.upper()} has only {exponent} decimals.")
        return exact
