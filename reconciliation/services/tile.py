"""Unexplained, by currency and part; and the items behind each part. Parts are summed without signs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import connection

from config.base import clock
from config.base.models import StripeAccount
from reconciliation.models import Run, RunBalance
from reconciliation.services import matching
from reconciliation.services.matching import books

PARTS = ("clearing", "in_transit", "suspense", "unmatched", "prepayments", "balance_gap", "timing")


class Item(NamedTuple):
    """One amount behind a part: signed, with what names it; `expected_on` of what settles by itself."""

    part: str
    currency: str
    object_id: str
    amount_minor: int
    expected_on: Any = None


# A reference is waiting when a discrepancy says by when it settles.
_WAITS = """
    SELECT d.object_id, d.currency, d.expected_on FROM reconciliation_discrepancy d
    WHERE d.account_id = %(account)s AND d.type = 'timing' AND d.status = 'open'
"""
_ITEMS = f"""
    WITH waits AS ({_WAITS}), standing AS (
        SELECT a.kind, a.currency, CASE
                WHEN a.kind IN ('stripe_clearing', 'in_transit') THEN g.reference ELSE g.document END AS object_id,
            sum(g.amount_minor)::bigint AS amount
        FROM billing_posting g JOIN billing_ledgeraccount a ON a.id = g.account_id
        WHERE a.legal_entity_id = %(entity)s AND (
            a.kind IN ('stripe_clearing', 'in_transit') AND a.account_id = %(account)s
            OR a.kind IN ('suspense', 'customer_prepayments')
        )
        GROUP BY 1, 2, 3 HAVING sum(g.amount_minor) <> 0
    ), items AS (
        SELECT CASE kind
                WHEN 'stripe_clearing' THEN 'clearing' WHEN 'in_transit' THEN 'in_transit'
                WHEN 'suspense' THEN 'suspense' ELSE 'prepayments' END AS part,
            currency, object_id, amount
        FROM standing WHERE object_id <> 'held'
        UNION ALL
        SELECT 'unmatched', l.currency, l.stripe_id, l.net_minor FROM reconciliation_statementline l
        WHERE l.account_id = %(account)s AND NOT l.is_posted AND l.missing_since IS NULL
            AND l.stripe_created_at >= %(since)s AND l.net_minor <> 0
        UNION ALL
        SELECT 'unmatched', d.currency, d.object_id, d.amount_minor FROM reconciliation_discrepancy d
        JOIN reconciliation_statementline l ON l.stripe_id = d.object_id AND l.is_posted
        WHERE d.account_id = %(account)s AND d.status = 'open' AND d.type = 'unknown_line_type'
    )
    SELECT CASE WHEN w.object_id IS NULL THEN i.part ELSE 'timing' END AS part, i.currency, i.object_id, i.amount,
        w.expected_on
    FROM items i LEFT JOIN LATERAL (
        SELECT w.object_id, w.expected_on FROM waits w
        WHERE w.object_id = i.object_id
            OR w.object_id = (SELECT l.source_id FROM reconciliation_statementline l WHERE l.stripe_id = i.object_id)
        LIMIT 1
    ) w ON true
"""  # noqa: S608 - made of constants alone
_MOVED = """
    SELECT l.currency, sum(abs(l.amount_minor))::bigint, coalesce(sum(abs(l.amount_minor)) FILTER (
        WHERE l.is_posted AND d.object_id IS NULL AND (
            l.type NOT IN ('charge', 'payment') OR EXISTS (
                SELECT 1 FROM payments_payment p JOIN billing_invoicepayment ip ON ip.payment_id = p.id
                WHERE p.latest_charge_id = l.source_id AND ip.status = 'paid'
            )
        ) AND (l.payout_id IS NULL OR u.status IN ('paid', 'in_transit', 'pending', 'failed'))
    ), 0)::bigint
    FROM reconciliation_statementline l
    LEFT JOIN reconciliation_payout u ON u.id = l.payout_id
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
    found: dict[str, RunBalance] = {}

    def of(currency: str) -> RunBalance:
        return found.setdefault(currency, RunBalance(run=run, currency=currency))

    parameters = matching.parameters(run)
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, parameters)
        for currency, moved, proven in cursor.fetchall():
            of(currency).moved_minor, of(currency).proven_minor = moved, proven
        cursor.execute(_ACCEPTED_GAPS, parameters)
        accepted = dict(cursor.fetchall())
        for currency, gap in books.gaps(cursor, held, parameters).items():
            of(currency).balance_gap_minor = abs(gap - accepted.get(currency, 0))
            of(currency).stripe_balance_minor = held.get(currency, 0)
    for item in _items(parameters):
        name = f"{item.part}_minor"
        setattr(of(item.currency), name, getattr(of(item.currency), name) + abs(item.amount_minor))
    return [found[currency] for currency in sorted(found)]


def items(account: StripeAccount, *, currency: str, part: str) -> list[Item]:
    """What stands behind a part now, the largest first."""
    parameters = matching.parameters(Run(account=account, started_at=clock.now()))
    of_part = (item for item in _items(parameters) if (item.part, item.currency) == (part, currency))
    return sorted(of_part, key=lambda item: -abs(item.amount_minor))


def _items(parameters: Mapping[str, Any]) -> list[Item]:
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, parameters)
        return [Item(*row) for row in cursor.fetchall()]
