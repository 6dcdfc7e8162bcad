"""Test clocks.

Source: https://docs.stripe.com/api/test_clocks
"""

from sandbox import finding
from sandbox.billing import test_clocks
from sandbox.calls import Call
from sandbox.json_types import Json
from sandbox.lists import page
from sandbox.routing import Route
from sandbox.world import World

KIND = "test_helpers.test_clock"


def create(world: World, call: Call) -> Json:
    """A clock that stands still until it is advanced."""
    return test_clocks.create(world, call.params["frozen_time"], call.params.get("name"))


def retrieve(world: World, call: Call) -> Json:
    """The clock."""
    return finding.one(world, KIND, call.id, param="id")


def advance(world: World, call: Call) -> Json:
    """The clock as it begins to move; it is ready when it is asked for again."""
    return test_clocks.advance(world, retrieve(world, call), call.params["frozen_time"])


def delete(world: World, call: Call) -> Json:
    """The clock, its customers and all that is theirs are gone."""
    return test_clocks.delete(world, retrieve(world, call))


def list_(world: World, call: Call) -> Json:
    """Clocks, newest first."""
    return page(call, world.store.newest_first(KIND), noun="test_clock")


_ALL, _ONE = "/v1/test_helpers/test_clocks", "/v1/test_helpers/test_clocks/{id}"
ROUTES = [
    Route(method="POST", path=_ALL, handler=create, params="test_helpers.TestClockCreateParams"),
    Route(method="GET", path=_ALL, handler=list_, params="test_helpers.TestClockListParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=f"{_ONE}/advance", handler=advance, params="test_helpers.TestClockAdvanceParams"),
    Route(method="DELETE", path=_ONE, handler=delete),
]
