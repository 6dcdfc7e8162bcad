"""What Stripe is expected to take, in SQL: by method, currency and day. Halves are rounded up.

A fee may lie anywhere between the tariff (`least`) and the tariff with its surcharge (`most`).
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from reconciliation.models import Tariff

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

# A tariff that need not be saved.
_GIVEN = """(SELECT %(method)s AS method, %(currency)s AS currency, %(basis_points)s::bigint AS basis_points,
    %(extra_basis_points)s::bigint AS extra_basis_points, %(fixed_minor)s::bigint AS fixed_minor,
    %(floor_minor)s::bigint AS floor_minor, %(cap_minor)s::bigint AS cap_minor, %(valid_from)s::date AS valid_from) t"""
_EXPECTED = f"""
    SELECT {LEAST}, {MOST} FROM unnest(%(amounts)s::bigint[]) WITH ORDINALITY AS l (amount_minor, place)
    CROSS JOIN {_GIVEN} ORDER BY l.place
"""  # noqa: S608 - made of constants alone
_OPEN_FEES = f"""
    SELECT count(DISTINCT d.id), count(DISTINCT d.id) FILTER (WHERE NOT {IS_OUTSIDE})
    FROM reconciliation_discrepancy d JOIN {_GIVEN} ON t.currency = d.currency AND t.method = d.ours ->> 'method'
    LEFT JOIN reconciliation_statementline l ON l.account_id = d.account_id AND l.source_id = d.object_id
        AND l.currency = t.currency AND l.type IN ('charge', 'payment')
        AND l.stripe_created_at >= t.valid_from::timestamp AT TIME ZONE %(zone)s
    WHERE d.account_id = %(account)s AND d.type = 'fee' AND d.status = 'open'
"""  # noqa: S608 - made of constants alone


def expected(tariff: Tariff, amounts_minor: Sequence[int]) -> list[tuple[int, int]]:
    """The least and the most that the tariff expects of charges of these sizes, in minor units."""
    return _ask(_EXPECTED, tariff, amounts=list(amounts_minor))


def open_fees(tariff: Tariff) -> tuple[int, int]:
    """(how many, how many of them it explains): the open fee discrepancies of its method and currency."""
    ((waiting, explained),) = _ask(_OPEN_FEES, tariff, zone=tariff.account.legal_entity.time_zone)
    return waiting, explained


def _ask(sql: str, tariff: Tariff, **more: Any) -> list[tuple[int, int]]:
    values = {field.attname: getattr(tariff, field.attname) for field in Tariff._meta.concrete_fields}
    with connection.cursor() as cursor:
        cursor.execute(sql, {**values, "account": tariff.account_id, **more})
        return [(first, second) for first, second in cursor.fetchall()]
