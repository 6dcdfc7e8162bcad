"""The one account of this sandbox."""

from sandbox import account
from sandbox.calls import Call
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.routing import Route
from sandbox.world import World


def retrieve(world: World, _call: Call) -> Json:
    """The account of the key."""
    return account.of(world)


def retrieve_by_id(world: World, call: Call) -> Json:
    """The account with this id, which must be the only one there is."""
    if call.id != world.account_id:
        raise ApiError(
            f"The provided key does not have access to account '{call.id}' (or that account does"
            " not exist). Application access may have been revoked.",
            status=403,
            code="account_invalid",
        )
    return account.of(world)


ROUTES = [
    Route(method="GET", path="/v1/account", handler=retrieve),
    Route(method="GET", path="/v1/accounts/{id}", handler=retrieve_by_id),
]
