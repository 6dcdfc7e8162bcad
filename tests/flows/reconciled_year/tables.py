"""What two companies that saw the same year have in common, as bytes: what does not hang on moments and chance."""

import psycopg

_TABLES = {
    "lines": """
        SELECT line.stripe_id, line.type, line.amount_minor, line.fee_minor, line.net_minor, line.currency,
            line.exchange_rate, line.source_id, line.available_on, line.is_posted, line.missing_since, payout.stripe_id
        FROM reconciliation_statementline line LEFT JOIN reconciliation_payout payout ON payout.id = line.payout_id
        ORDER BY line.stripe_id
    """,
    "payouts": """
        SELECT stripe_id, status, amount_minor, currency, reconciliation_status, lines_read_at IS NULL
        FROM reconciliation_payout ORDER BY stripe_id
    """,
    "entries": "SELECT source, kind, effective_date, note FROM billing_entry ORDER BY source, kind",
    "postings": """
        SELECT entry.source, entry.kind, account.kind, account.currency, posting.amount_minor, customer.stripe_id,
            posting.reference, posting.document, posting.line
        FROM billing_posting posting
        JOIN billing_entry entry ON entry.id = posting.entry_id
        JOIN billing_ledgeraccount account ON account.id = posting.account_id
        LEFT JOIN payments_customer customer ON customer.id = posting.customer_id
        ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    """,
    "discrepancies": """
        SELECT type, object_id, currency, amount_minor, status, expected_on, times_opened, ours - 'id', theirs
        FROM reconciliation_discrepancy ORDER BY 1, 2, 3
    """,
}


def contents(database_url: str) -> dict[str, bytes]:
    """Each table as PostgreSQL writes it."""
    with psycopg.connect(database_url) as connection:
        return {name: _copied(connection, query) for name, query in _TABLES.items()}


def _copied(connection: psycopg.Connection, query: str) -> bytes:
    with connection.cursor().copy(f"COPY ({query}) TO STDOUT") as copy:
        return b"".join(bytes(part) for part in copy)
