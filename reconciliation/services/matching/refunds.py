"""Refunds against their lines. One that failed has two lines, which take each other back.

Of one from before the books, only what came back since then is in them.
"""

from reconciliation.services.matching.conversion import ROUNDING, converted

_EXPECTED = converted("r.wanted", "l.rate", given="r.currency", settled="l.currency")
# Of lines that are converted at different rates, what was taken back does not come to zero.
_COMPARE = f"""
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs, expected_on)
    SELECT type, object_id, currency, amount_minor, ours, theirs,
        CASE WHEN type = 'timing' THEN ((at + %(grace)s) AT TIME ZONE %(zone)s)::date END
    FROM (
        SELECT
            CASE
                WHEN l.reference IS NULL AND r.at > %(due)s THEN 'timing'
                WHEN l.reference IS NULL THEN 'missing_at_stripe'
                WHEN l.at > %(due)s AND (r.reference IS NULL OR (r.wanted = 0) <> l.is_back) THEN 'timing'
                WHEN r.reference IS NULL THEN 'orphan_refund'
                WHEN (l.currency <> r.currency) <> (l.rate IS NOT NULL) THEN 'currency'
                WHEN (r.wanted = 0) <> l.is_back THEN 'status'
                WHEN l.surplus > 1 THEN 'duplicate'
                WHEN l.rate IS NOT NULL THEN 'exchange_difference'
                ELSE 'amount'
            END AS type,
            coalesce(l.reference, r.reference) AS object_id,
            coalesce(l.currency, r.currency) AS currency,
            CASE
                WHEN l.reference IS NULL THEN -r.wanted
                WHEN r.reference IS NULL OR (l.currency <> r.currency) <> (l.rate IS NOT NULL) THEN l.amount
                ELSE l.amount - x.expected
            END AS amount_minor,
            CASE WHEN r.reference IS NULL THEN '{{}}' ELSE jsonb_build_object(
                'id', r.public_id, 'amount', -r.amount_minor, 'currency', r.currency, 'status', r.status, 'date', r.at,
                'payment', r.payment, 'customer', r.customer
            ) END AS ours,
            CASE WHEN l.reference IS NULL THEN '{{}}' ELSE jsonb_build_object(
                'id', l.ids, 'amount', l.amount, 'currency', l.currency, 'date', l.at, 'lines', l.count,
                'exchange_rate', l.rate::text
            ) END AS theirs,
            coalesce(l.at, r.at) AS at
        FROM (
            SELECT r.stripe_id AS reference, r.public_id, r.status, r.amount_minor, r.currency,
                p.public_id AS payment, c.public_id AS customer, coalesce(r.stripe_created_at, r.created_at) AS at,
                CASE
                    WHEN coalesce(r.stripe_created_at, r.created_at) < %(since)s
                        THEN CASE WHEN r.status IN ('failed', 'canceled') THEN r.amount_minor ELSE 0 END
                    WHEN r.status IN ('pending', 'succeeded') THEN -r.amount_minor
                    ELSE 0
                END AS wanted
            FROM payments_refund r
            LEFT JOIN payments_payment p ON p.id = r.payment_id LEFT JOIN payments_customer c ON c.id = p.customer_id
            WHERE r.account_id = %(account)s AND r.stripe_id IS NOT NULL
        ) r
        FULL JOIN (
            SELECT source_id AS reference, min(currency) AS currency, sum(amount_minor)::bigint AS amount,
                count(*) AS count, sum(-sign(amount_minor)) AS surplus, sum(sign(amount_minor)) = 0 AS is_back,
                min(exchange_rate) AS rate, min(stripe_created_at) AS first_at, max(stripe_created_at) AS at,
                string_agg(stripe_id, ', ' ORDER BY id) AS ids
            FROM other_line
            WHERE type IN ('refund', 'payment_refund', 'refund_failure', 'payment_failure_refund')
                AND stripe_created_at >= %(since)s
            GROUP BY source_id
        ) l USING (reference)
        CROSS JOIN LATERAL (
            SELECT CASE WHEN l.rate IS NULL THEN r.wanted ELSE {_EXPECTED} END AS expected
        ) x
        WHERE CASE
            WHEN l.reference IS NULL THEN r.wanted <> 0 AND r.at >= %(since)s
            WHEN r.reference IS NULL THEN l.first_at >= %(since)s AND NOT l.is_back
            WHEN l.rate IS NULL THEN l.currency <> r.currency OR l.amount <> r.wanted
            WHEN r.wanted = 0 THEN NOT l.is_back
            ELSE l.currency = r.currency OR abs(l.amount - x.expected) > {ROUNDING}
        END
    ) differing
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - made of constants alone
STATEMENTS = (_COMPARE,)
