"""Unexplained, by currency and part; and the items behind each part. Parts are summed without signs.

An amount counts once: what still stands in the books counts there; *unmatched* are lines that are not booked, and
documents and lines that disagree though the books are even, because somebody changed them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db import connection, transaction

from config.base import clock
from config.base.models import StripeAccount
from reconciliation.models import Run, RunBalance
from reconciliation.services import matching
from reconciliation.services.matching import books

PARTS = ("clearing", "in_transit", "suspense", "unmatched", "prepayments", "balance_gap", "timing")
PAGE = 50


class Item(NamedTuple):
    """One amount behind a part: signed, what names it, its day; `expected_on` of what settles by itself."""

    part: str
    currency: str
    object_id: str
    amount_minor: int
    day: date
    expected_on: date | None


# `reference` is what a discrepancy that says by when it settles would name.
_ITEMS = """
    WITH standing AS (
        SELECT a.kind, a.currency,
            CASE WHEN a.account_id IS NULL THEN g.document ELSE g.reference END AS object_id,
            sum(g.amount_minor)::bigint AS amount, max(g.entry_id) AS entry
        FROM billing_posting g JOIN billing_ledgeraccount a ON a.id = g.account_id
        WHERE a.legal_entity_id = %(entity)s AND (
            a.kind IN ('stripe_clearing', 'in_transit') AND a.account_id = %(account)s
            OR a.kind IN ('suspense', 'customer_prepayments')
        )
        GROUP BY 1, 2, 3 HAVING sum(g.amount_minor) <> 0
    ), unbooked AS (
        SELECT currency, stripe_id, source_id, net_minor, (stripe_created_at AT TIME ZONE %(zone)s)::date AS day
        FROM reconciliation_statementline
        WHERE account_id = %(account)s AND NOT is_posted AND missing_since IS NULL AND stripe_created_at >= %(since)s
    ), disputed AS (
        SELECT d.currency, d.object_id, d.amount_minor, (d.opened_at AT TIME ZONE %(zone)s)::date AS day
        FROM reconciliation_discrepancy d
        WHERE d.account_id = %(account)s AND d.status = 'open' AND d.amount_minor <> 0 AND d.type IN (
                'missing_at_stripe', 'missing_here', 'amount', 'currency', 'duplicate', 'status', 'orphan_refund',
                'dispute_not_booked', 'unknown_line_type'
            )
            AND d.object_id NOT IN (SELECT object_id FROM standing)
            AND d.object_id NOT IN (SELECT unnest(ARRAY[source_id, stripe_id]) FROM unbooked)
    ), items AS (
        SELECT CASE s.kind WHEN 'stripe_clearing' THEN 'clearing' WHEN 'customer_prepayments' THEN 'prepayments'
                ELSE s.kind END AS part,
            s.currency, s.object_id, s.object_id AS reference, s.amount, e.effective_date AS day
        FROM standing s JOIN billing_entry e ON e.id = s.entry
        WHERE s.object_id <> 'held' AND NOT EXISTS (
            SELECT 1 FROM base_stripeaccount other
            WHERE other.id <> %(account)s AND other.legal_entity_id = %(entity)s AND CASE s.kind
                WHEN 'customer_prepayments' THEN EXISTS (
                    SELECT 1 FROM payments_payment WHERE stripe_id = s.object_id AND account_id = other.id
                )
                WHEN 'suspense' THEN EXISTS (
                    SELECT 1 FROM reconciliation_discrepancy WHERE object_id = s.object_id AND account_id = other.id
                    UNION ALL
                    SELECT 1 FROM billing_invoice WHERE stripe_id = s.object_id AND account_id = other.id
                )
            END
        )
        UNION ALL
        SELECT 'unmatched', currency, stripe_id, coalesce(nullif(source_id, ''), stripe_id), net_minor, day
        FROM unbooked WHERE net_minor <> 0
        UNION ALL
        SELECT 'unmatched', currency, object_id, object_id, amount_minor, day FROM disputed
    ), placed AS (
        SELECT CASE WHEN w.object_id IS NULL THEN i.part ELSE 'timing' END AS part, i.currency, i.object_id, i.amount,
            i.day, w.expected_on
        FROM items i LEFT JOIN (
            SELECT object_id, max(expected_on) AS expected_on FROM reconciliation_discrepancy
            WHERE account_id = %(account)s AND type = 'timing' AND status = 'open' GROUP BY object_id
        ) w ON w.object_id = i.reference
    )
