"""The books: payments without a document, invoices that do not add up, what clearing cannot account for, and what
Stripe holds.
"""

from collections.abc import Mapping
from typing import Any

from django.db.backends.utils import CursorWrapper

# A finding that explains what else is seen of it; once that one was accepted, what is left is looked at alone. What
# moves nothing in clearing explains nothing there.
_EXPLAINED = """
    SELECT 1 FROM found f
    WHERE f.object_id = {object_id} AND f.type NOT IN ('fee', 'payout_not_complete', 'exchange_difference')
        AND NOT EXISTS (
            SELECT 1 FROM reconciliation_discrepancy d
            WHERE d.account_id = %(account)s AND d.status = 'accepted' AND d.type = f.type
                AND d.object_id = f.object_id AND d.currency = f.currency AND d.amount_minor = f.amount_minor
        )
"""
_PREPAID = f"""
    INSERT INTO found (type, object_id, currency, amount_minor, ours, expected_on)
    SELECT CASE WHEN p.succeeded_at > %(due)s THEN 'timing' ELSE 'prepayment' END, s.document, s.currency, -s.amount,
        jsonb_build_object(
            'id', p.public_id, 'amount', -s.amount, 'received', p.amount_received_minor, 'currency', s.currency,
            'status', p.status, 'date', p.succeeded_at
        ),
        CASE WHEN p.succeeded_at > %(due)s THEN ((p.succeeded_at + %(grace)s) AT TIME ZONE %(zone)s)::date END
    FROM (
        SELECT g.document, a.currency, sum(g.amount_minor)::bigint AS amount
        FROM billing_posting g JOIN billing_ledgeraccount a ON a.id = g.account_id
        WHERE a.kind = 'customer_prepayments' AND a.legal_entity_id = %(entity)s
        GROUP BY g.document, a.currency HAVING sum(g.amount_minor) <> 0
    ) s
    JOIN payments_payment p ON p.stripe_id = s.document AND p.account_id = %(account)s
    WHERE NOT EXISTS ({_EXPLAINED.format(object_id="p.latest_charge_id")})
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - made of constants alone
# What an invoice asks for beside what its lines, discounts and taxes come to.
_NOT_ADDING_UP = """
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs)
    SELECT 'invoice_total', i.stripe_id, s.currency, -s.amount,
        jsonb_build_object(
            'id', i.public_id, 'amount', i.total_minor + s.amount, 'currency', s.currency, 'status', i.status,
            'date', i.finalized_at
        ),
        jsonb_build_object('id', i.stripe_id, 'amount', i.total_minor, 'currency', s.currency)
    FROM (
        SELECT g.document, a.currency, sum(g.amount_minor)::bigint AS amount
        FROM billing_posting g JOIN billing_ledgeraccount a ON a.id = g.account_id
        WHERE a.kind = 'suspense' AND a.legal_entity_id = %(entity)s
        GROUP BY g.document, a.currency HAVING sum(g.amount_minor) <> 0
    ) s
    JOIN billing_invoice i ON i.stripe_id = s.document AND i.account_id = %(account)s
    ON CONFLICT DO NOTHING
"""
# What a finding above explains, or will settle by itself, is no finding of the books.
_UNCLEARED = f"""
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs)
    SELECT 'ledger', s.reference, s.currency, -s.amount,
        jsonb_build_object('id', s.reference, 'booked', s.amount - b.theirs, 'currency', s.currency, 'kind', s.kind),
        jsonb_build_object('id', s.reference, 'booked', b.theirs, 'currency', s.currency)
    FROM (
        SELECT g.reference, g.account_id, a.currency, a.kind, sum(g.amount_minor)::bigint AS amount
        FROM billing_posting g JOIN billing_ledgeraccount a ON a.id = g.account_id
        WHERE a.kind IN ('stripe_clearing', 'in_transit') AND a.account_id = %(account)s AND g.reference <> 'held'
        GROUP BY g.reference, g.account_id, a.currency, a.kind HAVING sum(g.amount_minor) <> 0
    ) s
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(g.amount_minor), 0)::bigint AS theirs
        FROM billing_posting g JOIN billing_entry e ON e.id = g.entry_id
        WHERE g.account_id = s.account_id AND g.reference = s.reference AND e.source LIKE 'txn\\_%%'
    ) b
    WHERE NOT EXISTS ({_EXPLAINED.format(object_id="s.reference")})
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - made of constants alone
_GAP = """
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs)
    SELECT 'balance', 'balance_' || currency, currency, held - known,
        jsonb_build_object('id', 'balance_' || currency, 'balance', known, 'currency', currency),
        jsonb_build_object('id', 'balance_' || currency, 'balance', held, 'currency', currency)
    FROM (SELECT %(currency)s::text AS currency, %(held)s::bigint AS held, %(known)s::bigint AS known) b
    WHERE held <> known
    ON CONFLICT DO NOTHING
"""
_KNOWN = """
    SELECT currency, sum(net)::bigint FROM (
        SELECT currency, sum(net_minor) AS net FROM reconciliation_statementline
        WHERE account_id = %(account)s AND missing_since IS NULL AND stripe_created_at >= %(since)s
        GROUP BY currency
        UNION ALL
        SELECT a.currency, g.amount_minor FROM billing_entry e
        JOIN billing_posting g ON g.entry_id = e.id JOIN billing_ledgeraccount a ON a.id = g.account_id
        WHERE e.legal_entity_id = %(entity)s AND e.kind LIKE 'opening:%%'
            AND a.kind = 'stripe_balance' AND a.account_id = %(account)s
    ) parts
    GROUP BY currency
"""
STATEMENTS = (_PREPAID, _NOT_ADDING_UP, _UNCLEARED)


def find_gaps(cursor: CursorWrapper, held: Mapping[str, int], parameters: Mapping[str, Any]) -> None:
    """Stripe's balance against what its lines add up to, from the opening of the books on."""
    for currency, gap in gaps(cursor, held, parameters).items():
        known = held.get(currency, 0) - gap
        cursor.execute(_GAP, {"currency": currency, "held": held.get(currency, 0), "known": known})


def gaps(cursor: CursorWrapper, held: Mapping[str, int], parameters: Mapping[str, Any]) -> dict[str, int]:
    """By currency, what Stripe says it holds less what we know it should."""
    cursor.execute(_KNOWN, parameters)
    known = {currency: int(amount) for currency, amount in cursor.fetchall()}
    return {code: held.get(code, 0) - known.get(code, 0) for code in sorted({*held, *known})}
