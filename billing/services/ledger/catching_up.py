"""Posting towards a target: what a source should have booked, day by day, less what it has."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from billing.models import LedgerAccount
from billing.services.ledger import entries, sides
from billing.services.ledger.sides import Booked, Sides
from config.base import clock
from config.base.models import LegalEntity, StripeAccount

_PAPERS = (LedgerAccount.Kind.RECEIVABLE, LedgerAccount.Kind.OPENING)


class Facts(Protocol):
    """Whose books they are, and what is in them. `account_id`: the Stripe account."""

    @property
    def legal_entity(self) -> LegalEntity: ...
    @property
    def account_id(self) -> int: ...
    @property
    def today(self) -> date: ...
    def booked_of(self, source: str) -> Booked: ...


@dataclass(frozen=True, slots=True)
class OneSource:
    """The facts of a document whose entries all have one source."""

    legal_entity: LegalEntity
    account_id: int
    today: date
    booked: Booked

    @classmethod
    def of(cls, account: StripeAccount, source: str) -> "OneSource":
        """As it is booked by now; the document's row is held."""
        books = account.legal_entity
        return cls(books, account.pk, entries.day_of(clock.now(), books), sides.booked_of(source))

    def booked_of(self, source: str) -> Booked:
        return self.booked


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a source should have booked.

    `steps`: the days on which something happened, oldest first, and all that should be booked after each; `word` names
    an entry by what it moves.
    """

    source: str
    steps: Sequence[tuple[date, Sides]]
    word: Callable[[Sides], str]


def daily(days: Iterable[date], wanted: Callable[[date], Sides]) -> list[tuple[date, Sides]]:
    """Steps by day; `wanted`: what should be booked by the end of one."""
    return [(day, wanted(day)) for day in sorted(set(days))]


def post(facts: Facts, target: Target, *, by: object) -> int:
    """Book what is missing: how many entries that took.

    Where the books are as they should be after some step, those after it follow, an entry each. Else one entry for all
    that is missing: on the day of the paper that took what stood elsewhere; today, when we learned of it, if more money
    moved or a paper gave back what it had taken.
    """
    booked = facts.booked_of(target.source)
    rest = _after_agreeing(booked, target)
    if rest is not None:
        return sum(_book(facts, target, wanted, day, by=by) for day, wanted in rest)
    last, wanted = target.steps[-1] if target.steps else (facts.today, {})
    return _book(facts, target, wanted, facts.today if _is_news(wanted, booked.sides) else last, by=by)


def _after_agreeing(booked: Booked, target: Target) -> Sequence[tuple[date, Sides]] | None:
    """The steps after the last one as of which the books are right; None where they are as after none."""
    for place in reversed(range(len(target.steps)) if booked.entries else range(0)):
        if not sides.missing(target.steps[place][1], booked.sides):
            return target.steps[place + 1 :]
    return None if booked.entries else target.steps


def _is_news(wanted: Sides, booked: Sides) -> bool:
    moved = sides.missing(wanted, booked)
    shrunk = (side for side in moved if abs(wanted.get(side, 0)) < abs(booked.get(side, 0)))
    return sides.moves_clearing(moved) or any(side.kind in _PAPERS for side in shrunk)


def _book(facts: Facts, target: Target, wanted: Sides, day: date, *, by: object) -> int:
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
        reverses=None if wanted else booked.only_entry(target.source),
    )
    booked.sides, booked.entries = dict(wanted), {**booked.entries, kind: 0}
    return 1
