"""Fees of charges against the tariff of their method and currency; without a tariff a fee is not checked.

Halves are rounded up; a fee may lie anywhere between the tariff and its surcharge.
"""

# Lines that a tariff of their currency does not explain; mostly none.
_OUTSIDE = """
    CREATE TEMPORARY TABLE outside ON COMMIT DROP AS
    SELECT l.id, t.method, x.least, x.most
    FROM (
        SELECT *, coalesce(lead(valid_from) OVER (PARTITION BY method, currency ORDER BY valid_from), 'infinity')
            AS valid_to
        FROM reconciliation_tariff WHERE account_id = %(account)s
    ) t
    JOIN reconciliation_statementline l ON l.currency = t.currency
        AND (l.stripe_created_at AT TIME ZONE %(zone)s)::date >= t.valid_from
        AND (l.stripe_created_at AT TIME ZONE %(zone)s)::date < t.valid_to
    CROSS JOIN LATERAL (
        SELECT
            least(greatest((l.amount_minor * t.basis_points + 5000) / 10000 + t.fixed_minor, t.floor_minor),
                coalesce(t.cap_minor, 9223372036854775807)) AS least,
            least(greatest((l.amount_minor * (t.basis_points + t.extra_basis_points) + 5000) / 10000 + t.fixed_minor,
                t.floor_minor), coalesce(t.cap_minor, 9223372036854775807)) AS most
    ) x
    WHERE l.account_id = %(account)s AND l.type IN ('charge', 'payment') AND l.missing_since IS NULL
        AND l.stripe_created_at >= %(since)s AND (l.fee_minor < x.least OR l.fee_minor > x.most)
"""
_COMPARE = """
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs)
    SELECT 'fee', l.source_id, l.currency,
        CASE WHEN l.fee_minor > o.most THEN l.fee_minor - o.most ELSE l.fee_minor - o.least END,
        jsonb_build_object(
            'id', p.public_id, 'amount', p.amount_received_minor, 'fee', o.least, 'currency', p.currency,
            'method', o.method
        ),
        jsonb_build_object(
            'id', l.stripe_id, 'amount', l.amount_minor, 'fee', l.fee_minor, 'currency', l.currency,
            'date', l.stripe_created_at
        )
    FROM outside o
    JOIN reconciliation_statementline l ON l.id = o.id
    JOIN payments_payment p ON p.latest_charge_id = l.source_id AND p.account_id = %(account)s
    JOIN payments_paymentmethod m ON m.id = p.payment_method_id AND m.kind = o.method
    WHERE NOT EXISTS (SELECT 1 FROM found f WHERE f.object_id = l.source_id)
    ON CONFLICT DO NOTHING
"""
STATEMENTS = (_OUTSIDE, "ANALYZE outside", _COMPARE)
