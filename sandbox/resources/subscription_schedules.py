"""Subscription schedules.

Source: https://docs.stripe.com/api/subscription_schedules
"""

from collections.abc import Callable

from sandbox import finding
from sandbox.billing import schedules
from sandbox.calls import Call
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.routing import Route
from sandbox.world import World

KIND = "subscription_schedule"


def _whole(world: World, work: Callable[[], Json]) -> Json:
    """What is refused on the way leaves nothing behind."""
    try:
        return work()
    except ApiError:
        world.rollback()
        raise


def create(world: World, call: Call) -> Json:
    """A schedule."""
    return _whole(world, lambda: schedules.create(world, call.params))


def retrieve(world: World, call: Call) -> Json:
    """The schedule."""
    return finding.one(world, KIND, call.id, param="id")


def update(world: World, call: Call) -> Json:
    """The schedule with what was given changed."""
    row = retrieve(world, call)
    return _whole(world, lambda: schedules.update(world, row, call.params))


def release(world: World, call: Call) -> Json:
    """The subscription goes on by itself."""
    return schedules.release(world, retrieve(world, call))


def cancel(world: World, call: Call) -> Json:
    """The schedule and its subscription end."""
    prorate, invoice_now = call.params.get("prorate", True), call.params.get("invoice_now", True)
    row = retrieve(world, call)
    return _whole(world, lambda: schedules.cancel(world, row, prorate=prorate, invoice_now=invoice_now))


def list_(world: World, call: Call) -> Json:
    """Schedules, newest first; filters: customer, created, scheduled."""
    created, same = created_matches(call), equals(call, "customer")
    wanted = call.params.get("scheduled")

    def keep(row: Json) -> bool:
        return created(row) and same(row) and (wanted is None or (row["status"] == "not_started") == wanted)

    return page(call, world.store.newest_first(KIND), noun="subscription schedule", keep=keep)


_ALL, _ONE = "/v1/subscription_schedules", "/v1/subscription_schedules/{id}"
ROUTES = [
    Route(method="POST", path=_ALL, handler=create, params="SubscriptionScheduleCreateParams"),
    Route(method="GET", path=_ALL, handler=list_, params="SubscriptionScheduleListParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="SubscriptionScheduleUpdateParams"),
    Route(method="POST", path=f"{_ONE}/release", handler=release, params="SubscriptionScheduleReleaseParams"),
    Route(method="POST", path=f"{_ONE}/cancel", handler=cancel, params="SubscriptionScheduleCancelParams"),
]
