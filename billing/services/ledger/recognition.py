"""Deferred revenue becomes revenue as its days pass: at each month's end, what the lines have earned by then.

By whole days of the line's service period, in the legal entity's zone. A void or a credit note changes what is to be
earned; the next month's end puts it right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from billing.models import LedgerAccount
from billing.services.ledger import entries
from billing.services.ledger.entries import Line
from config.base import clock
from config.base.models import LegalEntity

_Kind = LedgerAccount.Kind
CHUNK = 500
# What stands in deferred revenue by line: what was put there, and what is left of it.
_DEFERRED = """
    SELECT g.line, min(g.document), a.currency, min(g.customer_id),
        (l.period_start AT TIME ZONE %(zone)s)::date, (l.period_end AT TIME ZONE %(zone)s)::date,
        -sum(g.amount_minor) FILTER (WHERE e.source <> g.line), -sum(g.amount_minor)
    FROM billing_posting g
    JOIN billing_ledgeraccount a ON a.id = g.account_id
    JOIN billing_entry e ON e.id = g.entry_id
    JOIN billing_invoiceline l ON l.stripe_id = g.line
    WHERE a.kind = 'deferred_revenue' AND a.legal_entity_id = %(entity)s AND e.effective_date <= %(until)s
        AND g.line > %(after)s
    GROUP BY g.line, a.currency, l.id
    HAVING sum(g.amount_minor) <> 0
    ORDER BY g.line LIMIT %(chunk)s
"""


@dataclass(frozen=True, slots=True)
class _Deferred:
    line: str
    document: str
    currency: str
    customer_id: int | None
    begins: date
    ends: date
    put_minor: int | None
    left_minor: int

    def earned(self, until: date) -> int:
        """What is to be moved so that only the days after this one stay deferred."""
        days = max(1, (self.ends - self.begins).days)
        passed = min(days, max(0, (until + timedelta(days=1) - self.begins).days))
        put = int(self.put_minor or 0)
        return int(self.left_minor) - (put - put * passed // days)


def of(legal_entity: LegalEntity, *, by: object) -> int:
    """As `recognize`, as of today."""
    return recognize(legal_entity=legal_entity, today=entries.day_of(clock.now(), legal_entity), by=by)


def recognize(*, legal_entity: LegalEntity, today: date, by: object) -> int:
    """Book what was earned by the end of the last month that is over: the number of entries. Twice books once."""
    until = today.replace(day=1) - timedelta(days=1)
    made = 0
    for chunk in _chunks(legal_entity, until):
        with transaction.atomic():
            made += sum(_book(legal_entity, deferred, until, by=by) for deferred in chunk)
    return made


def _chunks(legal_entity: LegalEntity, until: date) -> Iterator[list[_Deferred]]:
    after = ""
    while True:
        with connection.cursor() as cursor:
            asked = {"zone": legal_entity.time_zone, "entity": legal_entity.pk, "until": until, "after": after}
            cursor.execute(_DEFERRED, {**asked, "chunk": CHUNK})
            found = [_Deferred(*row) for row in cursor.fetchall()]
        if not found:
            return
        yield found
        after = found[-1].line


def _book(legal_entity: LegalEntity, deferred: _Deferred, until: date, *, by: object) -> bool:
    amount = deferred.earned(until)
    place: dict[str, Any] = {
        "currency": deferred.currency,
        "customer_id": deferred.customer_id,
        "document": deferred.document,
        "line": deferred.line,
    }
    return entries.post(
        legal_entity=legal_entity,
        effective_on=until,
        source=deferred.line,
        kind=f"recognized:{until:%Y-%m}",
        by=by,
        lines=[
            Line(kind=_Kind.DEFERRED_REVENUE, amount_minor=amount, **place),
            Line(kind=_Kind.REVENUE, amount_minor=-amount, **place),
        ],
    )
