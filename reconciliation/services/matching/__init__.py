"""What does not agree among documents, books, Stripe's lines and payouts: found in SQL, one row a cause.

The findings go to a temporary table of the session, from where `filing` takes them. The order of the families matters:
what one has found is no finding of a later one.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from reconciliation.models import Run
from reconciliation.services import reading
from reconciliation.services.matching import books, charges, disputes, fees, lines, payouts, refunds

# Stripe's line and its event may be so far apart.
GRACE = timedelta(days=1)

_TABLE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS found (
        type text NOT NULL, object_id text NOT NULL, currency text NOT NULL, amount_minor bigint NOT NULL,
        ours jsonb NOT NULL DEFAULT '{}', theirs jsonb NOT NULL DEFAULT '{}', expected_on date,
        PRIMARY KEY (object_id, type, currency)
    )
"""
# The plans are simple, so that compiling them takes longer than what it saves.
QUICK = "SET LOCAL jit = off"
# Few lines are none of a charge.
_OTHERS = """
    CREATE TEMPORARY TABLE other_line ON COMMIT DROP AS
    SELECT * FROM reconciliation_statementline
    WHERE account_id = %(account)s AND NOT (type IN ('charge', 'payment')) AND missing_since IS NULL
"""
# Brought together by a rule or a person: agreed, as long as nothing is left of it in the books.
_MATCHED = """
    DELETE FROM found WHERE type <> 'fee' AND object_id IN (
        SELECT reference FROM reconciliation_matcheddocument WHERE is_active
        UNION ALL
        SELECT unnest(ARRAY[l.source_id, l.stripe_id]) FROM reconciliation_matchedline m
        JOIN reconciliation_statementline l ON l.id = m.line_id WHERE m.is_active
    )
"""
_FAMILIES = (charges, refunds, disputes, lines, payouts, fees)
_DOCUMENTS = [statement for family in _FAMILIES for statement in family.STATEMENTS]
_STATEMENTS = (_OTHERS, "ANALYZE other_line", *_DOCUMENTS, _MATCHED, *books.STATEMENTS)


def find(run: Run, held: Mapping[str, int]) -> int:
    """Fill the table `found` with all that does not agree now: how many. `held`: Stripe's balance by currency."""
    values = parameters(run)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(QUICK)
        cursor.execute(_TABLE)
        cursor.execute("TRUNCATE found")
        for statement in _STATEMENTS:
            cursor.execute(statement, values)
        books.find_gaps(cursor, held, values)
        cursor.execute("SELECT count(*) FROM found")
        ((count,),) = cursor.fetchall()
    return int(count)


def parameters(run: Run) -> dict[str, Any]:
    """What every statement may name."""
    return {
        "account": run.account_id,
        "entity": run.account.legal_entity_id,
        "zone": run.account.legal_entity.time_zone,
        "since": reading.books_begin(run.account),
        "due": run.started_at - GRACE,
        "now": run.started_at,
        "grace": GRACE,
    }
