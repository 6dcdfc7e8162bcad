"""Payouts against their lines and their arrival."""

_INCOMPLETE = """
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs)
    SELECT 'payout_not_complete', p.stripe_id, p.currency, s.net - p.amount_minor,
        jsonb_build_object('id', p.public_id, 'lines', s.count, 'net', s.net, 'currency', p.currency),
        jsonb_build_object(
            'id', p.stripe_id, 'amount', p.amount_minor, 'currency', p.currency, 'status', p.status,
            'date', p.arrival_date
        )
    FROM reconciliation_payout p
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(l.net_minor), 0)::bigint AS net, count(*) AS count
        FROM reconciliation_statementline l
        WHERE l.payout_id = p.id AND l.source_id <> p.stripe_id AND l.missing_since IS NULL
    ) s
    WHERE p.account_id = %(account)s AND p.is_automatic AND p.lines_read_at IS NOT NULL AND s.net <> p.amount_minor
        AND p.stripe_created_at >= %(since)s
    ON CONFLICT DO NOTHING
"""
# The line of the payout itself, which takes it out of the balance; of one from before the books, what brings it back.
_UNPAIRED = """
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs, expected_on)
    SELECT
        CASE
            WHEN coalesce(p.stripe_created_at, l.at) > %(due)s THEN 'timing'
            WHEN p.id IS NULL THEN 'missing_here'
            WHEN l.source_id IS NULL THEN 'missing_at_stripe'
            WHEN p.status IN ('failed', 'canceled') OR l.amount = 0 THEN 'status'
            ELSE 'amount'
        END,
        coalesce(p.stripe_id, l.source_id), coalesce(p.currency, l.currency),
        coalesce(l.amount, 0) - coalesce(p.wanted, 0),
        CASE WHEN p.id IS NULL THEN '{}' ELSE jsonb_build_object(
            'id', p.public_id, 'amount', -p.amount_minor, 'currency', p.currency, 'status', p.status,
            'date', p.stripe_created_at
        ) END,
        CASE WHEN l.source_id IS NULL THEN '{}' ELSE jsonb_build_object(
            'id', l.ids, 'amount', l.amount, 'currency', l.currency, 'date', l.at
        ) END,
        CASE WHEN coalesce(p.stripe_created_at, l.at) > %(due)s
            THEN ((coalesce(p.stripe_created_at, l.at) + %(grace)s) AT TIME ZONE %(zone)s)::date END
    FROM (
        SELECT *, CASE WHEN status IN ('failed', 'canceled') THEN amount_minor ELSE 0 END
            - CASE WHEN stripe_created_at >= %(since)s THEN amount_minor ELSE 0 END AS wanted
        FROM reconciliation_payout WHERE account_id = %(account)s
    ) p
    FULL JOIN (
        SELECT source_id, min(currency) AS currency, sum(amount_minor)::bigint AS amount, max(stripe_created_at) AS at,
            string_agg(stripe_id, ', ' ORDER BY id) AS ids
        FROM other_line
        WHERE type IN ('payout', 'payout_cancel', 'payout_failure') AND stripe_created_at >= %(since)s
        GROUP BY source_id
    ) l ON l.source_id = p.stripe_id
    WHERE p.id IS NULL OR (l.source_id IS NULL AND p.stripe_created_at >= %(since)s) OR l.amount <> p.wanted
    ON CONFLICT DO NOTHING
"""
_ON_THE_WAY = """
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs, expected_on)
    SELECT CASE WHEN p.arrival_date + interval '3 days' < %(now)s THEN 'status' ELSE 'timing' END,
        p.stripe_id, p.currency, p.amount_minor,
        jsonb_build_object('id', p.public_id, 'amount', 0, 'currency', p.currency, 'status', 'not at the bank'),
        jsonb_build_object(
            'id', p.stripe_id, 'amount', p.amount_minor, 'currency', p.currency, 'status', p.status,
            'date', p.stripe_created_at
        ),
        CASE WHEN p.arrival_date + interval '3 days' >= %(now)s
            THEN ((p.arrival_date + interval '3 days') AT TIME ZONE %(zone)s)::date END
    FROM reconciliation_payout p
    WHERE p.account_id = %(account)s AND p.status IN ('pending', 'in_transit')
    ON CONFLICT DO NOTHING
"""
STATEMENTS = (_INCOMPLETE, _UNPAIRED, _ON_THE_WAY)
