"""Deferred revenue becomes revenue as its days pass: an entry an invoice and month, of what its lines have earned.

By whole days of each line's service period, in the legal entity's zone. A void or a credit note in the middle of a
month is followed at once by an entry of that day, so that deferred revenue never holds what is earned or taken back.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection, transaction

from billing.models import Invoice, LedgerAccount
from billing.services.ledger import entries
from billing.services.ledger.deferral import Change, unearned
from billing.services.ledger.entries import Line
from billing.services.ledger.sides import next_kind
from config.base import clock
from config.base.models import LegalEntity

_Kind = LedgerAccount.Kind
CHUNK = 200
# The invoices of which anything is deferred.
_DUE = """
    SELECT g.document FROM billing_posting g JOIN billing_ledgeraccount a ON a.id = g.account_id
    WHERE a.kind = 'deferred_revenue' AND a.legal_entity_id = %(entity)s AND g.document > %(after)s
    GROUP BY g.document, g.line HAVING sum(g.amount_minor) <> 0
    ORDER BY g.document LIMIT %(chunk)s
"""
# By line: what was put into deferred revenue and taken back, and when; what was recognized of it, and for when last.
_DEFERRED = """
    SELECT i.public_id, g.document, g.line, a.currency, min(g.customer_id),
        (l.period_start AT TIME ZONE %(zone)s)::date, (l.period_end AT TIME ZONE %(zone)s)::date,
        array_agg(e.effective_date ORDER BY e.id) FILTER (WHERE NOT e.kind ^@ 'recognized:'),
        array_agg(-g.amount_minor ORDER BY e.id) FILTER (WHERE NOT e.kind ^@ 'recognized:'),
        coalesce(sum(g.amount_minor) FILTER (WHERE e.kind ^@ 'recognized:'), 0),
        max(substr(e.kind, 12)) FILTER (WHERE e.kind ^@ 'recognized:'),
        max(e.recorded_at) FILTER (WHERE NOT e.kind ^@ 'recognized:'),
        ARRAY(SELECT kind FROM billing_entry WHERE source = i.public_id)
    FROM billing_posting g
    JOIN billing_ledgeraccount a ON a.id = g.account_id
    JOIN billing_entry e ON e.id = g.entry_id
    JOIN billing_invoiceline l ON l.stripe_id = g.line
    JOIN billing_invoice i ON i.id = l.invoice_id
    WHERE a.kind = 'deferred_revenue' AND a.legal_entity_id = %(entity)s AND g.document = ANY(%(documents)s)
    GROUP BY i.public_id, g.document, g.line, a.currency, l.id
    ORDER BY g.document, g.line
"""
# The newest month that all deferred revenue was looked at for, and when it last was.
_SETTLED = """
    SELECT substr(kind, 12), max(recorded_at) FROM billing_entry
    WHERE legal_entity_id = %s AND kind ~ '^recognized:\\d{4}-\\d{2}$' AND kind <= %s
    GROUP BY kind ORDER BY kind DESC LIMIT 1
