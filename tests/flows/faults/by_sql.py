"""Faults in our tables: rows changed behind everybody's back, as superuser, with triggers off."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg

from tests.flows.faults.planting import HALF, Fault, Ground
from tests.flows.faults.shop import FEES_DAY

Cursor = psycopg.Cursor[Any]


def plant(ground: Ground, database_url: str) -> list[Fault]:
    """Three of each type but timing."""
    with _tampering(database_url) as cursor:
        return [fault for sow in _ALL for fault in sow(ground, cursor)]


def plant_timing(ground: Ground, database_url: str) -> list[Fault]:
    """Payments of this hour of which Stripe knows nothing yet."""
    with _tampering(database_url) as cursor:
        return [
            Fault("timing", _invented(cursor, sale.intent, "timing", is_new=True), -sale.amount_minor)
            for sale in ground.sales()
        ]


@contextmanager
def _tampering(database_url: str) -> Iterator[Cursor]:
    """A cursor that no trigger and no foreign key hears."""
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield cursor


def _one(cursor: Cursor, statement: str, *values: object) -> Any:
    return cursor.execute(statement, values).fetchone()


def _invented(cursor: Cursor, like: str, word: str, *, is_new: bool = False, charge: str = "") -> str:
    """A payment that never was, like another one; its charge."""
    (last,) = _one(cursor, "SELECT max(id) FROM payments_payment")
    made = {
        "id": last + 1_000_000,
        "public_id": f"pay_{word:x<8}{last:014d}",
        "stripe_id": f"pi_{word}{last}",
        "latest_charge_id": charge or f"ch_{word}{last}",
    }
    if is_new:
        (newest,) = _one(cursor, "SELECT max(succeeded_at) FROM payments_payment")
        made["succeeded_at"] = (newest - timedelta(minutes=1)).isoformat()
    cursor.execute(
        """INSERT INTO payments_payment SELECT (jsonb_populate_record(p, %s)).*
           FROM payments_payment p WHERE stripe_id = %s""",
        (json.dumps(made), like),
    )
    return str(made["latest_charge_id"])


def _missing_at_stripe(ground: Ground, cursor: Cursor) -> Iterator[Fault]:
    for sale in ground.sales():
        yield Fault("missing_at_stripe", _invented(cursor, sale.intent, "lost"), -sale.amount_minor)


def _missing_here(ground: Ground, cursor: Cursor) -> Iterator[Fault]:
    for sale in ground.sales():
        (key,) = _one(cursor, "SELECT id FROM payments_payment WHERE stripe_id = %s", sale.intent)
        cursor.execute("UPDATE billing_invoicepayment SET payment_id = NULL WHERE payment_id = %s", (key,))
        cursor.execute("DELETE FROM payments_paymentattempt WHERE payment_id = %s", (key,))
        cursor.execute("DELETE FROM payments_payment WHERE id = %s", (key,))
        yield Fault("missing_here", sale.charge, sale.amount_minor)


def _amount(ground: Ground, cursor: Cursor) -> Iterator[Fault]:
    for sale in ground.sales():
        cursor.execute(
            "UPDATE payments_payment SET amount_received_minor = amount_received_minor + 200 WHERE stripe_id = %s",
            (sale.intent,),
        )
        yield Fault("amount", sale.charge, -200)


def _currency(ground: Ground, cursor: Cursor) -> Iterator[Fault]:
    for sale in ground.sales():
        cursor.execute("UPDATE payments_payment SET currency = 'chf' WHERE stripe_id = %s", (sale.intent,))
        yield Fault("currency", sale.charge, sale.amount_minor)


def _fee(ground: Ground, cursor: Cursor) -> Iterator[Fault]:
    """The tariff of a day's dollars is 50 cents too high."""
    day = FEES_DAY
    sales = [sale for sale in ground.shop.sales if sale.currency == "usd" and sale.day == day]
    (today,) = _one(cursor, "SELECT succeeded_at::date FROM payments_payment WHERE stripe_id = %s", sales[0].intent)
    (right,) = _one(cursor, "SELECT id FROM reconciliation_tariff WHERE method = 'card' AND currency = 'usd'")
    for made in (
        {"id": right + 100, "valid_from": today.isoformat(), "fixed_minor": 80},
        {"id": right + 101, "valid_from": (today + timedelta(days=1)).isoformat()},
    ):
        cursor.execute(
            """INSERT INTO reconciliation_tariff SELECT (jsonb_populate_record(t, %s)).*
               FROM reconciliation_tariff t WHERE id = %s""",
            (json.dumps(made), right),
        )
    for sale in sales:
        ground.shop.taken.add(sale.charge)
        yield Fault("fee", sale.charge, -50)