"""
_SUMS = f"{_ITEMS} SELECT currency, part, sum(abs(amount))::bigint FROM placed GROUP BY currency, part"  # noqa: S608
_PAGE = f"""
    {_ITEMS}
    SELECT part, currency, object_id, amount, day, expected_on FROM placed
    WHERE part = %(part)s AND currency = %(currency)s
        AND (%(after_day)s::date IS NULL OR (day, object_id) < (%(after_day)s::date, %(after_id)s::text))
    ORDER BY day DESC, object_id DESC LIMIT %(limit)s
"""  # noqa: S608 - made of constants alone
# Led from the payout over the line and the payment to the invoice; what is in question proves nothing.
_MOVED = """
    SELECT l.currency, sum(abs(l.amount_minor))::bigint, coalesce(sum(abs(l.amount_minor)) FILTER (
        WHERE l.is_posted AND l.payout_id IS NOT NULL AND d.object_id IS NULL
            AND (l.type NOT IN ('charge', 'payment') OR i.charge IS NOT NULL)
    ), 0)::bigint
    FROM reconciliation_statementline l
    LEFT JOIN (
        SELECT DISTINCT p.latest_charge_id AS charge
        FROM payments_payment p JOIN billing_invoicepayment ip ON ip.payment_id = p.id AND ip.status = 'paid'
        WHERE p.account_id = %(account)s
    ) i ON i.charge = l.source_id
    LEFT JOIN (
        SELECT DISTINCT object_id FROM reconciliation_discrepancy WHERE account_id = %(account)s AND status = 'open'
    ) d ON d.object_id = l.source_id
    WHERE l.account_id = %(account)s AND l.missing_since IS NULL AND l.stripe_created_at >= %(since)s
    GROUP BY l.currency
"""
_ACCEPTED_GAPS = """
    SELECT currency, amount_minor FROM reconciliation_discrepancy
    WHERE account_id = %(account)s AND type = 'balance' AND status = 'accepted'
"""


def measure(run: Run, held: Mapping[str, int]) -> list[RunBalance]:
    """The parts of each currency at the end of a run; not saved. `held`: Stripe's balance by currency."""
    values = matching.parameters(run)
    moved, parts, accepted, gaps = _sums(values, held)
    found = {code: RunBalance(run=run, currency=code) for code in sorted({*moved, *gaps, *(code for code, _ in parts)})}
    for code, (gross, proven) in moved.items():
        found[code].moved_minor, found[code].proven_minor = gross, proven
    for code, gap in gaps.items():
        found[code].balance_gap_minor = abs(gap - accepted.get(code, 0))
        found[code].stripe_balance_minor = held.get(code, 0)
    for (code, part), amount in parts.items():
        setattr(found[code], f"{part}_minor", amount)
    return list(found.values())


def items(
    account: StripeAccount, *, currency: str, part: str, after: Item | None = None, limit: int = PAGE
) -> list[Item]:
    """What stands behind a part now, newest first; `after`: the last item of the page before."""
    values = matching.parameters(Run(account=account, started_at=clock.now())) | {
        "currency": currency,
        "part": part,
        "limit": limit,
        "after_day": after and after.day,
        "after_id": after and after.object_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, values)
        return [Item(*row) for row in cursor.fetchall()]


def _sums(values: Mapping[str, Any], held: Mapping[str, int]) -> tuple[Any, Any, Any, dict[str, int]]:
    """Moved and proven by currency; parts by currency and name; accepted gaps and gaps by currency."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(matching.QUICK)
        cursor.execute(_MOVED, values)
        moved = {code: amounts for code, *amounts in cursor.fetchall()}
        cursor.execute(_SUMS, values)
        parts = {(code, part): amount for code, part, amount in cursor.fetchall()}
        cursor.execute(_ACCEPTED_GAPS, values)
        return moved, parts, dict(cursor.fetchall()), books.gaps(cursor, held, values)
