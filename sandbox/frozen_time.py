"""Requests that concern a customer on a test clock see what that clock shows.

Source: https://docs.stripe.com/billing/testing/test-clocks
"""

from contextlib import AbstractContextManager, nullcontext

from .calls import Call
from .world import World

_NAMING = ("customer", "subscription", "from_subscription", "schedule", "invoice", "payment_intent", "charge")


def of_call(world: World, call: Call) -> AbstractContextManager[None]:
    """The time in which a request is served."""
    if not world.store.count("test_helpers.test_clock"):
        return nullcontext()
    if clock := world.store.find("test_helpers.test_clock", call.params.get("test_clock")):
        return world.clock.at(clock["frozen_time"], clock["id"])
    ids = (*call.names.values(), *(call.params.get(name) for name in _NAMING))
    rows = (world.store.by_id(id_) for id_ in ids if isinstance(id_, str))
    return world.time_of(next((row for row in rows if row and world.test_clock_of(row)), None))
