"""Payments and lines by the million, made in SQL, with some thousand of them spoiled; triggers are off meanwhile."""

from collections import Counter
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from config.base import clock
from config.base.models import StripeAccount
from tests import factories

FAULTS = 500
"""So many of each type."""
_METHODS = 1000

_PAYMENTS = """
    INSERT INTO payments_payment (
        public_id, account_id, payment_method_id, stripe_id, latest_charge_id, status, capture_method, off_session,
        currency, amount_minor, amount_capturable_minor, amount_received_minor, amount_refunded_minor, failure_code,
        decline_code, failure_message, cancellation_reason, receipt_url, description, metadata, client_secret, flags,
        succeeded_at, stripe_created_at, created_at
    )
    SELECT 'pay_' || lpad(n::text, 22, '0'), %(account)s, %(method)s, 'pi_' || lpad(n::text, 24, '0'),
        'ch_' || lpad(n::text, 24, '0'), 'succeeded', 'automatic_async', false, 'eur', 1000 + n %% 9000, 0,
        1000 + n %% 9000, 0, '', '', '', '', '', '', '{}', '', '{}', at, at, at
    FROM generate_series(1, %(count)s) n, LATERAL (SELECT %(now)s - interval '2 days' - n * interval '20 s' AS at) x
"""
# In another order than the payments, as events and lines come.
_LINES = """
    INSERT INTO reconciliation_statementline (
        public_id, account_id, stripe_id, type, reporting_category, amount_minor, fee_minor, net_minor, currency,
        fee_details, source_id, description, status, available_on, stripe_created_at, is_posted, read_at
    )
    SELECT 'line_' || lpad(n::text, 22, '0'), %(account)s, 'txn_' || lpad(n::text, 24, '0'), 'charge', 'charge',
        gross, fee, gross - fee, 'eur', '[]', 'ch_' || lpad(n::text, 24, '0'), '', 'available', at, at, true, at
    FROM (SELECT n, 1000 + n %% 9000 AS gross, ((1000 + n %% 9000) * 290 + 5000) / 10000 + 30 AS fee
            FROM (SELECT (n * 7919) %% %(count)s + 1 AS n FROM generate_series(1, %(count)s::bigint) n) mixed) n,
        LATERAL (SELECT %(now)s - interval '2 days' - n * interval '20 s' AS at) x
"""
# The n-th hundred of the rows is left to the n-th kind of fault.
_FAULTS = {
    "missing_at_stripe": "DELETE FROM reconciliation_statementline WHERE source_id = ANY(%(charges)s)",
    "missing_here": "DELETE FROM payments_payment WHERE latest_charge_id = ANY(%(charges)s)",
    "amount": """
        UPDATE reconciliation_statementline SET amount_minor = amount_minor + 100, net_minor = net_minor + 100
        WHERE source_id = ANY(%(charges)s)
    """,
    "currency": "UPDATE payments_payment SET currency = 'chf' WHERE latest_charge_id = ANY(%(charges)s)",
    "status": "UPDATE payments_payment SET status = 'processing' WHERE latest_charge_id = ANY(%(charges)s)",
    "fee": """
        UPDATE reconciliation_statementline SET fee_minor = fee_minor + 40, net_minor = net_minor - 40
        WHERE source_id = ANY(%(charges)s)
    """,
    "duplicate": """
        INSERT INTO reconciliation_statementline
        SELECT (jsonb_populate_record(l, jsonb_build_object(
            'id', l.id + 10000000, 'stripe_id', l.stripe_id || 'x', 'public_id', left(l.public_id, -1) || 'x'
        ))).* FROM reconciliation_statementline l WHERE source_id = ANY(%(charges)s)
    """,
    "unknown_line_type": "UPDATE reconciliation_statementline SET type = 'new' WHERE source_id = ANY(%(charges)s)",
}


def make(count: int) -> StripeAccount:
    """That many payments by card and as many lines of their charges; no faults yet."""
    account = factories.make_account()
    method = factories.make_payment_method()
    values: dict[str, Any] = {"account": account.pk, "method": method.pk, "count": count, "now": clock.now()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in (_PAYMENTS, _LINES):
            cursor.execute(statement, values)
    settle()
    return account


def spoil(count: int) -> Counter[str]:
    """FAULTS rows of each type, spread over all: how many discrepancies of each type are to be found."""
    step, faults = count // (FAULTS * len(_FAULTS)), Counter[str]()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for place, (kind, statement) in enumerate(_FAULTS.items()):
            faults[kind] += _spoil(cursor, statement, [(n * len(_FAULTS) + place) * step + 1 for n in range(FAULTS)])
    settle()
    # The payment of a line whose type is not known has no line.
    faults["missing_at_stripe"] += faults["unknown_line_type"]
    return faults


def settle() -> None:
    """What the planner and later scans find as in a database that has lived for a while."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE payments_payment, reconciliation_statementline")


def _spoil(cursor: CursorWrapper, statement: str, numbers: list[int]) -> int:
    cursor.execute(statement, {"charges": [f"ch_{number:024}" for number in numbers]})
    return int(cursor.rowcount)


def full_join() -> Any:
    """The bare comparison of the same rows: both sides of what differs."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT p.public_id, p.status, p.amount_received_minor, p.currency, p.succeeded_at,
                l.stripe_id, l.type, l.amount_minor, l.fee_minor, l.currency, l.stripe_created_at
            FROM payments_payment p FULL JOIN reconciliation_statementline l ON l.source_id = p.latest_charge_id
            WHERE p.id IS NULL OR l.id IS NULL OR p.status <> 'succeeded'
                OR p.amount_received_minor <> l.amount_minor OR p.currency <> l.currency
        """)
        return cursor.fetchall()
