"""What is wrong in the books: found in SQL, against the rows themselves and against the documents they are made from.

Most checks are queries whose rows are (what it is about, what is wrong). Then what a backfill would book is missing,
and so is what was earned in months that are booked. Amounts are in minor units. A consistent rewrite of rows, digests
and documents is not found here.
"""

# ruff: noqa: S608 - the queries are made of constants alone

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from billing.models.ledger_triggers import ENTRY_DIGEST, POSTING_DIGEST
from billing.services.ledger import backfill, recognition
from config.base.models import LegalEntity, StripeAccount


class Finding(NamedTuple):
    """One thing that is wrong: which check found it, what it is about, what is wrong."""

    check: str
    subject: str
    text: str


_ENTITY = "e.legal_entity_id = %(entity)s"
# The day on which the legal entity books a moment; later only if the books were closed then.
_DAY = "({0} AT TIME ZONE %(zone)s)::date"
_MOVED = "(e.effective_date < {0} OR e.effective_date > {0} AND (%(closed)s::date IS NULL OR {0} > %(closed)s::date))"

_CHECKS: dict[str, str] = {
    "beginning": f"""
        SELECT e.public_id, 'it is from before the books begin: ' || e.effective_date FROM billing_entry e
        WHERE {_ENTITY} AND e.effective_date < %(start)s::date
        UNION ALL
        SELECT e.public_id, 'the books were opened on ' || e.effective_date || ', not when they begin'
        FROM billing_entry e
        WHERE {_ENTITY} AND e.kind ^@ 'opening:'
            AND (%(start)s::date IS NULL OR {_MOVED.format("%(start)s::date")})
    """,
    "sums": """
        SELECT a.currency, 'all postings come to ' || sum(g.amount_minor) || ', not to 0'
        FROM billing_posting g JOIN billing_ledgeraccount a ON a.id = g.account_id
        WHERE a.legal_entity_id = %(entity)s GROUP BY a.currency HAVING sum(g.amount_minor) <> 0
    """,
    "balance": f"""
        SELECT min(e.public_id), 'its postings in ' || a.currency || ' come to ' || sum(g.amount_minor)
        FROM billing_entry e JOIN billing_posting g ON g.entry_id = e.id
        JOIN billing_ledgeraccount a ON a.id = g.account_id
        WHERE {_ENTITY} GROUP BY e.id, a.currency HAVING sum(g.amount_minor) <> 0
    """,
    "empty": f"""
        SELECT e.public_id, 'it has no postings' FROM billing_entry e
        WHERE {_ENTITY} AND NOT EXISTS (SELECT 1 FROM billing_posting g WHERE g.entry_id = e.id)
    """,
    "lost": """
        SELECT g.id::text, 'this posting has no entry: ' || g.entry_id FROM billing_posting g
        JOIN billing_ledgeraccount a ON a.id = g.account_id
        WHERE a.legal_entity_id = %(entity)s AND NOT EXISTS (SELECT 1 FROM billing_entry e WHERE e.id = g.entry_id)
    """,
    "strange": f"""
        SELECT e.public_id, 'a posting is in the books of another legal entity' FROM billing_entry e
        JOIN billing_posting g ON g.entry_id = e.id JOIN billing_ledgeraccount a ON a.id = g.account_id
        WHERE {_ENTITY} AND a.legal_entity_id <> e.legal_entity_id
    """,
    "entry changed": f"""
        SELECT e.public_id, 'it is not as it was written' FROM billing_entry e
        WHERE {_ENTITY} AND e.digest <> {ENTRY_DIGEST.format(row="e")}
    """,
    "posting changed": f"""
        SELECT e.public_id, 'a posting is not as it was written: ' || g.amount_minor
        FROM billing_entry e JOIN billing_posting g ON g.entry_id = e.id
        WHERE {_ENTITY} AND g.digest <> {POSTING_DIGEST.format(row="g")}
    """,
    "payments": f"""
        SELECT p.public_id, 'received ' || p.amount_received_minor || ', booked ' || coalesce(b.amount, 0)
        FROM payments_payment p
        JOIN base_stripeaccount s ON s.id = p.account_id AND s.legal_entity_id = %(entity)s
        LEFT JOIN LATERAL (
            SELECT sum(g.amount_minor) AS amount FROM billing_entry e
            JOIN billing_posting g ON g.entry_id = e.id JOIN billing_ledgeraccount a ON a.id = g.account_id
            WHERE e.source = p.stripe_id AND a.kind = 'stripe_clearing' AND a.currency = p.currency
        ) b ON true
        WHERE p.status = 'succeeded' AND p.succeeded_at >= %(since)s
            AND p.amount_received_minor <> coalesce(b.amount, 0)
        UNION ALL
        SELECT p.public_id, 'received on ' || {_DAY.format("p.succeeded_at")} || ', booked on ' || e.effective_date
        FROM billing_entry e JOIN payments_payment p ON p.stripe_id = e.source
        WHERE {_ENTITY} AND e.kind = 'received' AND {_MOVED.format(_DAY.format("p.succeeded_at"))}
    """,
    "refunds": """
        SELECT r.public_id, 'gave back ' || r.amount_minor || ', booked ' || -coalesce(b.amount, 0)
        FROM payments_refund r
        JOIN base_stripeaccount s ON s.id = r.account_id AND s.legal_entity_id = %(entity)s
        LEFT JOIN LATERAL (
            SELECT sum(g.amount_minor) AS amount FROM billing_entry e
            JOIN billing_posting g ON g.entry_id = e.id JOIN billing_ledgeraccount a ON a.id = g.account_id
            WHERE e.source = r.stripe_id AND a.kind = 'stripe_clearing'
        ) b ON true
        WHERE r.stripe_created_at >= %(since)s AND r.stripe_id IS NOT NULL AND coalesce(b.amount, 0) <>
            CASE WHEN r.status IN ('pending', 'succeeded') THEN -r.amount_minor
                WHEN r.status IN ('failed', 'canceled') THEN 0 ELSE coalesce(b.amount, 0) END
    """,
    "invoices": f"""
        SELECT i.public_id, 'owes ' || i.owed || ', booked ' || coalesce(b.amount, 0)
        FROM (
            SELECT i.*, CASE WHEN i.status = 'open' THEN i.amount_remaining_minor ELSE 0 END - coalesce((
                SELECT sum(n.refund_minor) FROM billing_creditnote n
                WHERE n.invoice_id = i.id AND n.status = 'issued'
                    AND coalesce(n.effective_at, n.stripe_created_at) >= %(since)s
            ), 0) AS owed
            FROM billing_invoice i JOIN base_stripeaccount s ON s.id = i.account_id
            WHERE s.legal_entity_id = %(entity)s AND i.finalized_at >= %(since)s AND i.stripe_id IS NOT NULL
                AND i.status IN ('open', 'paid', 'void', 'uncollectible')
        ) i
        LEFT JOIN LATERAL (
            SELECT sum(g.amount_minor) AS amount FROM billing_posting g
            JOIN billing_ledgeraccount a ON a.id = g.account_id JOIN billing_entry e ON e.id = g.entry_id
            WHERE g.document = i.stripe_id AND a.kind = 'receivable'
                AND NOT EXISTS (SELECT 1 FROM payments_refund r WHERE r.stripe_id = e.source)
        ) b ON true
        WHERE i.owed <> coalesce(b.amount, 0)
        UNION ALL
        SELECT i.public_id, 'it has no entries' FROM billing_invoice i
        JOIN base_stripeaccount s ON s.id = i.account_id
        WHERE s.legal_entity_id = %(entity)s AND i.finalized_at >= %(since)s AND i.total_minor <> 0
            AND i.status IN ('open', 'paid', 'void', 'uncollectible')
            AND NOT EXISTS (SELECT 1 FROM billing_entry e WHERE e.source = i.stripe_id)
        UNION ALL
        SELECT i.public_id, 'issued on ' || {_DAY.format("i.finalized_at")} || ', booked on ' || e.effective_date
        FROM billing_entry e JOIN billing_invoice i ON i.stripe_id = e.source
        WHERE {_ENTITY} AND e.kind = 'issued' AND {_MOVED.format(_DAY.format("i.finalized_at"))}
    """,
    "credit notes": """
        SELECT n.public_id, 'it has no entries' FROM billing_creditnote n
        JOIN base_stripeaccount s ON s.id = n.account_id
        WHERE s.legal_entity_id = %(entity)s AND n.total_minor <> 0
            AND coalesce(n.effective_at, n.stripe_created_at) >= %(since)s
            AND n.status IN ('issued', 'void')
            AND NOT EXISTS (SELECT 1 FROM billing_entry e WHERE e.source = n.stripe_id)
    """,
    "disputes": """
        SELECT d.public_id, 'it has no entries' FROM payments_dispute d
        JOIN base_stripeaccount s ON s.id = d.account_id
        WHERE s.legal_entity_id = %(entity)s AND d.withdrawn_at >= %(since)s AND d.withdrawn_minor <> 0
            AND NOT EXISTS (SELECT 1 FROM billing_entry e WHERE e.source = d.stripe_id)
    """,
    "without a document": f"""
        SELECT e.public_id, 'there is no ' || e.source FROM billing_entry e
        WHERE {_ENTITY} AND CASE split_part(e.source, '_', 1)
            WHEN 'pi' THEN NOT EXISTS (SELECT 1 FROM payments_payment WHERE stripe_id = e.source)
            WHEN 're' THEN NOT EXISTS (SELECT 1 FROM payments_refund WHERE stripe_id = e.source)
            WHEN 'pyr' THEN NOT EXISTS (SELECT 1 FROM payments_refund WHERE stripe_id = e.source)
            WHEN 'du' THEN NOT EXISTS (SELECT 1 FROM payments_dispute WHERE stripe_id = e.source)
            WHEN 'dp' THEN NOT EXISTS (SELECT 1 FROM payments_dispute WHERE stripe_id = e.source)
            WHEN 'in' THEN NOT EXISTS (SELECT 1 FROM billing_invoice WHERE stripe_id = e.source)
            WHEN 'inv' THEN e.kind !~ '^recognized:'
                OR NOT EXISTS (SELECT 1 FROM billing_invoice WHERE public_id = e.source)
            WHEN 'account' THEN e.kind !~ '^opening:'
                OR NOT EXISTS (SELECT 1 FROM base_stripeaccount WHERE public_id = e.source)
            WHEN 'cn' THEN NOT EXISTS (SELECT 1 FROM billing_creditnote WHERE stripe_id = e.source)
            ELSE false END
    """,
}


