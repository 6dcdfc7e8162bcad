"""The arithmetic of prorations and periods, for any amounts and moments."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from sandbox.billing import periods, proration
from sandbox.billing.proration import Basis
from tests.sandbox.plans import DAY, at

MONTH = 30 * DAY
amounts = st.integers(min_value=0, max_value=10**9)
moments = st.integers(min_value=0, max_value=MONTH)
starts = st.integers(min_value=at(2000, 1, 1), max_value=at(2040, 1, 1))
rhythms = st.sampled_from([("day", 1), ("week", 2), ("month", 1), ("month", 3), ("year", 1)])


@given(amounts, moments)
def test_what_is_given_back_and_what_is_kept_are_the_whole(amount: int, when: int) -> None:
    basis = Basis(amount=amount, start=0, end=MONTH, until=MONTH)
    kept = proration.charged(amount, (0, MONTH), (0, when))

    assert abs(kept - proration.credited(basis, when) - amount) <= 1


@given(amounts)
def test_nothing_used_gives_all_back_and_all_used_nothing(amount: int) -> None:
    basis = Basis(amount=amount, start=0, end=MONTH, until=MONTH)

    assert (proration.credited(basis, 0), proration.credited(basis, MONTH)) == (-amount, 0)


def test_half_a_cent_goes_down() -> None:
    basis = Basis(amount=1000, start=0, end=2592000, until=2592000)
    rest = (2592000 - 6480, 2592000)

    assert proration.credited(basis, rest[0]) == -3
    assert [proration.charged(amount, (0, 2592000), rest) for amount in (1800, 3000)] == [4, 7]


@given(starts, rhythms, st.integers(min_value=0, max_value=4000 * DAY))
def test_a_moment_lies_in_exactly_one_period(anchor: int, rhythm: tuple[str, int], later: int) -> None:
    start, end = periods.natural(anchor, *rhythm, anchor + later)

    assert start <= anchor + later < end
    assert periods.natural(anchor, *rhythm, end)[0] == end


@given(starts)
def test_months_keep_the_day_of_their_anchor(anchor: int) -> None:
    wanted, moment = datetime.fromtimestamp(anchor, UTC), anchor
    for _ in range(30):
        moment = periods.boundary_after(anchor, "month", 1, moment)
        found = datetime.fromtimestamp(moment, UTC)
        assert found.day == wanted.day or (
            found.day < wanted.day and datetime.fromtimestamp(moment + DAY, UTC).day == 1
        )
        assert found.time() == wanted.time()


def test_leap_days_and_short_months() -> None:
    anchor = at(2027, 1, 31)
    ends = [periods.add(anchor, "month", count) for count in (1, 2, 13, 14)]

    assert ends == [at(2027, 2, 28), at(2027, 3, 31), at(2028, 2, 29), at(2028, 3, 31)]
    assert periods.add(at(2028, 2, 29), "year", 1) == at(2029, 2, 28)
    assert periods.boundary_after(at(2028, 2, 29), "year", 1, at(2031, 3, 1)) == at(2032, 2, 29)
