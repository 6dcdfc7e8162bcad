"""Posting towards a target: what a source should have booked, day by day, less what it has."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from billing.models import LedgerAccount
from billing.services.ledger import entries, sides
from billing.services.ledger.payment_facts import PaymentFacts
from billing.services.ledger.sides import Sides

_PAPERS = (LedgerAccount.Kind.RECEIVABLE, LedgerAccount.Kind.OPENING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a source should have booked.

    `days`: on which something happened; `wanted`: what should be booked by the end of one; `word` names an entry by
    what it moves.
    """

    source: str
    days: Iterable[date]
    wanted: Callable[[date], Sides]
    word: Callable[[Sides], str]


def post(facts: PaymentFacts, target: Target, *, by: object) -> int:
    """Book what is missing: how many entries that took.

    Each day its own entry the first time. Later one for all that is missing: on the day of the paper that took what
    stood elsewhere; today, when we learned of it, if more money moved or a paper gave back what it had taken.
    """
    booked, days = facts.booked_of(target.source), sorted(set(target.days))
    if not booked.entries:
        return sum(_book(facts, target, target.wanted(day), day, by=by) for day in days)
    last = days[-1] if days else facts.today
    wanted = target.wanted(last)
    return _book(facts, target, wanted, facts.today if _is_news(wanted, booked.sides) else last, by=by)


def _is_news(wanted: Sides, booked: Sides) -> bool:
    moved = sides.missing(wanted, booked)
    shrunk = (side for side in moved if abs(wanted.get(side, 0)) < abs(booked.get(side, 0)))
    return sides.moves_clearing(moved) or any(side.kind in _PAPERS for side in shrunk)


def _book(facts: PaymentFacts, target: Target, wanted: Sides, day: date, *, by: object) -> int:
    booked = facts.booked_of(target.source)
    missing = sides.missing(wanted, booked.sides)
    if not missing:
        return 0
    kind = booked.next_kind(target.word(missing))
    entries.post(
        legal_entity=facts.legal_entity,
        effective_on=day,
        source=target.source,
        kind=kind,
        by=by,
        lines=sides.lines(missing, account_id=facts.account_id),
        reverses=None if wanted else booked.only_entry(),
    )
    booked.sides, booked.entries = dict(wanted), {**booked.entries, kind: 0}
    return 1
