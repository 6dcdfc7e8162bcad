"""The balance: one balance transaction for every movement of money."""

from collections.abc import Sequence

from . import balances, line_types
from .json_types import Json
from .settling import Settled
from .world import World

PROCESSING = "Stripe processing fees"
CONVERSION = "Stripe currency conversion fee"


def post(
    world: World,
    *,
    type_: str,
    moved: Settled,
    source: str | None,
    description: str | None,
    category: str | None = None,
    fees: Sequence[tuple[int, str]] = (),
    available_on: int | None = None,
    created: int | None = None,
) -> Json:
    """One balance transaction; negative amounts leave. Available at once unless a later moment is given."""
    now = world.clock.now()
    fee = sum(amount for amount, _ in fees)
    row: Json = {
        "id": world.ids.new("txn"),
        "object": "balance_transaction",
        "amount": moved.amount,
        "available_on": available_on or created or now,
        "balance_type": "payments",
        "created": created or now,
        "currency": moved.currency,
        "description": description,
        "exchange_rate": None if moved.rate is None else float(moved.rate),
        "fee": fee,
        "fee_details": fee_details(fees, moved.currency),
        "net": moved.amount - fee,
        "reporting_category": category or line_types.category(type_),
        "source": source,
        "status": "available",
        "type": type_,
    }
    return enter(world, row)


def enter(world: World, row: Json) -> Json:
    """Let a new balance transaction count; the next automatic payout takes it once it is available."""
    if row["available_on"] > world.clock.now():
        row["status"] = "pending"
    balances.count(world, row)
    world.save({"object": "_unpaid", "id": row["id"], "currency": row["currency"]})
    return _keep(world, row)


def _keep(world: World, row: Json) -> Json:
    world.save(row)
    if row["status"] == "pending":
        _expect_funds(world, row["available_on"])
    return row


def fee_details(fees: Sequence[tuple[int, str]], currency: str) -> list[Json]:
    """What the fee of a balance transaction is made of."""
    return [
        {
            "amount": amount,
            "application": None,
            "currency": currency,
            "description": description,
            "type": "stripe_fee",
        }
        for amount, description in fees
        if amount
    ]


def change(world: World, row: Json, **fields: object) -> Json:
    """A balance transaction is something else from now on, and counts as that."""
    balances.count(world, row, -1)
    row.update(fields)
    balances.count(world, row)
    if (mark := world.store.find("_unpaid", row["id"])) is not None:
        world.save({**mark, "currency": row["currency"]})
    _show_in_dispute(world, row)
    return _keep(world, row)


def unpaid(world: World, code: str) -> list[Json]:
    """What is available in a currency and was in no automatic payout yet, oldest first."""
    marks = world.store.children("_unpaid", "currency", code)
    rows = [world.store.get("balance_transaction", mark["id"]) for mark in marks]
    return [row for row in rows if row["status"] == "available"]


def take(world: World, id_: str) -> None:
    """An automatic payout holds this balance transaction."""
    if (mark := world.store.find("_unpaid", id_)) is not None:
        world.store.delete(mark)


def _expect_funds(world: World, moment: int) -> None:
    subject = f"funds_{moment}_{world.clock.test_clock or ''}"
    if not world.store.children("_due", "subject", subject):
        world.later(moment - world.clock.now(), "release_funds", subject)


def release_funds(world: World, _due: Json) -> None:
    """Pending money whose day has come becomes available."""
    now = world.clock.now()
    pending = world.store.children("balance_transaction", "status", "pending")
    released = [row for row in pending if row["available_on"] <= now]
    for row in released:
        change(world, row, status="available")
    if released:
        world.emit("balance.available", balances.of(world))


def _show_in_dispute(world: World, row: Json) -> None:
    """A dispute shows its balance transactions whole."""
    dispute = world.store.find("dispute", row["source"])
    if dispute is not None:
        entries = dispute["balance_transactions"]
        dispute["balance_transactions"] = [dict(row) if entry["id"] == row["id"] else entry for entry in entries]
        world.save(dispute)