def _duplicate(ground: Ground, cursor: Cursor) -> Iterator[Fault]:
    for sale in ground.sales():
        _invented(cursor, sale.intent, "twice", charge=sale.charge)
        yield Fault("duplicate", sale.charge, -sale.amount_minor)


def _status(ground: Ground, cursor: Cursor) -> Iterator[Fault]:
    for sale in ground.sales():
        cursor.execute("UPDATE payments_payment SET status = 'processing' WHERE stripe_id = %s", (sale.intent,))
        yield Fault("status", sale.charge, sale.amount_minor)


def _orphan_refund(ground: Ground, cursor: Cursor) -> Iterator[Fault]:
    for refund in list(ground.shop.refunds.values())[:HALF]:
        (amount,) = _one(cursor, "DELETE FROM payments_refund WHERE stripe_id = %s RETURNING amount_minor", refund)
        yield Fault("orphan_refund", refund, -amount)


def _dispute_not_booked(ground: Ground, cursor: Cursor) -> Iterator[Fault]:
    for dispute in list(ground.shop.disputes.values())[:HALF]:
        (amount,) = _one(cursor, "DELETE FROM payments_dispute WHERE stripe_id = %s RETURNING amount_minor", dispute)
        yield Fault("dispute_not_booked", dispute, -amount)


def _payout_not_complete(ground: Ground, cursor: Cursor) -> Iterator[Fault]:
    """A line of one of the oldest payouts of each currency has lost its link."""
    for currency in ("eur", "jpy", "usd"):
        payout, line, net = _one(
            cursor,
            """SELECT p.stripe_id, l.id, l.net_minor
               FROM reconciliation_payout p JOIN reconciliation_statementline l ON l.payout_id = p.id
               WHERE p.currency = %s AND l.type = 'charge' ORDER BY p.stripe_created_at, l.id LIMIT 1""",
            currency,
        )
        cursor.execute("UPDATE reconciliation_statementline SET payout_id = NULL WHERE id = %s", (line,))
        yield Fault("payout_not_complete", payout, -net)


def _exchange_difference(ground: Ground, cursor: Cursor) -> Iterator[Fault]:
    for sale in ground.sales(currency="gbp"):
        amount, expected = _one(
            cursor,
            """UPDATE reconciliation_statementline SET exchange_rate = 1.3 WHERE source_id = %s
               RETURNING amount_minor, round(%s * 1.3)""",
            sale.charge,
            sale.amount_minor,
        )
        yield Fault("exchange_difference", sale.charge, amount - int(expected))


def _unknown_line_type(ground: Ground, cursor: Cursor) -> Iterator[Fault]:
    for line in ground.shop.fee_lines:
        (amount,) = _one(
            cursor,
            "UPDATE reconciliation_statementline SET type = 'future_fee' WHERE stripe_id = %s RETURNING amount_minor",
            line,
        )
        yield Fault("unknown_line_type", line, amount)


_ALL: list[Callable[[Ground, Cursor], Iterator[Fault]]] = [
    _missing_at_stripe,
    _missing_here,
    _amount,
    _currency,
    _fee,
    _duplicate,
    _status,
    _orphan_refund,
    _dispute_not_booked,
    _payout_not_complete,
    _exchange_difference,
    _unknown_line_type,
]
