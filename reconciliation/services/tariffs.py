"""What Stripe is expected to take, in SQL: by method, currency and day. Halves are rounded up.

A fee may lie anywhere between the tariff (`least`) and the tariff with its surcharge (`most`).
"""

# Each tariff of the account with the moments between which it holds, by the legal entity's days. Without a window
# function, so that the parts of a parallel scan can join it.
PERIODS = """(
    SELECT t.*, t.valid_from::timestamp AT TIME ZONE %(zone)s AS begins,
        coalesce(min(next.valid_from), 'infinity')::timestamp AT TIME ZONE %(zone)s AS ends
    FROM reconciliation_tariff t LEFT JOIN reconciliation_tariff next
        ON next.account_id = t.account_id AND next.method = t.method AND next.currency = t.currency
        AND next.valid_from > t.valid_from
    WHERE t.account_id = %(account)s GROUP BY t.id
)"""
_BOUNDED = """least(
    greatest((l.amount_minor * ({points}) + 5000) / 10000 + t.fixed_minor, t.floor_minor),
    coalesce(t.cap_minor, 9223372036854775807)
)"""
# Of the tariff `t` for the line `l`.
LEAST = _BOUNDED.format(points="t.basis_points")
MOST = _BOUNDED.format(points="t.basis_points + t.extra_basis_points")
HOLDS = "t.currency = l.currency AND l.stripe_created_at >= t.begins AND l.stripe_created_at < t.ends"
IS_OUTSIDE = f"(l.fee_minor < {LEAST} OR l.fee_minor > {MOST})"
