"""Fees of charges against the tariff of their method and currency; without a tariff a fee is not checked.

Halves are rounded up; a fee may lie anywhere between the tariff and its surcharge.
"""

_OUTSIDE = """
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs)
    SELECT 'fee', source_id, currency,
        CASE WHEN fee_minor > most THEN fee_minor - most ELSE fee_minor - least END,
        jsonb_build_object('id', public_id, 'amount', amount_minor, 'currency', currency, 'expected', least),
        jsonb_build_object(
            'id', stripe_id, 'amount', amount_minor, 'fee', fee_minor, 'currency', currency, 'date', stripe_created_at
        )
    FROM (
        SELECT l.*, p.public_id AS payment,
            least(greatest((l.amount_minor * t.basis_points + 5000) / 10000 + t.fixed_minor, t.floor_minor),
                coalesce(t.cap_minor, 9223372036854775807)) AS least,
            least(greatest((l.amount_minor * (t.basis_points + t.extra_basis_points) + 5000) / 10000 + t.fixed_minor,
                t.floor_minor), coalesce(t.cap_minor, 9223372036854775807)) AS most
        FROM (
            SELECT *, coalesce(lead(valid_from) OVER (PARTITION BY method, currency ORDER BY valid_from), 'infinity')
                AS valid_to
            FROM reconciliation_tariff WHERE account_id = %(account)s
        ) t
        JOIN reconciliation_statementline l ON l.currency = t.currency AND l.account_id = %(account)s
            AND l.type IN ('charge', 'payment') AND l.missing_since IS NULL AND l.stripe_created_at >= %(since)s
            AND (l.stripe_created_at AT TIME ZONE %(zone)s)::date >= t.valid_from
            AND (l.stripe_created_at AT TIME ZONE %(zone)s)::date < t.valid_to
        JOIN payments_payment p ON p.latest_charge_id = l.source_id AND p.account_id = %(account)s
        JOIN payments_paymentmethod m ON m.id = p.payment_method_id AND m.kind = t.method
    ) checked
    WHERE (fee_minor < least OR fee_minor > most)
        AND NOT EXISTS (SELECT 1 FROM found WHERE object_id = source_id)
    ON CONFLICT DO NOTHING
"""
STATEMENTS = (_OUTSIDE,)
