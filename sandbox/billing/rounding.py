"""From fractions of a minor unit to whole ones.

Stripe's documents round a line's half up; recordings of prorations show ties going toward minus infinity
(-2.5 → -3, 4.5 → 4, 7.5 → 7).
"""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fractions import Fraction


def half_up(amount: Decimal) -> int:
    """The nearest whole unit; half of one away from zero."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def ties_down(amount: Fraction) -> int:
    """The nearest whole unit; half of one toward minus infinity."""
    lower = amount - Fraction(1, 2)
    return -(-lower.numerator // lower.denominator)


def up(amount: Decimal) -> int:
    """The next whole unit."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_CEILING))


def shares(whole: int, weights: list[int]) -> list[int]:
    """Parts of ``whole`` by weight that sum to it, rounded down along the way: 500 by 1000 and 2000 is 166, 334."""
    total, so_far, before, parts = sum(weights), 0, 0, []
    for weight in weights:
        so_far += weight
        upto = whole * so_far // total if total else 0
        parts.append(upto - before)
        before = upto
    return parts
