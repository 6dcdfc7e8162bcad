"""Findings → Discrepancies: new ones are filed, others kept as they are, what agrees by now is settled.

Rules let differences pass by their name. What a person accepted stays so while its amount is the same.
"""

from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from config.base import clock
from reconciliation.models import Discrepancy, Run

# Random ids as `config.base.ids` makes them: a prefix and 22 characters.
_ID = "'disc_' || left(translate(encode(sha256(gen_random_uuid()::text::bytea), 'base64'), '+/=', ''), 22)"
_NOTE = "INSERT INTO reconciliation_discrepancynote (discrepancy_id, kind, text, by, created_at)"

_SETTLE = f"""
    WITH settled AS (
        UPDATE reconciliation_discrepancy d
        SET status = 'settled', closed_at = %(now)s, rule = '', last_seen_id = %(run)s
        WHERE d.account_id = %(account)s AND d.status IN ('open', 'accepted') AND NOT EXISTS (
            SELECT 1 FROM found f
            WHERE f.type = d.type AND f.object_id = d.object_id AND f.currency = d.currency
        )
        RETURNING d.id, d.object_id
    )
    {_NOTE}
    SELECT id, 'settled', coalesce(
        (SELECT 'It is now: ' || replace(min(type), '_', ' ') || '.' FROM found f WHERE f.object_id = s.object_id),
        'Both sides agree.'
    ), %(by)s, %(now)s
    FROM settled s
"""  # noqa: S608 - made of constants alone
# An accepted one with the same amount is only seen again. Locked before it is looked at: somebody may be accepting it.
_CHANGE = f"""
    WITH before AS (
        SELECT d.id, d.status, d.amount_minor, f.amount_minor AS new_amount, f.ours, f.theirs, f.expected_on
        FROM reconciliation_discrepancy d JOIN found f
            ON f.type = d.type AND f.object_id = d.object_id AND f.currency = d.currency
        WHERE d.account_id = %(account)s
        FOR UPDATE OF d
    ), changed AS (
        UPDATE reconciliation_discrepancy d SET
            amount_minor = b.new_amount, ours = b.ours, theirs = b.theirs, expected_on = b.expected_on,
            last_seen_id = %(run)s,
            status = CASE WHEN b.status = 'accepted' AND b.amount_minor = b.new_amount THEN b.status ELSE 'open' END,
            times_opened = d.times_opened + CASE
                WHEN b.status = 'open' OR b.status = 'accepted' AND b.amount_minor = b.new_amount THEN 0 ELSE 1 END,
            opened_at = CASE
                WHEN b.status = 'open' OR b.status = 'accepted' AND b.amount_minor = b.new_amount THEN d.opened_at
                ELSE %(now)s END,
            closed_at = CASE
                WHEN b.status = 'accepted' AND b.amount_minor = b.new_amount THEN d.closed_at END,
            rule = CASE WHEN b.status = 'accepted' AND b.amount_minor = b.new_amount THEN d.rule ELSE '' END
        FROM before b WHERE d.id = b.id
        RETURNING d.id, d.status, b.status AS was, b.amount_minor AS was_amount, b.new_amount
    )
    {_NOTE}
    SELECT id, CASE WHEN was = 'open' THEN 'changed' ELSE 'reopened' END,
        CASE WHEN was = 'open' THEN 'The amount was ' || was_amount || ', in minor units.' ELSE 'It is back.' END,
        %(by)s, %(now)s
    FROM changed WHERE status = 'open' AND (was <> 'open' OR was_amount <> new_amount)
"""  # noqa: S608 - made of constants alone
_FILE = f"""
    WITH filed AS (
        INSERT INTO reconciliation_discrepancy (
            public_id, account_id, type, object_id, currency, amount_minor, status, ours, theirs, expected_on, rule,
            reason, first_seen_id, last_seen_id, opened_at, times_opened
        )
        SELECT {_ID}, %(account)s, f.type, f.object_id, f.currency, f.amount_minor, 'open', f.ours, f.theirs,
            f.expected_on, '', '', %(run)s, %(run)s, %(now)s, 1
        FROM found f
        WHERE NOT EXISTS (
            SELECT 1 FROM reconciliation_discrepancy d
            WHERE d.account_id = %(account)s AND d.type = f.type AND d.object_id = f.object_id
                AND d.currency = f.currency
        )
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    {_NOTE} SELECT id, 'found', '', %(by)s, %(now)s FROM filed
"""  # noqa: S608 - made of constants alone
# The rule with the lowest priority that lets the difference pass. What still stands in clearing is written off one by
# one; see `rules`.
_LET_PASS = f"""
    WITH passed AS (
        UPDATE reconciliation_discrepancy d SET status = 'accepted', closed_at = %(now)s, rule = r.name
        FROM (
            SELECT DISTINCT ON (d.id) d.id, r.name
            FROM reconciliation_discrepancy d JOIN reconciliation_matchrule r
                ON r.account_id = d.account_id AND r.is_active AND r.action = 'allow_difference'
                AND r.discrepancy_type = d.type AND r.currency IN ('', d.currency)
                AND abs(d.amount_minor) <= r.tolerance_minor
            WHERE d.account_id = %(account)s AND d.status = 'open' AND NOT EXISTS (
                SELECT 1 FROM billing_posting g JOIN billing_ledgeraccount a ON a.id = g.account_id
                WHERE a.account_id = d.account_id AND a.kind IN ('stripe_clearing', 'in_transit')
                    AND g.reference = d.object_id
                GROUP BY a.id HAVING sum(g.amount_minor) <> 0
            )
            ORDER BY d.id, r.priority, r.id
        ) r
        WHERE d.id = r.id AND d.status = 'open'
        RETURNING d.id, r.name
    )
    {_NOTE} SELECT id, 'action', 'Let pass by the rule “' || name || '”.', %(by)s, %(now)s FROM passed
"""  # noqa: S608 - made of constants alone


def file(run: Run) -> None:
    """Write what `matching.find` has found for this run; the same findings again change nothing."""
    values: dict[str, Any] = {"account": run.account_id, "run": run.pk, "now": clock.now(), "by": run.by}
    with transaction.atomic(), connection.cursor() as cursor:
        counts = []
        for statement in (_SETTLE, _CHANGE, _FILE, _LET_PASS):
            cursor.execute(statement, values)
            counts.append(cursor.rowcount)
        settled, _, filed, _ = counts
        Run.objects.filter(pk=run.pk).update(discrepancies_found=filed, discrepancies_settled=settled)


def open_but_timing(run: Run) -> QuerySet[Discrepancy]:
    """What somebody has to look at, of the run's account."""
    waiting = Discrepancy.objects.filter(account=run.account, status=Discrepancy.Status.OPEN)
    return waiting.exclude(type=Discrepancy.Type.TIMING).order_by("type", "object_id")
