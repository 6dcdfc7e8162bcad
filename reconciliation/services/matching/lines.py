"""Lines whose type we do not know to book, and which nobody has booked yet."""

from reconciliation.services import line_types

_KNOWN = ", ".join(
    f"'{type_}'" for type_ in sorted(line_types.CLEARED | line_types.PAYOUTS | line_types.FEES | line_types.HELD)
)

_UNKNOWN = f"""
    INSERT INTO found (type, object_id, currency, amount_minor, ours, theirs)
    SELECT 'unknown_line_type', l.stripe_id, l.currency, l.net_minor, '{{}}', jsonb_build_object(
        'id', l.stripe_id, 'type', l.type, 'amount', l.amount_minor, 'fee', l.fee_minor, 'net', l.net_minor,
        'currency', l.currency, 'date', l.stripe_created_at, 'description', l.description, 'source', l.source_id
    )
    FROM other_line l
    WHERE l.stripe_created_at >= %(since)s
        AND l.type NOT IN ({_KNOWN})
        AND NOT (l.type = 'adjustment' AND (
            l.source_id LIKE 'du\\_%%' OR l.source_id LIKE 'dp\\_%%' OR l.reporting_category = 'fee'
        ))
        AND NOT (l.is_posted AND EXISTS (
            SELECT 1 FROM billing_entry e WHERE e.source = l.stripe_id AND e.kind LIKE 'booked%%'
        ))
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - made of constants alone
STATEMENTS = (_UNKNOWN,)
