"""Test clocks: a time of their own for the customers that live on them.

Source: https://docs.stripe.com/billing/testing/test-clocks/api-advanced-usage
"""

from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from . import periods, subscription_endings
from .subscription_items import interval_of
from .subscription_rows import has_ended, items_of

_LIFETIME = 30 * 86400
_MOST_INTERVALS = 2


def create(world: World, frozen_time: int, name: str | None) -> Json:
    """A clock that shows ``frozen_time``."""
    now = world.clock.now()
    row: Json = {
        "id": world.ids.new("clock"),
        "object": "test_helpers.test_clock",
        "created": now,
        "deletes_after": now + _LIFETIME,
        "frozen_time": frozen_time,
        "livemode": False,
        "name": name,
        "status": "ready",
        "status_details": {},
    }
    world.save(row)
    world.emit("test_helpers.test_clock.created", row)
    return row


def advance(world: World, clock: Json, until: int) -> Json:
    """Let happen what is due up to a later moment; the answer still says ``advancing``."""
    if until <= clock["frozen_time"]:
        raise ApiError("`frozen_time` must be later than the test clock's current frozen time.", param="frozen_time")
    if until > _latest(world, clock):
        raise ApiError(
            "You can only advance a test clock by up to two intervals of the shortest subscription at a time.",
            param="frozen_time",
        )
    clock["status"] = "advancing"
    clock["status_details"] = {"advancing": {"target_frozen_time": until}}
    world.save(clock)
    world.emit("test_helpers.test_clock.advancing", clock)
    answer = dict(clock)
    world.store.flush()
    world.run_due(clock["id"], until)
    clock |= {"frozen_time": until, "status": "ready", "status_details": {}}
    world.save(clock)
    world.emit("test_helpers.test_clock.ready", clock)
    return answer


def _latest(world: World, clock: Json) -> int:
    """How far the clock may go in one step."""
    now = clock["frozen_time"]
    rhythms = {
        interval_of(item)
        for customer in world.store.children("customer", "test_clock", clock["id"])
        for row in world.store.children("subscription", "customer", customer["id"])
        if not has_ended(row)
        for item in items_of(row)
    }
    ends = [periods.add(now, interval, count * _MOST_INTERVALS) for interval, count in rhythms]
    return min(ends, default=periods.add(now, "year", _MOST_INTERVALS))


def delete(world: World, clock: Json) -> Json:
    """Its subscriptions end, its customers are deleted, no event tells of them."""
    for customer in world.store.children("customer", "test_clock", clock["id"]):
        for row in world.store.children("subscription", "customer", customer["id"]):
            if not has_ended(row):
                subscription_endings.end(world, row, reason="cancellation_requested")
        world.save({"id": customer["id"], "object": "customer", "deleted": True})
    world.store.delete(clock)
    world.emit("test_helpers.test_clock.deleted", clock)
    return {"id": clock["id"], "object": "test_helpers.test_clock", "deleted": True}
