"""What a part of a period costs: exact to the second, half a unit toward minus infinity.

Source: https://docs.stripe.com/billing/subscriptions/prorations
"""

from dataclasses import dataclass
from fractions import Fraction

from . import rounding

Period = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What was billed for an item: ``amount`` for the whole of ``start`` to ``end``, of which it runs until ``until``.

    ``line`` and ``invoice_item`` say where it was billed.
    """

    amount: int
    start: int
    end: int
    until: int
    line: str | None = None
    invoice_item: str | None = None


def share(amount: int, whole: Period, part: Period) -> Fraction:
    """The part of an amount that falls to a part of the whole period."""
    start, end = whole
    return Fraction(amount * max(0, part[1] - part[0]), end - start) if end > start else Fraction(0)


def charged(amount: int, whole: Period, part: Period) -> int:
    """What the part costs, in whole units."""
    return rounding.ties_down(share(amount, whole, part))


def credited(basis: Basis, at: int) -> int:
    """What is given back of it from a moment on; zero or less."""
    return rounding.ties_down(-share(basis.amount, (basis.start, basis.end), (at, basis.until)))
