"""Payouts: money that leaves for the bank, or is drawn from it where the account owes.

An automatic payout takes every available balance transaction that no automatic payout took before, so that its lines
sum to it. Manual and instant ones take an amount; their own line is among those of the next automatic payout, as is the
money of one that failed.
Sources: https://docs.stripe.com/payouts, https://docs.stripe.com/payouts/reconciliation,
https://docs.stripe.com/payouts/minimum-balances-for-automatic-payouts, https://docs.stripe.com/payouts/instant-payouts
"""

from . import account, balances, books, money, settling, tariff
from .json_types import Json
from .metadata import merged
from .settling import Settled
from .world import World

_ARRIVAL_DAYS = 2
_TRANSIT_SECONDS, _INSTANT_SECONDS = 5, 1800
_FEE = "Instant payout fee"
_ENDED = ("failed", "canceled")


def minimum(code: str) -> int:
    """The least that is paid out: one base unit of the currency."""
    return int(10 ** money.places(code))


def by_hand(world: World, amount: int, code: str, params: Json | None = None) -> Json:
    """A manual payout, at once where ``method`` is ``instant``, which costs a fee; event payout.created."""
    row = _blank(world, amount, code, params or {}, automatic=False)
    return _send_off(world, row, [], _fee(row))


def most(world: World, code: str, method: str) -> int:
    """The largest manual payout that the available balance covers, with its fee."""
    amount = balances.available(world, code)
    if method == "instant":
        amount = amount * 100 // 101
    return amount


def due(world: World, code: str) -> int:
    """What an automatic payout would take now; below zero it would draw."""
    return sum(line["net"] for line in books.unpaid(world, code))


def automatic(world: World, code: str, keep: int = 0) -> Json | None:
    """Pay out all that is available but ``keep``; None where that is less than the minimum.

    A balance below zero is drawn from the bank, unless the account has forbidden it.
    """
    lines = books.unpaid(world, code)
    amount = sum(line["net"] for line in lines) - keep
    if abs(amount) < minimum(code) or (amount < 0 and not _may_debit(world)):
        return None
    held = _hold(world, keep, code) if keep else []
    row = _blank(world, amount, code, {}, automatic=True)
    return _send_off(world, row, [line["id"] for line in [*lines, *held]], 0)


def _may_debit(world: World) -> bool:
    return bool(account.of(world)["settings"]["payouts"]["debit_negative_balances"])


def _hold(world: World, keep: int, code: str) -> list[Json]:
    """What stays leaves this payout by one line and is there for the next by another."""
    hold, _ = (
        books.post(
            world,
            type_=f"payout_minimum_balance_{word}",
            moved=Settled(amount, code),
            source=None,
            description=f"Minimum balance {word}",
        )
        for word, amount in (("hold", -keep), ("release", keep))
    )
    return [hold]


def _blank(world: World, amount: int, code: str, given: Json, *, automatic: bool) -> Json:
    now, method = world.clock.now(), given.get("method", "standard")
    return {
        "id": world.ids.new("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": now + _INSTANT_SECONDS if method == "instant" else settling.arrival(world, _ARRIVAL_DAYS),
        "automatic": automatic,
        "balance_transaction": None,
        "created": now,
        "currency": code,
        "description": given.get("description") or "STRIPE PAYOUT",
        "destination": None,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merged({}, given.get("metadata")),
        "method": method,
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": given.get("source_type", "card"),
        "statement_descriptor": given.get("statement_descriptor"),
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }


def _fee(row: Json) -> int:
    return tariff.for_instant_payout(row["amount"], row["currency"]) if row["method"] == "instant" else 0


def _send_off(world: World, row: Json, taken: list[str], fee: int) -> Json:
    entry = books.post(
        world,
        type_="payout",
        moved=Settled(-row["amount"], row["currency"]),
        source=row["id"],
        description=row["description"],
        fees=[(fee, _FEE)],
    )
    row["balance_transaction"] = entry["id"]
    world.save(row)
    inside = [*taken, entry["id"]] if row["automatic"] else []
    world.save({"object": "_payout", "id": row["id"], "transactions": inside})
    for id_ in inside:
        books.take(world, id_)
    world.emit("payout.created", row)
    world.later(_TRANSIT_SECONDS, "send_payout", row["id"])
    return row


def lines(world: World, row: Json) -> list[str]:
    """The balance transactions of an automatic payout, its own among them."""
    return list(world.store.get("_payout", row["id"])["transactions"])


def send(world: World, due: Json) -> None:
    """The payout is on its way to the bank, and what it is made of is known."""
    row = world.store.get("payout", due["subject"])
    if row["status"] != "pending":
        return
    row["status"] = "in_transit"
    world.changed("payout.updated", row)
    _itemise(world, row)
    world.later(max(1, row["arrival_date"] - world.clock.now()), "land_payout", row["id"])


def _itemise(world: World, row: Json) -> None:
    """The lines of an automatic payout can be listed from now on."""
    if row["reconciliation_status"] == "in_progress":
        row["reconciliation_status"] = "completed"
        world.save(row)
        world.emit("payout.reconciliation_completed", row)


def land(world: World, due: Json) -> None:
    """The payout arrives."""
    row = world.store.get("payout", due["subject"])
    if row["status"] == "in_transit":
        row["status"] = "paid"
        row["trace_id"] = {"status": "supported", "value": world.ids.digits(15)}
        previous = world.save(row)
        world.emit("payout.updated", row, previous)
        world.emit("payout.paid", row)


def fail(world: World, row: Json, code: str) -> Json:
    """The bank sends the money back, even after the payout showed as paid; a later payout takes it along."""
    row["failure_code"] = code
    row["failure_message"] = "The bank could not process this payout."
    return _give_back(world, row, "failed")


def cancel(world: World, row: Json) -> Json:
    """The payout never leaves."""
    return _give_back(world, row, "canceled")


def ended(row: Json) -> bool:
    """Whether the money came back."""
    return row["status"] in _ENDED


def _give_back(world: World, row: Json, status: str) -> Json:
    word = {"failed": "failure", "canceled": "cancel"}[status]
    entry = books.post(
        world,
        type_=f"payout_{word}",
        moved=Settled(row["amount"], row["currency"]),
        source=row["id"],
        description=f"PAYOUT {word.upper()}",
        fees=[(-_fee(row), _FEE)],
    )
    row["failure_balance_transaction"], row["status"] = entry["id"], status
    world.save(row)
    world.emit(f"payout.{status}", row)
    _itemise(world, row)
    return row
