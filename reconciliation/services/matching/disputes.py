"""Disputes against their lines: what was withdrawn and given back since the books began, in the balance's currency."""

_COMPARE = """
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs, expected_on)
    SELECT type, object_id, currency, amount_minor, ours, theirs,
        CASE WHEN type = 'timing' THEN ((at + %(grace)s) AT TIME ZONE %(zone)s)::date END
    FROM (
        SELECT
            CASE
                WHEN l.source_id IS NULL AND d.at > %(due)s THEN 'timing'
                WHEN l.source_id IS NULL THEN 'missing_at_stripe'
                WHEN l.last_at > %(due)s THEN 'timing'
                ELSE 'dispute_not_booked'
            END AS type,
            coalesce(l.source_id, d.stripe_id) AS object_id,
            coalesce(l.currency, d.settlement_currency) AS currency,
            coalesce(l.amount, 0) - coalesce(d.moved, 0) AS amount_minor,
            CASE WHEN d.id IS NULL THEN '{}' ELSE jsonb_build_object(
                'id', d.public_id, 'amount', d.moved, 'currency', d.settlement_currency, 'status', d.status,
                'date', d.stripe_created_at
            ) END AS ours,
            CASE WHEN l.source_id IS NULL THEN '{}' ELSE jsonb_build_object(
                'id', l.ids, 'amount', l.amount, 'currency', l.currency, 'date', l.last_at, 'lines', l.count
            ) END AS theirs,
            coalesce(l.last_at, d.at) AS at
        FROM (
            SELECT *, coalesce(reinstated_at, withdrawn_at) AS at,
                CASE WHEN reinstated_at >= %(since)s THEN reinstated_minor ELSE 0 END
                    - CASE WHEN withdrawn_at >= %(since)s THEN withdrawn_minor ELSE 0 END AS moved
            FROM payments_dispute WHERE account_id = %(account)s
        ) d
        FULL JOIN (
            SELECT source_id, min(currency) AS currency, sum(amount_minor)::bigint AS amount, count(*) AS count,
                min(stripe_created_at) AS first_at, max(stripe_created_at) AS last_at,
                string_agg(stripe_id, ', ' ORDER BY id) AS ids
            FROM other_line
            WHERE type = 'adjustment'
                AND (source_id LIKE 'du\\_%%' OR source_id LIKE 'dp\\_%%') AND stripe_created_at >= %(since)s
            GROUP BY source_id
        ) l ON l.source_id = d.stripe_id
        WHERE CASE
            WHEN l.source_id IS NULL THEN (d.withdrawn_minor <> 0 OR d.reinstated_minor <> 0) AND d.at >= %(since)s
            WHEN d.id IS NULL THEN l.first_at >= %(since)s
            ELSE l.amount <> d.moved OR l.currency <> d.settlement_currency
        END
    ) differing
    ON CONFLICT DO NOTHING
"""
STATEMENTS = (_COMPARE,)
