"""Subscriptions as they are found, kept and told of; and what is known of one beside what Stripe shows."""

from dataclasses import asdict

from sandbox import finding
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from .proration import Basis

ENDED = ("canceled", "incomplete_expired")


def find(world: World, id_: str, *, param: str = "id") -> Json:
    """The subscription; raises resource_missing."""
    return finding.one(world, "subscription", id_, param=param)


def announce(world: World, subscription: Json, *types: str) -> Json:
    """Save it; tell what it held before, then what happened. One that is being made is told of when it is made."""
    previous = world.save(subscription)
    if beside(world, subscription)["is_new"]:
        return subscription
    if previous:
        world.emit("customer.subscription.updated", subscription, previous)
    for type_ in types:
        world.emit(type_, subscription)
    return subscription


def items_of(subscription: Json) -> list[Json]:
    """Its items."""
    found: list[Json] = subscription["items"]["data"]
    return found


def set_items(world: World, subscription: Json, items: list[Json]) -> None:
    """From now on these are its items; each can be found by its own id."""
    for item in items:
        world.save({"object": "_item_of", "id": item["id"], "subscription": subscription["id"]})
    for gone in {item["id"] for item in items_of(subscription)} - {item["id"] for item in items}:
        world.store.delete(world.store.get("_item_of", gone))
    subscription["items"] = {**subscription["items"], "data": items, "total_count": len(items)}


def find_item(world: World, id_: str, *, param: str = "id") -> tuple[Json, Json]:
    """The subscription and its item; raises resource_missing."""
    known = finding.one(world, "_item_of", id_, param=param) if world.store.find("_item_of", id_) else None
    if known is None:
        raise ApiError(
            f"No such subscription item: '{id_}'",
            status=404 if param == "id" else 400,
            code="resource_missing",
            param=param,
        )
    subscription = world.store.get("subscription", known["subscription"])
    return subscription, next(item for item in items_of(subscription) if item["id"] == id_)


def customer_of(world: World, subscription: Json) -> Json:
    """Its customer, perhaps deleted by now."""
    return world.store.get("customer", subscription["customer"])


def beside(world: World, subscription: Json) -> Json:
    """What is known beside its object; save it when it changed."""
    return world.store.find("_subscription", subscription["id"]) or {
        "object": "_subscription",
        "id": subscription["id"],
        "billed": {},
        "pending": None,
        "is_new": False,
    }


def basis_of(known: Json, item: Json) -> Basis | None:
    """What was last billed for the item."""
    stack = known["billed"].get(item["id"])
    return Basis(**stack[-1]) if stack else None


def note_billed(known: Json, item: str, basis: Basis, *, anew: bool) -> None:
    """The item was billed: for a new period, or over what was billed for this one before."""
    stack = [] if anew else known["billed"].get(item, [])
    known["billed"][item] = [*stack, asdict(basis)]


def forget_billed(known: Json, *, lines: set[str], invoice_items: set[str]) -> None:
    """An invoice was voided: what its lines billed was not billed, so what was billed before holds again."""
    for item, stack in known["billed"].items():
        kept = [each for each in stack if each["line"] not in lines and each["invoice_item"] not in invoice_items]
        known["billed"][item] = kept


def has_ended(subscription: Json) -> bool:
    """Whether it will never bill again."""
    return subscription["status"] in ENDED


def is_trialing(world: World, subscription: Json) -> bool:
    """Whether its trial still runs."""
    until = subscription["trial_end"]
    return subscription["status"] == "trialing" and until is not None and until > world.clock.now()
