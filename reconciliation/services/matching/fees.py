"""Fees of charges against the tariff of their method and currency; without a tariff a fee is not checked."""

from reconciliation.services import tariffs

# Lines whose fee some tariff of their currency does not explain are among the suspects.
_COMPARE = f"""
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs)
    SELECT 'fee', l.source_id, l.currency,
        l.fee_minor - CASE WHEN l.fee_minor > {tariffs.MOST} THEN {tariffs.MOST} ELSE {tariffs.LEAST} END,
        jsonb_build_object(
            'id', p.public_id, 'amount', p.amount_received_minor, 'fee', {tariffs.LEAST}, 'currency', p.currency,
            'method', t.method
        ),
        jsonb_build_object(
            'id', l.stripe_id, 'amount', l.amount_minor, 'fee', l.fee_minor, 'currency', l.currency,
            'date', l.stripe_created_at
        )
    FROM reconciliation_statementline l
    JOIN payments_payment p ON p.latest_charge_id = l.source_id AND p.account_id = %(account)s
    JOIN payments_paymentmethod m ON m.id = p.payment_method_id
    JOIN {tariffs.PERIODS} t ON t.method = m.kind AND {tariffs.HOLDS}
    WHERE l.account_id = %(account)s AND l.source_id IN (SELECT reference FROM suspect)
        AND l.type IN ('charge', 'payment') AND l.missing_since IS NULL AND l.stripe_created_at >= %(since)s
        AND {tariffs.IS_OUTSIDE} AND NOT EXISTS (SELECT 1 FROM found f WHERE f.object_id = l.source_id)
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - made of constants alone
STATEMENTS = (_COMPARE,)
