"""Tax rates; a percentage never changes.

Source: https://docs.stripe.com/api/tax_rates
"""

from decimal import Decimal

from sandbox import finding
from sandbox.billing import taxes
from sandbox.calls import Call
from sandbox.errors import InvalidParameters
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World

_CHANGEABLE = ("active", "country", "description", "display_name", "jurisdiction", "state", "tax_type")


def create(world: World, call: Call) -> Json:
    """A tax rate."""
    if not 0 <= Decimal(str(call.params["percentage"])) <= 100:
        raise InvalidParameters("Invalid percentage: must be from 0 to 100.", param="percentage")
    row = taxes.blank(world, call.params)
    row["metadata"] = merged({}, call.params.get("metadata"))
    world.save(row)
    world.emit("tax_rate.created", row)
    return row


def retrieve(world: World, call: Call) -> Json:
    """The tax rate."""
    return finding.one(world, "tax_rate", call.id, param="id")


def update(world: World, call: Call) -> Json:
    """All but its percentage and whether it is inclusive."""
    row = finding.one(world, "tax_rate", call.id, param="id")
    row |= {name: call.params[name] for name in _CHANGEABLE if name in call.params}
    row["metadata"] = merged(row["metadata"], call.params.get("metadata"))
    return world.changed("tax_rate.updated", row)


def list_(world: World, call: Call) -> Json:
    """Tax rates, newest first; filters: active, created, inclusive."""
    created, same = created_matches(call), equals(call, "active", "inclusive")
    return page(
        call, world.store.newest_first("tax_rate"), noun="tax_rate", keep=lambda row: created(row) and same(row)
    )


_ONE = "/v1/tax_rates/{id}"
ROUTES = [
    Route(method="POST", path="/v1/tax_rates", handler=create, params="TaxRateCreateParams"),
    Route(method="GET", path="/v1/tax_rates", handler=list_, params="TaxRateListParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="TaxRateUpdateParams"),
]
