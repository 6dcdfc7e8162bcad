"""Money: an integer of Stripe's minor unit, with its currency. Never a float."""

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal

from babel import Locale

from config.base.currencies import CURRENCIES, MAXIMUM_MINOR, Currency
from config.base.errors import InvalidAmount, UnknownCurrency

# CLDR wants a space between a symbol of letters and the number; Babel leaves it out.
_CODE_BEFORE_DIGITS = re.compile(r"(?<=[^\W\d_])(?=\d)")


def currency_rule(code: str) -> Currency:
    """The rule of a lower-case ISO code; raises UnknownCurrency."""
    try:
        return CURRENCIES[code]
    except KeyError:
        raise UnknownCurrency(f"'{code}' is not a currency that Stripe can charge.", param="currency") from None


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`Money(1099, "eur")` is 10.99 €."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other).minor

    def __str__(self) -> str:
        return self.format()

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        exponent = CURRENCIES[self.currency].exponent if self.currency in CURRENCIES else 2
        return Decimal(self.minor).scaleb(-exponent)

    def format(self, locale: str = "en") -> str:
        """The amount as a reader of `locale` (BCP 47 or POSIX) writes it: `€10.99`, `10,99 €`.

        Decimals follow Stripe's unit, not CLDR's habit of hiding them, so that no cent is invisible.
        """
        rule = CURRENCIES.get(self.currency, Currency(self.currency, 2))
        digits = 0 if rule.step_minor == 10**rule.exponent else rule.exponent
        known = Locale.parse(locale.replace("-", "_"))
        pattern = copy(known.currency_formats["standard"])
        pattern.frac_prec = (digits, digits)
        shown = str(pattern.apply(self.decimal, known, currency=self.currency.upper(), currency_digits=False))
        return _CODE_BEFORE_DIGITS.sub("\u00a0", shown)

    def split(self, parts: int) -> "list[Money]":
        """`parts` amounts that differ by at most one minor unit and sum to this one, larger ones first."""
        return self.allocate([1] * parts)

    def allocate(self, weights: Sequence[int]) -> "list[Money]":
        """Shares by weight that sum exactly to this one, by largest remainder (ties to the earlier share).

        A weight may be below zero, as the line of an invoice may be; what all come to may not.
        """
        total = sum(weights)
        if total <= 0:
            raise ValueError("weights must come to more than zero")
        sign, whole = (-1, -self.minor) if self.minor < 0 else (1, self.minor)
        shares = [whole * weight // total for weight in weights]
        remainders = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
        for i in remainders[: whole - sum(shares)]:
            shares[i] += 1
        return [Money(sign * share, self.currency) for share in shares]

    def chargeable(self) -> "Money":
        """Itself, when Stripe can charge it; raises InvalidAmount or UnknownCurrency saying what to change."""
        rule = currency_rule(self.currency)
        if self.minor <= 0:
            raise InvalidAmount("The amount must be a positive integer of the minor unit.", param="amount")
        if self.minor > MAXIMUM_MINOR:
            raise InvalidAmount(f"The amount is above Stripe's limit of {MAXIMUM_MINOR} minor units.", param="amount")
        if self.minor % rule.step_minor:
            raise InvalidAmount(
                f"Amounts in {self.currency} must be multiples of {rule.step_minor} minor units.",
                param="amount",
            )
        return self
