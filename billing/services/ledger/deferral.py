"""What is still to be earned of a line's service period, by whole days."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple


class Change(NamedTuple):
    """What was put into deferred revenue on a day, or taken back, in minor units; a proration may be below zero."""

    day: date
    amount_minor: int


def unearned(changes: Sequence[Change], *, begins: date, ends: date, until: date) -> int:
    """What stays deferred at the end of a day, in minor units: days of `begins` up to before `ends` count alike.

    What is taken back in the middle of the period comes off what is not earned yet; only what exceeds that comes off
    revenue, and goes back there first if it is restored.
    """
    known = sorted((change for change in changes if change.day <= until), key=lambda change: change.day)
    if not known:
        return 0
    sign = 1 if max((change.amount_minor for change in known), key=abs) > 0 else -1
    left, day = sign * known[0].amount_minor, begins
    for change in [*known[1:], Change(until + timedelta(days=1), 0)]:
        left -= _earned(left, day, change.day, ends)
        left, day = left + sign * change.amount_minor, max(day, change.day)
    return sign * max(0, left)


def _earned(left: int, day: date, to: date, ends: date) -> int:
    if left <= 0 or to <= day < ends:
        return 0
    return left if to >= ends else left * (to - day).days // (ends - day).days
