"""Balance transactions that no flow here makes, or that Stripe's side gets wrong."""

from . import balances, books, money
from .json_types import Json
from .settling import Settled
from .world import World

_FIXED = ("id", "object")


def make(world: World, given: Json) -> Json:
    """A line of any type, also one that nobody has heard of; ``created`` may lie in the past."""
    code = money.currency(str(given["currency"]))
    created = given.get("created")
    return books.post(
        world,
        type_=str(given["type"]),
        moved=Settled(int(given["amount"]), code),
        source=given.get("source"),
        description=given.get("description"),
        category=given.get("reporting_category"),
        fees=[(int(given.get("fee", 0)), books.PROCESSING)],
        created=None if created is None else int(created),
        available_on=given.get("available_on"),
    )


def change(world: World, row: Json, fields: Json) -> Json:
    """The line says something else; its net follows unless that is given too."""
    unknown = [name for name in fields if name not in row or name in _FIXED]
    if unknown:
        raise ValueError(f"cannot set {', '.join(unknown)}")
    wanted = {**row, **fields}
    follows: Json = {"net": wanted["amount"] - wanted["fee"]}
    if wanted["fee"] != row["fee"]:
        follows["fee_details"] = books.fee_details([(wanted["fee"], books.PROCESSING)], wanted["currency"])
    if "available_on" in fields:
        follows["status"] = "pending" if fields["available_on"] > world.clock.now() else "available"
    return books.change(world, row, **{**follows, **fields})


def lose(world: World, row: Json) -> Json:
    """The line is not there any more, nor its money."""
    balances.count(world, row, -1)
    books.take(world, row["id"])
    world.store.delete(row)
    return {"id": row["id"], "object": row["object"], "deleted": True}


def double(world: World, row: Json) -> Json:
    """The line is there a second time, with its money."""
    return books.enter(world, {**row, "id": world.ids.new("txn"), "status": "available"})


def move(world: World, row: Json, payout: Json | None) -> Json:
    """The line is listed with that payout, or with none; its amount stays what it was."""
    for held in world.store.all("_payout"):
        if row["id"] in held["transactions"]:
            held["transactions"].remove(row["id"])
            world.save(held)
    books.take(world, row["id"])
    if payout is not None:
        inside = world.store.get("_payout", payout["id"])
        inside["transactions"].append(row["id"])
        world.save(inside)
    return row
