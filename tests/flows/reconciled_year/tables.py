"""What two companies that saw the same year have in common: what does not hang on moments and chance."""

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
    "entries": """
        SELECT coalesce(invoice.stripe_id, entry.source), entry.kind, entry.effective_date, entry.note
        FROM billing_entry entry LEFT JOIN billing_invoice invoice ON invoice.public_id = entry.source
        ORDER BY 1, 2
    """,
    "postings": """
        SELECT coalesce(invoice.stripe_id, entry.source), entry.kind, account.kind, account.currency,
            posting.amount_minor, customer.stripe_id, posting.reference, posting.document, posting.line
        FROM billing_posting posting
        JOIN billing_entry entry ON entry.id = posting.entry_id
        JOIN billing_ledgeraccount account ON account.id = posting.account_id
        LEFT JOIN payments_customer customer ON customer.id = posting.customer_id
        LEFT JOIN billing_invoice invoice ON invoice.public_id = entry.source
        ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    """,
    "discrepancies": """
        SELECT type, object_id, currency, amount_minor, status, expected_on, times_opened, ours - 'id', theirs
        FROM reconciliation_discrepancy ORDER BY 1, 2, 3
    """,
}


def contents(database_url: str) -> dict[str, list[str]]:
    """Each table's rows as PostgreSQL writes them."""
    with psycopg.connect(database_url) as connection:
        return {name: _copied(connection, query) for name, query in _TABLES.items()}


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> list[str]:
    """The rows that only one of them has: `-` of the first, `+` of the other."""
    told = []
    for table in _TABLES:
        told += [f"{table} - {row}" for row in sorted(set(one[table]) - set(other[table]))]
        told += [f"{table} + {row}" for row in sorted(set(other[table]) - set(one[table]))]
    return told


def _copied(connection: psycopg.Connection, query: str) -> list[str]:
    with connection.cursor().copy(f"COPY ({query}) TO STDOUT") as copy:
        return b"".join(bytes(part) for part in copy).decode().splitlines()
