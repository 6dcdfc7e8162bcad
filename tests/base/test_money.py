"""Money: integers of Stripe's unit, exact under every split, shown as its reader writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.base.currencies import CURRENCIES
from config.base.errors import InvalidAmount, UnknownCurrency
from config.base.money import Money

MINOR = st.integers(-(10**12), 10**12)


@given(MINOR, st.lists(st.integers(-(10**4), 10**6), min_size=1, max_size=40).filter(lambda weights: sum(weights) > 0))
def test_shares_sum_to_the_whole_and_are_fair(minor: int, weights: list[int]) -> None:
    shares = [share.minor for share in Money(minor, "eur").allocate(weights)]

    assert sum(shares) == minor
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - minor * weight) < sum(weights)


@given(MINOR, st.integers(1, 50))
def test_equal_parts_differ_by_at_most_one(minor: int, parts: int) -> None:
    shares = [share.minor for share in Money(minor, "eur").split(parts)]

    assert sum(shares) == minor
    assert max(shares) - min(shares) <= 1


def test_a_split_gives_the_larger_parts_first() -> None:
    assert Money(1099, "eur").split(3) == [Money(367, "eur"), Money(366, "eur"), Money(366, "eur")]


@pytest.mark.parametrize("weights", [[], [0, 0], [3, -3], [1, -3]])
def test_weights_that_share_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100, "eur").allocate(weights)


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="eur and usd"):
        Money(1, "eur") + Money(1, "usd")


@pytest.mark.parametrize(
    ("money", "locale", "shown"),
    [
        (Money(1099, "eur"), "en", "€10.99"),
        (Money(1099, "eur"), "de-DE", "10,99\xa0€"),
        (Money(123456789, "usd"), "en-US", "$1,234,567.89"),
        (Money(500, "jpy"), "en", "¥500"),
        (Money(5120, "kwd"), "en", "KWD\xa05.120"),
        (Money(50000, "isk"), "en", "ISK\xa0500"),
        (Money(17533, "huf"), "en", "HUF\xa0175.33"),
        (Money(-1099, "eur"), "en", "-€10.99"),
    ],
)
def test_amounts_are_shown_as_their_reader_writes_them(money: Money, locale: str, shown: str) -> None:
    assert money.format(locale) == shown


@pytest.mark.parametrize("minor", [0, -1, 10**12])
def test_what_stripe_cannot_charge_is_refused(minor: int) -> None:
    with pytest.raises(InvalidAmount):
        Money(minor, "eur").chargeable()


@pytest.mark.parametrize(
    ("currency", "good", "bad"), [("kwd", 5120, 5124), ("bhd", 10, 5), ("isk", 500, 550), ("ugx", 100, 101)]
)
def test_currencies_with_steps_take_multiples_only(currency: str, good: int, bad: int) -> None:
    assert Money(good, currency).chargeable() == Money(good, currency)
    with pytest.raises(InvalidAmount, match="multiples"):
        Money(bad, currency).chargeable()


@pytest.mark.parametrize("currency", ["xyz", "EUR", "", "btc"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        Money(100, currency).chargeable()


def test_the_table_knows_each_currency_once() -> None:
    assert {code: rule.code for code, rule in CURRENCIES.items()} == {code: code for code in CURRENCIES}
    assert {rule.exponent for rule in CURRENCIES.values()} == {0, 2, 3}
    assert {code for code, rule in CURRENCIES.items() if rule.payout_step_minor == 100} == {"isk", "ugx", "huf", "twd"}
