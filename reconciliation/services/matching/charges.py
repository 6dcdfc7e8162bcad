"""Payments against the lines of their charges.

One pass over everything finds the charges that may differ; only these are looked at closely. So a day on which a
million payments agree costs little more than one join.
"""

from reconciliation.services import tariffs
from reconciliation.services.matching.conversion import ROUNDING, converted

_EXPECTED = converted("p.amount", "l.rate", given="p.currency", settled="l.currency")
_DIFFERING = f"""
    CREATE TEMPORARY TABLE suspect ON COMMIT DROP AS
    SELECT coalesce(l.source_id, p.latest_charge_id) AS reference
    FROM (
        SELECT latest_charge_id, status, amount_received_minor, currency
        FROM payments_payment WHERE account_id = %(account)s AND latest_charge_id <> ''
    ) p
    FULL JOIN (
        SELECT l.source_id, l.amount_minor, l.currency, l.exchange_rate, t.id AS tariff
        FROM reconciliation_statementline l
        LEFT JOIN {tariffs.PERIODS} t ON {tariffs.HOLDS} AND {tariffs.IS_OUTSIDE}
        WHERE l.account_id = %(account)s AND l.type IN ('charge', 'payment') AND l.missing_since IS NULL
    ) l ON l.source_id = p.latest_charge_id
    WHERE CASE WHEN l.source_id IS NULL THEN p.status = 'succeeded'
        ELSE p.status IS DISTINCT FROM 'succeeded' OR l.amount_minor <> p.amount_received_minor
            OR l.currency <> p.currency OR l.exchange_rate IS NOT NULL OR l.tariff IS NOT NULL
    END
"""  # noqa: S608 - made of constants alone
# Both are ordered by an index; what has two lines for a good reason is seen to agree below.
_TWICE = """
    INSERT INTO suspect
    SELECT source_id FROM reconciliation_statementline WHERE source_id <> '' GROUP BY source_id HAVING count(*) > 1
    UNION ALL
    SELECT latest_charge_id FROM payments_payment WHERE latest_charge_id <> ''
    GROUP BY latest_charge_id HAVING count(*) > 1
"""
# Several captures of one payment are several lines.
_COMPARE = f"""
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs, expected_on)
    SELECT type, object_id, currency, amount_minor, ours, theirs,
        CASE WHEN type = 'timing' THEN ((at + %(grace)s) AT TIME ZONE %(zone)s)::date END
    FROM (
        SELECT
            CASE
                WHEN l.reference IS NULL AND p.at > %(due)s THEN 'timing'
                WHEN l.reference IS NULL THEN 'missing_at_stripe'
                WHEN coalesce(p.count, 0) = 0 AND l.at > %(due)s THEN 'timing'
                WHEN p.status = 'processing' AND l.available_on > %(due)s THEN 'timing'
                WHEN p.reference IS NULL THEN 'missing_here'
                WHEN p.count = 0 THEN 'status'
                WHEN (l.currency <> p.currency) <> (l.rate IS NOT NULL) THEN 'currency'
                WHEN l.count > 1 OR p.count > 1 THEN 'duplicate'
                WHEN l.rate IS NOT NULL THEN 'exchange_difference'
                ELSE 'amount'
            END AS type,
            coalesce(l.reference, p.reference) AS object_id,
            coalesce(l.currency, p.currency) AS currency,
            CASE
                WHEN l.reference IS NULL THEN -p.amount
                WHEN coalesce(p.count, 0) = 0 OR (l.currency <> p.currency) <> (l.rate IS NOT NULL) THEN l.amount
                ELSE l.amount - x.expected
            END AS amount_minor,
            CASE WHEN p.reference IS NULL THEN '{{}}' ELSE jsonb_build_object(
                'id', p.ids, 'amount', p.amount, 'currency', p.currency, 'status', p.status, 'date', p.at,
                'payment_intent', p.intents, 'customer', p.customer
            ) END AS ours,
            CASE WHEN l.reference IS NULL THEN '{{}}' ELSE jsonb_build_object(
                'id', l.ids, 'amount', l.amount, 'fee', l.fee, 'net', l.amount - l.fee,
                'currency', l.currency, 'date', l.at, 'type', l.type,
                'status', CASE WHEN l.available_on > %(now)s THEN 'pending' ELSE 'available' END,
                'exchange_rate', l.rate::text
            ) END AS theirs,
            CASE WHEN p.status = 'processing' THEN l.available_on ELSE coalesce(l.at, p.at) END AS at
        FROM (
            SELECT p.latest_charge_id AS reference, count(*) FILTER (WHERE p.status = 'succeeded') AS count,
                sum(CASE WHEN p.status = 'succeeded' THEN p.amount_received_minor ELSE 0 END)::bigint AS amount,
                min(p.currency) AS currency, min(p.status) AS status, min(c.public_id) AS customer,
                max(coalesce(p.succeeded_at, p.stripe_created_at, p.created_at)) AS at,
                string_agg(p.public_id, ', ' ORDER BY p.id) AS ids,
                string_agg(p.stripe_id, ', ' ORDER BY p.id) AS intents
            FROM payments_payment p LEFT JOIN payments_customer c ON c.id = p.customer_id
            WHERE p.account_id = %(account)s AND p.latest_charge_id IN (SELECT reference FROM suspect)
            GROUP BY p.latest_charge_id
        ) p
        FULL JOIN (
            SELECT source_id AS reference, count(*) AS count, sum(amount_minor)::bigint AS amount,
                sum(fee_minor)::bigint AS fee, min(currency) AS currency, min(exchange_rate) AS rate,
                min(type) AS type, max(stripe_created_at) AS at, max(available_on) AS available_on,
                string_agg(stripe_id, ', ' ORDER BY id) AS ids
            FROM reconciliation_statementline
            WHERE account_id = %(account)s AND type IN ('charge', 'payment') AND missing_since IS NULL
                AND source_id IN (SELECT reference FROM suspect)
            GROUP BY source_id
        ) l USING (reference)
        CROSS JOIN LATERAL (
            SELECT CASE WHEN l.rate IS NULL THEN p.amount ELSE {_EXPECTED} END AS expected
        ) x
        WHERE CASE
            WHEN l.reference IS NULL THEN p.amount > 0 AND p.at >= %(since)s
            WHEN coalesce(p.count, 0) = 0 THEN l.amount <> 0 AND l.at >= %(since)s
            WHEN l.rate IS NOT NULL THEN
                l.currency = p.currency OR abs(l.amount - x.expected) > {ROUNDING} * l.count
            ELSE l.currency <> p.currency OR l.amount <> p.amount
        END
    ) differing
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - made of constants alone
STATEMENTS = (_DIFFERING, _TWICE, "ANALYZE suspect", _COMPARE)
