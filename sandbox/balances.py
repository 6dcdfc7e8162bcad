"""What the account holds: running sums, so that nobody adds up every balance transaction."""

from .json_types import Json
from .world import World

_STATUSES = ("available", "pending")


def count(world: World, row: Json, times: int = 1) -> None:
    """Let a balance transaction count for the balance; ``times`` -1 takes it out again."""
    sums = _sums(world)
    kinds = sums[row["status"]].setdefault(row["currency"], {"card": 0})
    kind = source_type(row)
    kinds[kind] = kinds.get(kind, 0) + times * row["net"]
    world.save(sums)


def source_type(row: Json) -> str:
    """``card`` or ``bank_account``: where the money of a balance transaction came from."""
    return "bank_account" if row["type"].startswith("payment") else "card"


def _sums(world: World) -> Json:
    known = world.store.find("_balance", "sandbox")
    return known or _added_up(world)


def _added_up(world: World) -> Json:
    """The sums of a store that was written before there were any, and what no automatic payout has taken."""
    sums: Json = {"object": "_balance", "id": "sandbox", "available": {}, "pending": {}}
    world.save(sums)
    automatic = {row["id"] for row in world.store.all("payout") if row["automatic"]}
    paid = {id_ for row in world.store.all("_payout") if row["id"] in automatic for id_ in row["transactions"]}
    for row in world.store.all("balance_transaction"):
        count(world, row)
        if row["id"] not in paid:
            world.save({"object": "_unpaid", "id": row["id"], "currency": row["currency"]})
    return sums


def available(world: World, code: str) -> int:
    """Money in one currency that can be paid out now; below zero the account owes it."""
    return sum(_sums(world)["available"].get(code, {}).values())


def currencies(world: World) -> list[str]:
    """The currencies in which there is or was money."""
    return list(dict.fromkeys(code for status in _STATUSES for code in _sums(world)[status]))


def of(world: World) -> Json:
    """The balance object."""
    codes = dict.fromkeys([world.config.currency, *currencies(world)])
    sums = _sums(world)
    parts = {status: [_entry(code, sums[status].get(code, {})) for code in codes] for status in _STATUSES}
    nothing = {"amount": 0, "currency": world.config.currency}
    return {
        "object": "balance",
        "available": parts["available"],
        "livemode": False,
        "pending": parts["pending"],
        "refund_and_dispute_prefunding": {"available": [nothing], "pending": [dict(nothing)]},
    }


def _entry(code: str, kinds: dict[str, int]) -> Json:
    shown = {kind: amount for kind, amount in kinds.items() if amount or kind == "card"} or {"card": 0}
    return {"amount": sum(kinds.values()), "currency": code, "source_types": shown}
