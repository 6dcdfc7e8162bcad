"""Entries: each fact is booked once, balanced, and never changed; what was wrong is reversed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from billing.models import Entry, LedgerAccount, Posting
from billing.services.ledger.accounts import Place, key_of
from config.base import clock
from config.base.ids import public_id
from config.base.models import LegalEntity

# One statement an entry: its fact is there already, or all of it is written.
_POST = """
    WITH entry AS (
        INSERT INTO billing_entry (
            public_id, legal_entity_id, source, kind, effective_date, recorded_at, reverses_id, note, "by",
            written_in, digest
        )
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, '')
        ON CONFLICT (source, kind) DO NOTHING
        RETURNING id
    )
    INSERT INTO billing_posting (entry_id, account_id, amount_minor, customer_id, reference, document, line, digest)
    SELECT entry.id, posting.*, ''
    FROM entry, unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[]) AS posting
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One side of an entry before it is written: a debit is positive, a credit negative, in minor units.

    `account_id`: the Stripe account, for the kinds that are at Stripe. `reference`, `document`, `line`: see Posting.
    """

    kind: str
    amount_minor: int
    currency: str
    account_id: int | None = None
    customer_id: int | None = None
    reference: str = ""
    document: str = ""
    line: str = ""


def post(
    *,
    legal_entity: LegalEntity,
    effective_on: date,
    source: str,
    kind: str,
    by: object,
    lines: Sequence[Line],
    reverses: Entry | None = None,
    note: str = "",
) -> bool:
    """Book a fact; False when it was booked before, or when no line moves anything. Lines of zero are left out.

    A day in a closed period becomes the first open day. Raises IntegrityError at commit if the lines do not balance.
    """
    moving = [line for line in lines if line.amount_minor]
    if not moving:
        return False
    day = open_day(legal_entity, effective_on)
    head: list[Any] = [public_id("entry"), legal_entity.pk, source, kind, day, clock.now(), reverses and reverses.pk]
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(_POST, [*head, note[:500], str(by)[:150], *_columns(legal_entity, moving)])
        return bool(cursor.rowcount)


def reverse(entry: Entry, *, effective_on: date, by: object, note: str = "") -> bool:
    """Book the opposite of an entry; an entry is reversed once."""
    lines = [_opposite(posting) for posting in entry.postings.select_related("account").order_by("pk")]
    return post(
        legal_entity=entry.legal_entity,
        effective_on=effective_on,
        source=entry.source,
        kind=f"{entry.kind}:reversed",
        by=by,
        lines=lines,
        reverses=entry,
        note=note,
    )


def day_of(moment: datetime, legal_entity: LegalEntity) -> date:
    """The day on which the legal entity books a moment."""
    return moment.astimezone(ZoneInfo(legal_entity.time_zone)).date()


def open_day(legal_entity: LegalEntity, day: date) -> date:
    """The day itself, or the first day after the closed period it falls into."""
    closed = legal_entity.books_closed_through
    return closed + timedelta(days=1) if closed and day <= closed else day


def _columns(legal_entity: LegalEntity, lines: Sequence[Line]) -> list[list[Any]]:
    places = [_place(legal_entity, line) for line in lines]
    keys = {place: key_of(place) for place in dict.fromkeys(places)}
    return [
        [keys[place] for place in places],
        [line.amount_minor for line in lines],
        [line.customer_id for line in lines],
        [line.reference for line in lines],
        [line.document for line in lines],
        [line.line for line in lines],
    ]


def _place(legal_entity: LegalEntity, line: Line) -> Place:
    at_stripe = line.account_id if line.kind in LedgerAccount.AT_STRIPE else None
    return Place(legal_entity.pk, line.kind, line.currency, at_stripe)


def _opposite(posting: Posting) -> Line:
    return Line(
        kind=posting.account.kind,
        amount_minor=-posting.amount_minor,
        currency=posting.account.currency,
        account_id=posting.account.account_id,
        customer_id=posting.customer_id,
        reference=posting.reference,
        document=posting.document,
        line=posting.line,
    )
