"""What an amount should come to at the rate of its line, in SQL."""

from config.base.currencies import CURRENCIES

# How far Stripe's rounding of a converted amount may lie from ours, in minor units.
ROUNDING = 1
# A rate is told between major units; currencies differ in how many minor units these have.
_EXPONENTS = ", ".join(
    f"('{code}', {rule.exponent})" for code, rule in sorted(CURRENCIES.items()) if rule.exponent != 2
)


def converted(amount: str, rate: str, *, given: str, settled: str) -> str:
    """The expression for `amount` of the currency `given` in the currency `settled`, rounded to minor units."""
    return f"round({amount} * {rate} * 10.0 ^ ({_exponent(settled)} - {_exponent(given)}))::bigint"


def _exponent(currency: str) -> str:
    return f"coalesce((SELECT e FROM (VALUES {_EXPONENTS}) AS c(code, e) WHERE code = {currency}), 2)"  # noqa: S608
