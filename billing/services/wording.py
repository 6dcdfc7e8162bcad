"""What stands on documents and in e-mails, in languages that we write; dates and amounts as the reader writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_interval
from babel.numbers import format_decimal

from billing.services import customer_places
from billing.services.terms import TERMS
from config.base.currencies import CURRENCIES, Currency
from config.base.money import Money
from payments.models import Customer

# Scripts that our bundled fonts write. Readers of others get English dates and amounts instead of empty boxes.
_WRITTEN = {"Latn", "Grek", "Cyrl", "Jpan"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it: their locale as Babel names it, the language of the words, the zone of the days."""

    locale: str
    language: str
    zone: ZoneInfo

    def say(self, term: str, **values: object) -> str:
        """A term of ours in the reader's language; the words of `terms.py`."""
        return self._terms[term].format(**values)

    def day(self, moment: datetime) -> str:
        return format_date(moment.astimezone(self.zone).date(), "long", locale=self.locale)

    def period(self, start: datetime, end: datetime) -> str:
        """`Nov 1 – Dec 1, 2026`; one day when it begins and ends on it."""
        first, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        if first == last:
            return format_date(first, "medium", locale=self.locale)
        return format_interval(first, last, "yMMMd", locale=self.locale)

    def money(self, minor: int, currency: str) -> str:
        return Money(minor, currency).format(self.locale)

    def unit_price(self, minor: Decimal, currency: str) -> str:
        """An amount of one piece, in minor units with up to twelve decimals: none of them is hidden."""
        if minor == minor.to_integral_value():
            return self.money(int(minor), currency)
        major = minor.scaleb(-CURRENCIES.get(currency, Currency(currency, 2)).exponent).normalize()
        return f"{format_decimal(major, format='#,##0.##############', locale=self.locale)}\u00a0{currency.upper()}"

    def number(self, value: int | Decimal) -> str:
        return str(format_decimal(value, locale=self.locale))

    def percent(self, value: Decimal) -> str:
        return f"{format_decimal(value, format='0.####', locale=self.locale)}\u00a0%"

    def country(self, code: str) -> str:
        """The country's name in the language of the words; the code where CLDR has none."""
        return str(Locale.parse(self.language).territories.get(code.upper(), code))

    @property
    def _terms(self) -> Mapping[str, str]:
        return TERMS[self.language]


def reader(customer: Customer) -> Reader:
    """The customer as a reader; English where we do not speak their language, or cannot write their script."""
    locale = customer_places.locale(customer)
    locale = locale if _script(locale) in _WRITTEN else "en"
    language = Locale.parse(locale).language
    return Reader(locale, language if language in TERMS else "en", customer_places.zone(customer))


def _script(locale: str) -> str:
    known = Locale.parse(locale)
    likely: str = get_global("likely_subtags").get(locale) or get_global("likely_subtags").get(known.language, "")
    return known.script or next((part for part in likely.split("_") if len(part) == 4), "")