def findings(legal_entity: LegalEntity) -> Iterator[Finding]:
    """All that is wrong in a legal entity's books, check by check; no transaction is open."""
    yield from queried(legal_entity, _CHECKS)
    for invoice, line, amount in recognition.wrong(legal_entity):
        yield Finding(
            "recognition", invoice, f"{amount} of {line} is earned and not booked: manage.py recognize_revenue"
        )
    for account in StripeAccount.objects.filter(legal_entity=legal_entity).order_by("pk"):
        for entry in backfill.missing(account=account):
            yield Finding("documents", entry.source, f"'{entry.kind}' is missing on {entry.effective_date}")


def queried(legal_entity: LegalEntity, checks: Mapping[str, str]) -> Iterator[Finding]:
    """What these checks find; each may name the `parameters`."""
    asked = parameters(legal_entity)
    with connection.cursor() as cursor:
        for check, query in checks.items():
            cursor.execute(query, asked)
            yield from (Finding(check, *row) for row in cursor.fetchall())


def parameters(legal_entity: LegalEntity) -> dict[str, Any]:
    """What a check may name."""
    zone, start = ZoneInfo(legal_entity.time_zone), settings.BOOKS_START
    return {
        "entity": legal_entity.pk,
        "zone": legal_entity.time_zone,
        "closed": legal_entity.books_closed_through,
        "start": start,
        "since": datetime.combine(start, time(), zone) if start else datetime(1970, 1, 1, tzinfo=zone),
    }
