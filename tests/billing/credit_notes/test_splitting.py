"""Amounts split over lines: exact where taxes allow it, never above what was asked, nor above what is left."""

from hypothesis import given
from hypothesis import strategies as st

from billing.models import InvoiceLine
from billing.services.credit_note_parts import Left, split
from config.base.money import Money

AMOUNTS = st.integers(min_value=1, max_value=10_000_000)
RATES = st.sampled_from([0, 5, 7, 10, 19, 20, 25])


def left(amount: int, *, rate: int = 0, discount: int = 0, credited: int = 0) -> Left:
    """What is left of a line over `amount`, with tax added by `rate` percent."""
    tax = ((amount - discount) * rate + 50) // 100
    return Left(InvoiceLine(amount_minor=amount, currency="eur"), amount - credited, tax - discount)


def total(pool: list[Left], shares: list[int]) -> int:
    """What the shares come to with tax."""
    return sum(rest.gross(share) for rest, share in zip(pool, shares, strict=True))


@given(st.lists(AMOUNTS, min_size=1, max_size=30), st.data())
def test_without_tax_the_shares_make_up_the_amount(amounts: list[int], data: st.DataObject) -> None:
    pool = [left(amount) for amount in amounts]
    wanted = data.draw(st.integers(min_value=1, max_value=sum(amounts)))

    shares = split(Money(wanted, "eur"), pool)

    assert sum(shares) == wanted
    assert all(0 <= share <= amount for share, amount in zip(shares, amounts, strict=True))


@given(st.lists(AMOUNTS, min_size=2, max_size=30), st.data())
def test_each_share_is_fair_within_a_minor_unit(amounts: list[int], data: st.DataObject) -> None:
    wanted = data.draw(st.integers(min_value=1, max_value=sum(amounts)))

    shares = split(Money(wanted, "eur"), [left(amount) for amount in amounts])

    for share, amount in zip(shares, amounts, strict=True):
        assert abs(share * sum(amounts) - wanted * amount) < sum(amounts)


@given(st.lists(st.tuples(AMOUNTS, RATES), min_size=1, max_size=12), st.data())
def test_with_tax_it_comes_to_the_amount_or_just_below(lines: list[tuple[int, int]], data: st.DataObject) -> None:
    pool = [left(amount, rate=rate) for amount, rate in lines]
    whole = sum(rest.gross() for rest in pool)
    wanted = data.draw(st.integers(min_value=1, max_value=whole))

    shares = split(Money(wanted, "eur"), pool)

    assert wanted - 2 < total(pool, shares) <= wanted
    assert all(0 <= share <= rest.amount for share, rest in zip(shares, pool, strict=True))


@given(AMOUNTS, RATES, st.integers(min_value=0, max_value=99))
def test_a_whole_line_is_taken_back_whole(amount: int, rate: int, percent_off: int) -> None:
    rest = left(amount, rate=rate, discount=amount * percent_off // 100)

    if rest.gross():
        assert total([rest], split(Money(rest.gross(), "eur"), [rest])) == rest.gross()


@given(st.lists(st.tuples(AMOUNTS, RATES), min_size=1, max_size=8), st.data())
def test_what_was_credited_before_is_not_credited_again(lines: list[tuple[int, int]], data: st.DataObject) -> None:
    pool = [left(a, rate=r, credited=data.draw(st.integers(min_value=0, max_value=a - 1))) for a, r in lines]
    wanted = data.draw(st.integers(min_value=1, max_value=sum(rest.gross() for rest in pool)))

    shares = split(Money(wanted, "eur"), pool)

    assert all(share <= rest.amount for share, rest in zip(shares, pool, strict=True))
    assert total(pool, shares) <= wanted
