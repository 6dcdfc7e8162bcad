"""The balance: one balance transaction for every movement of money.

Charges settle in their own currency, as if the account had a bank account for each. The tariff:
cards 2.9 % + 30, 1.5 % more for cards issued abroad; ACH debits 0.8 %, at most 500; SEPA debits
0.8 % + 30, at most 600; Bacs debits 1 %, at least 20, at most 400. A dispute costs 1500.
"""

import datetime

from . import money
from .json_types import Json
from .world import World

DISPUTE_FEE = 1500
SETTLEMENT_DAYS = {"card": 2, "us_bank_account": 4, "sepa_debit": 6, "bacs_debit": 4}
DISPUTE_DAYS = 7
_DAY = 86400
_TARIFFS: dict[str, Json] = {
    "card": {"basis_points": 290, "fixed": 30},
    "us_bank_account": {"basis_points": 80, "fixed": 0, "cap": 500},
    "sepa_debit": {"basis_points": 80, "fixed": 30, "cap": 600},
    "bacs_debit": {"basis_points": 100, "fixed": 0, "cap": 400},
}
_ABROAD_BASIS_POINTS = 150


def midnight_after(moment: int, days: int) -> int:
    """Midnight UTC, so many days on."""
    day = datetime.datetime.fromtimestamp(moment, datetime.UTC).date()
    return int(
        datetime.datetime.combine(day + datetime.timedelta(days=days), datetime.time(), datetime.UTC).timestamp()
    )


def charge_fee(world: World, amount: int, code: str, kind: str, country: str | None) -> int:
    """Stripe's fee for a charge."""
    tariff = dict(_TARIFFS[kind])
    if kind == "card" and country not in (None, world.config.country):
        tariff["basis_points"] += _ABROAD_BASIS_POINTS
    return money.fee(amount, tariff, code)


def post(
    world: World,
    *,
    type_: str,
    category: str,
    amount: int,
    currency: str,
    source: str,
    description: str | None,
    fee: int = 0,
    fee_description: str = "Stripe processing fees",
    days: int = 0,
) -> Json:
    """One balance transaction; negative amounts leave. Available after ``days``, 0 is at once."""
    now = world.clock.now()
    available_on = midnight_after(now, days) if days else now
    row: Json = {
        "id": world.ids.new("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": available_on,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": _fee_details(fee, currency, fee_description),
        "net": amount - fee,
        "reporting_category": category,
        "source": source,
        "status": "pending" if days else "available",
        "type": type_,
    }
    world.save(row)
    if days:
        _expect_funds(world, available_on)
    return row


def _fee_details(fee: int, currency: str, description: str) -> list[Json]:
    if not fee:
        return []
    return [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": description,
            "type": "stripe_fee",
        }
    ]


def _expect_funds(world: World, moment: int) -> None:
    subject = f"funds_{moment}"
    if not world.store.children("_due", "subject", subject):
        world.later(moment - world.clock.now(), "release_funds", subject)


def release_funds(world: World, _due: Json) -> None:
    """Pending money whose day has come becomes available."""
    now = world.clock.now()
    released = [
        row
        for row in world.store.all("balance_transaction")
        if row["status"] == "pending" and row["available_on"] <= now
    ]
    for row in released:
        row["status"] = "available"
        world.save(row)
        _show_in_dispute(world, row)
    if released:
        world.emit("balance.available", balance(world))


def _show_in_dispute(world: World, row: Json) -> None:
    """A dispute shows its balance transactions whole."""
    dispute = world.store.find("dispute", row["source"])
    if dispute is not None:
        entries = dispute["balance_transactions"]
        dispute["balance_transactions"] = [dict(row) if entry["id"] == row["id"] else entry for entry in entries]
        world.save(dispute)


def _sums(world: World, status: str) -> list[Json]:
    sums: dict[str, dict[str, int]] = {world.config.currency: {"card": 0}}
    for row in world.store.all("balance_transaction"):
        if row["status"] == status:
            by_source = sums.setdefault(row["currency"], {})
            kind = source_type(row)
            by_source[kind] = by_source.get(kind, 0) + row["net"]
    return [{"amount": sum(kinds.values()), "currency": code, "source_types": kinds} for code, kinds in sums.items()]


def source_type(row: Json) -> str:
    """``card`` or ``bank_account``: where the money of a balance transaction came from."""
    return "bank_account" if row["type"].startswith("payment") else "card"


def available(world: World, code: str) -> int:
    """Money in one currency that can be paid out now."""
    return sum(
        row["net"]
        for row in world.store.all("balance_transaction")
        if row["status"] == "available" and row["currency"] == code
    )


def balance(world: World) -> Json:
    """The balance object."""
    pending, ready = _sums(world, "pending"), _sums(world, "available")
    codes = [entry["currency"] for entry in ready]
    ready += [_nothing(entry["currency"]) for entry in pending if entry["currency"] not in codes]
    codes = [entry["currency"] for entry in pending]
    pending += [_nothing(entry["currency"]) for entry in ready if entry["currency"] not in codes]
    return {
        "object": "balance",
        "available": ready,
        "livemode": False,
        "pending": pending,
        "refund_and_dispute_prefunding": {
            "available": [_nothing(world.config.currency, with_types=False)],
            "pending": [_nothing(world.config.currency, with_types=False)],
        },
    }


def _nothing(code: str, *, with_types: bool = True) -> Json:
    entry: Json = {"amount": 0, "currency": code}
    return {**entry, "source_types": {"card": 0}} if with_types else entry
