"""Payments against the lines of their charges."""

from config.base.currencies import CURRENCIES

# A rate is told between major units' worth of minor units; currencies differ in how many there are.
_EXPONENTS = ", ".join(
    f"('{code}', {rule.exponent})" for code, rule in sorted(CURRENCIES.items()) if rule.exponent != 2
)
EXPONENTS = f"(VALUES {_EXPONENTS})"

# How far Stripe's rounding of a converted amount may lie from ours, in minor units.
ROUNDING = 1

_COMPARE = f"""
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs, expected_on)
    SELECT type, object_id, currency, amount_minor, ours, theirs,
        CASE WHEN type = 'timing' THEN ((at + %(grace)s) AT TIME ZONE %(zone)s)::date END
    FROM (
        SELECT
            CASE
                WHEN l.id IS NULL AND p.succeeded_at > %(due)s THEN 'timing'
                WHEN l.id IS NULL THEN 'missing_at_stripe'
                WHEN (p.id IS NULL OR p.status <> 'succeeded') AND l.stripe_created_at > %(due)s THEN 'timing'
                WHEN p.id IS NULL THEN 'missing_here'
                WHEN p.status <> 'succeeded' THEN 'status'
                WHEN (l.currency <> p.currency) <> (l.exchange_rate IS NOT NULL) THEN 'currency'
                WHEN l.exchange_rate IS NOT NULL THEN 'exchange_difference'
                ELSE 'amount'
            END AS type,
            coalesce(l.source_id, p.latest_charge_id) AS object_id,
            coalesce(l.currency, p.currency) AS currency,
            CASE
                WHEN l.id IS NULL THEN -p.amount_received_minor
                WHEN p.id IS NULL OR p.status <> 'succeeded' OR l.currency <> p.currency AND l.exchange_rate IS NULL
                    OR l.currency = p.currency AND l.exchange_rate IS NOT NULL THEN l.amount_minor
                WHEN l.exchange_rate IS NOT NULL THEN l.amount_minor - x.expected
                ELSE l.amount_minor - p.amount_received_minor
            END AS amount_minor,
            CASE WHEN p.id IS NULL THEN '{{}}' ELSE jsonb_build_object(
                'id', p.public_id, 'amount', p.amount_received_minor, 'currency', p.currency, 'status', p.status,
                'date', p.succeeded_at, 'payment_intent', p.stripe_id
            ) END AS ours,
            CASE WHEN l.id IS NULL THEN '{{}}' ELSE jsonb_build_object(
                'id', l.stripe_id, 'amount', l.amount_minor, 'fee', l.fee_minor, 'net', l.net_minor,
                'currency', l.currency, 'status', l.status, 'date', l.stripe_created_at, 'type', l.type,
                'exchange_rate', l.exchange_rate::text
            ) END AS theirs,
            coalesce(p.succeeded_at, l.stripe_created_at) AS at
        FROM (
            SELECT * FROM payments_payment
            WHERE account_id = %(account)s AND latest_charge_id <> ''
        ) p
        FULL JOIN (
            SELECT * FROM reconciliation_statementline
            WHERE account_id = %(account)s AND type IN ('charge', 'payment') AND missing_since IS NULL
        ) l ON l.source_id = p.latest_charge_id
        LEFT JOIN LATERAL (
            SELECT round(p.amount_received_minor * l.exchange_rate * 10.0 ^ (
                coalesce((SELECT e FROM {EXPONENTS} AS c(code, e) WHERE code = l.currency), 2)
                - coalesce((SELECT e FROM {EXPONENTS} AS c(code, e) WHERE code = p.currency), 2)
            ))::bigint AS expected
        ) x ON l.exchange_rate IS NOT NULL
        WHERE CASE
            WHEN l.id IS NULL THEN
                p.status = 'succeeded' AND p.amount_received_minor > 0
                AND coalesce(p.succeeded_at, p.created_at) >= %(since)s
            WHEN p.id IS NULL THEN l.stripe_created_at >= %(since)s
            WHEN p.status <> 'succeeded' THEN l.stripe_created_at >= %(since)s
            WHEN l.exchange_rate IS NOT NULL THEN
                l.currency = p.currency OR abs(l.amount_minor - x.expected) > {ROUNDING}
            ELSE l.currency <> p.currency OR l.amount_minor <> p.amount_received_minor
        END
    ) differing
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - made of constants alone

_LINES_TWICE = """
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs)
    SELECT 'duplicate', l.source_id, min(l.currency),
        sum(l.amount_minor) - (array_agg(l.amount_minor ORDER BY l.id))[1],
        '{}', jsonb_build_object(
            'id', string_agg(l.stripe_id, ', ' ORDER BY l.id), 'amount', sum(l.amount_minor),
            'currency', min(l.currency), 'date', max(l.stripe_created_at), 'lines', count(*)
        )
    FROM reconciliation_statementline l
    WHERE account_id = %(account)s AND type IN ('charge', 'payment') AND missing_since IS NULL AND source_id <> ''
    GROUP BY l.source_id HAVING count(*) > 1
    ON CONFLICT DO NOTHING
"""
_PAYMENTS_TWICE = """
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs)
    SELECT 'duplicate', p.latest_charge_id, min(p.currency),
        (array_agg(p.amount_received_minor ORDER BY p.id))[1] - sum(p.amount_received_minor),
        jsonb_build_object(
            'id', string_agg(p.public_id, ', ' ORDER BY p.id), 'amount', sum(p.amount_received_minor),
            'currency', min(p.currency), 'date', max(p.succeeded_at), 'payments', count(*)
        ), '{}'
    FROM payments_payment p
    WHERE account_id = %(account)s AND latest_charge_id <> ''
    GROUP BY p.latest_charge_id HAVING count(*) > 1
    ON CONFLICT DO NOTHING
"""
STATEMENTS = (_COMPARE, _LINES_TWICE, _PAYMENTS_TWICE)