"""
_GRACE = timedelta(days=2)


@dataclass(slots=True)
class _Deferred:
    invoice: str
    document: str
    line: str
    currency: str
    customer_id: int | None
    begins: date
    ends: date
    days: list[date]
    amounts: list[int]
    recognized_minor: int
    last: str | None
    told_at: datetime
    known: list[str]

    def take_earned(self, until: date) -> int:
        """What is to be moved so that only what is earned after this day stays deferred; it counts as moved."""
        changes = [Change(day, amount) for day, amount in zip(self.days, self.amounts, strict=True) if day <= until]
        stays = unearned(changes, begins=self.begins, ends=self.ends, until=until)
        earned = sum(change.amount_minor for change in changes) - int(self.recognized_minor) - stays
        self.recognized_minor = int(self.recognized_minor) + earned
        return earned

    def due(self, settled: "_Settled | None") -> date | None:
        """The day until which it should be booked by now."""
        days = [_day_of(self.last)] if self.last else []
        if settled and self.told_at < settled.at - _GRACE:
            days.append(settled.until)
        return max(days, default=None)


class _Settled(NamedTuple):
    until: date
    at: datetime


def of(legal_entity: LegalEntity, *, by: object) -> int:
    """As `recognize`, as of today."""
    return recognize(legal_entity=legal_entity, today=entries.day_of(clock.now(), legal_entity), by=by)


def recognize(*, legal_entity: LegalEntity, today: date, by: object) -> int:
    """Book what was earned in each month that is over: the number of entries. Twice books once."""
    until = today.replace(day=1) - timedelta(days=1)
    return sum(_recognize(legal_entity, documents, until, by=by) for documents in _chunks(legal_entity))


def wrong(legal_entity: LegalEntity) -> Iterator[tuple[str, str, int]]:
    """Lines of which more or less was booked as earned than was earned by then: (our invoice, line, minor units)."""
    settled = _settled(legal_entity)
    for documents in _chunks(legal_entity):
        for line in _deferred(legal_entity, documents):
            until = line.due(settled)
            if until and (missing := line.take_earned(until)):
                yield line.invoice, line.line, missing


def catch_up(document: str, *, legal_entity: LegalEntity, day: date, by: object) -> int:
    """Book what an invoice had earned by the end of a day on which something of it was taken back. In a transaction."""
    return _recognize(legal_entity, [document], day, by=by, is_whole=False)


def _settled(legal_entity: LegalEntity) -> _Settled | None:
    over = (entries.day_of(clock.now(), legal_entity) - _GRACE).replace(day=1) - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, [legal_entity.pk, f"recognized:{over:%Y-%m}"])
        found = cursor.fetchone()
    return _Settled(_day_of(found[0]), found[1]) if found else None


def _chunks(legal_entity: LegalEntity) -> Iterator[list[str]]:
    after = ""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_DUE, {"entity": legal_entity.pk, "after": after, "chunk": CHUNK})
            found = list(dict.fromkeys(document for (document,) in cursor.fetchall()))
        if not found:
            return
        yield found
        after = found[-1]


def _recognize(
    legal_entity: LegalEntity, documents: Sequence[str], until: date, *, by: object, is_whole: bool = True
) -> int:
    made = 0
    with transaction.atomic():
        held = Invoice.objects.select_for_update(no_key=True).filter(stripe_id__in=documents).order_by("pk")
        list(held.values_list("pk", flat=True))
        for _, lines in groupby(_deferred(legal_entity, documents), key=lambda deferred: deferred.document):
            made += _book_invoice(legal_entity, list(lines), until, by=by, is_whole=is_whole)
    return made


def _deferred(legal_entity: LegalEntity, documents: Sequence[str]) -> list[_Deferred]:
    asked: dict[str, Any] = {
        "zone": legal_entity.time_zone,
        "entity": legal_entity.pk,
        "documents": list(documents),
    }
    with connection.cursor() as cursor:
        cursor.execute(_DEFERRED, asked)
        return [_Deferred(*row) for row in cursor.fetchall()]


def _book_invoice(legal_entity: LegalEntity, lines: list[_Deferred], until: date, *, by: object, is_whole: bool) -> int:
    last = max((_day_of(line.last) for line in lines if line.last), default=None)
    since = last or min(day for line in lines for day in line.days) - timedelta(days=1)
    days = {day: f"{day:%Y-%m}" for day in _month_ends(since, until)}
    if not is_whole:
        day = max(until, last or until)
        days.setdefault(day, f"{day}")
    return sum(_book(legal_entity, lines, day, kind=f"recognized:{name}", by=by) for day, name in days.items())


def _day_of(name: str) -> date:
    """The last day of what an entry was for: a month or, where something was taken back, a day of it (`…:2`, again)."""
    day, *_ = name.split(":")
    return date.fromisoformat(day) if len(day) > len("2026-01") else _month_end(date.fromisoformat(f"{day}-01"))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _month_ends(after: date, until: date) -> Iterator[date]:
    end = _month_end(after + timedelta(days=1))
    while end <= until:
        yield end
        end = _month_end(end + timedelta(days=1))


def _book(legal_entity: LegalEntity, lines: list[_Deferred], day: date, *, kind: str, by: object) -> bool:
    moved = []
    for line in lines:
        earned, place = line.take_earned(day), _place(line)
        moved.append(Line(kind=_Kind.DEFERRED_REVENUE, amount_minor=earned, **place))
        moved.append(Line(kind=_Kind.REVENUE, amount_minor=-earned, **place))
    kind = next_kind(kind, lines[0].known)
    return entries.post(
        legal_entity=legal_entity, effective_on=day, source=lines[0].invoice, kind=kind, by=by, lines=moved
    )


def _place(line: _Deferred) -> dict[str, Any]:
    named = ("currency", "customer_id", "document", "line")
    return {name: getattr(line, name) for name in named}
