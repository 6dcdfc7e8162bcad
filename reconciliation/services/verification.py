"""All that is wrong in the books: what billing can tell of its documents, and what Stripe's lines and payouts say."""

from collections.abc import Iterator

from billing.services.ledger import verification
from billing.services.ledger.verification import Finding
from config.base.models import LegalEntity, StripeAccount
from reconciliation.services import posting

_CHECKS = {
    "lines": """
        SELECT l.stripe_id, 'moved ' || l.net_minor || ', booked ' || coalesce(b.amount, 0)
        FROM reconciliation_statementline l
        JOIN base_stripeaccount s ON s.id = l.account_id AND s.legal_entity_id = %(entity)s
        LEFT JOIN LATERAL (
            SELECT sum(g.amount_minor) AS amount FROM billing_entry e
            JOIN billing_posting g ON g.entry_id = e.id JOIN billing_ledgeraccount a ON a.id = g.account_id
            WHERE e.source = l.stripe_id AND a.kind = 'stripe_balance'
        ) b ON true
        WHERE l.is_posted AND l.stripe_created_at >= %(since)s
            AND coalesce(b.amount, 0) <> CASE WHEN l.missing_since IS NULL THEN l.net_minor ELSE 0 END
    """,
    "payouts": """
        SELECT p.stripe_id, p.status || ' ' || p.amount_minor || ', at the bank ' || coalesce(b.amount, 0)
        FROM reconciliation_payout p
        JOIN base_stripeaccount s ON s.id = p.account_id AND s.legal_entity_id = %(entity)s
        LEFT JOIN LATERAL (
            SELECT sum(g.amount_minor) AS amount FROM billing_entry e
            JOIN billing_posting g ON g.entry_id = e.id JOIN billing_ledgeraccount a ON a.id = g.account_id
            WHERE e.source = p.stripe_id AND a.kind = 'bank'
        ) b ON true
        WHERE p.arrival_date >= %(since)s
            AND coalesce(b.amount, 0) <> CASE WHEN p.status = 'paid' THEN p.amount_minor ELSE 0 END
    """,
    "without a line": """
        SELECT e.public_id, 'there is no ' || e.source FROM billing_entry e
        WHERE e.legal_entity_id = %(entity)s AND CASE split_part(e.source, '_', 1)
            WHEN 'txn' THEN NOT EXISTS (SELECT 1 FROM reconciliation_statementline WHERE stripe_id = e.source)
            WHEN 'po' THEN NOT EXISTS (SELECT 1 FROM reconciliation_payout WHERE stripe_id = e.source)
            WHEN 'disc' THEN NOT EXISTS (SELECT 1 FROM reconciliation_discrepancy WHERE public_id = e.source)
            WHEN 'match' THEN NOT EXISTS (SELECT 1 FROM reconciliation_match WHERE public_id = e.source)
            ELSE split_part(e.source, '_', 1) NOT IN ('pi', 're', 'pyr', 'du', 'dp', 'in', 'inv', 'cn', 'account') END
    """,
    "decisions": """
        SELECT n.object, 'its decision has no entry any more' FROM (
            SELECT d.public_id AS object FROM reconciliation_discrepancy d
            JOIN base_stripeaccount s ON s.id = d.account_id AND s.legal_entity_id = %(entity)s
            WHERE d.type = 'prepayment' AND d.status = 'accepted'
                AND NOT EXISTS (SELECT 1 FROM billing_entry e WHERE e.source = d.public_id)
        ) n
    """,
}


def findings(legal_entity: LegalEntity) -> Iterator[Finding]:
    """Check by check; none when the books are whole."""
    yield from verification.findings(legal_entity)
    yield from verification.queried(legal_entity, _CHECKS)
    for account in StripeAccount.objects.filter(legal_entity=legal_entity).order_by("pk"):
        for stripe_id in posting.wrong(account):
            yield Finding("lines", stripe_id, "it is booked otherwise than it calls for")
