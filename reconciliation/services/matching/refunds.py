"""Refunds against their lines. One that failed has two lines, which take each other back."""

_COMPARE = """
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs, expected_on)
    SELECT type, object_id, currency, amount_minor, ours, theirs,
        CASE WHEN type = 'timing' THEN ((at + %(grace)s) AT TIME ZONE %(zone)s)::date END
    FROM (
        SELECT
            CASE
                WHEN l.source_id IS NULL AND r.at > %(due)s THEN 'timing'
                WHEN l.source_id IS NULL THEN 'missing_at_stripe'
                WHEN l.last_at > %(due)s AND (r.id IS NULL OR (r.wanted = 0) <> (l.amount = 0)) THEN 'timing'
                WHEN r.id IS NULL THEN 'orphan_refund'
                WHEN l.rate IS NULL AND (r.wanted = 0) <> (l.amount = 0) THEN 'status'
                WHEN l.rate IS NOT NULL AND r.wanted <> 0 AND l.amount = 0 THEN 'status'
                WHEN l.rate IS NOT NULL AND r.wanted = 0 AND l.count = 1 THEN 'status'
                WHEN (l.currency <> r.currency) <> (l.rate IS NOT NULL) THEN 'currency'
                WHEN l.rate IS NOT NULL THEN 'exchange_difference'
                ELSE 'amount'
            END AS type,
            coalesce(l.source_id, r.stripe_id) AS object_id,
            coalesce(l.currency, r.currency) AS currency,
            coalesce(l.amount, 0) - CASE WHEN l.currency <> r.currency THEN 0 ELSE coalesce(r.wanted, 0) END
                AS amount_minor,
            CASE WHEN r.id IS NULL THEN '{}' ELSE jsonb_build_object(
                'id', r.public_id, 'amount', -r.amount_minor, 'currency', r.currency, 'status', r.status, 'date', r.at,
                'payment', r.payment
            ) END AS ours,
            CASE WHEN l.source_id IS NULL THEN '{}' ELSE jsonb_build_object(
                'id', l.ids, 'amount', l.amount, 'currency', l.currency, 'date', l.last_at, 'lines', l.count,
                'exchange_rate', l.rate::text
            ) END AS theirs,
            coalesce(r.at, l.last_at) AS at, l.amount, l.rate, l.count, r.wanted
        FROM (
            SELECT r.*, p.public_id AS payment, coalesce(r.stripe_created_at, r.created_at) AS at,
                CASE WHEN r.status IN ('failed', 'canceled', 'rejected') THEN 0 ELSE -r.amount_minor END AS wanted
            FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
            WHERE r.account_id = %(account)s AND r.stripe_id IS NOT NULL
        ) r
        FULL JOIN (
            SELECT source_id, min(currency) AS currency, sum(amount_minor)::bigint AS amount, count(*) AS count,
                min(exchange_rate) AS rate, min(stripe_created_at) AS first_at, max(stripe_created_at) AS last_at,
                string_agg(stripe_id, ', ' ORDER BY id) AS ids
            FROM other_line
            WHERE type IN ('refund', 'payment_refund', 'refund_failure', 'payment_failure_refund')
            GROUP BY source_id
        ) l ON l.source_id = r.stripe_id
        WHERE CASE
            WHEN l.source_id IS NULL THEN r.status = 'succeeded' AND r.at >= %(since)s
            WHEN r.id IS NULL THEN l.first_at >= %(since)s AND l.amount <> 0
            WHEN l.rate IS NULL THEN l.currency <> r.currency OR l.amount <> r.wanted
            WHEN r.wanted = 0 THEN l.count = 1
            ELSE l.currency = r.currency OR abs(l.amount - round(r.wanted * l.rate)) > 1
        END
    ) differing
    ON CONFLICT DO NOTHING
"""
STATEMENTS = (_COMPARE,)
