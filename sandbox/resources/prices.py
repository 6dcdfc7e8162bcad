"""Prices.

Source: https://docs.stripe.com/api/prices
"""

from sandbox import finding, search
from sandbox.billing import price_terms
from sandbox.calls import Call
from sandbox.errors import ApiError, InvalidParameters
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World


def create(world: World, call: Call) -> Json:
    """A price."""
    return price_terms.make(world, call.params)


def retrieve(world: World, call: Call) -> Json:
    """The price."""
    return finding.one(world, "price", call.id, param="id")


def update(world: World, call: Call) -> Json:
    """What of a price may change: never its amounts in a currency that it has."""
    row = finding.one(world, "price", call.id, param="id")
    params = call.params
    row |= {name: params[name] or None for name in ("nickname",) if name in params}
    if "active" in params:
        _check_archive(world, row, params["active"])
        row["active"] = params["active"]
    if "lookup_key" in params and params["lookup_key"] != row["lookup_key"]:
        row["lookup_key"] = price_terms.lookup_key(world, params)
    if "tax_behavior" in params and params["tax_behavior"] != row["tax_behavior"]:
        if row["tax_behavior"] != "unspecified":
            raise InvalidParameters("`tax_behavior` cannot be changed once it is set.", param="tax_behavior")
        row["tax_behavior"] = params["tax_behavior"]
    row["metadata"] = merged(row["metadata"], params.get("metadata"))
    price_terms.add_currencies(world, row, params.get("currency_options") or {})
    return world.changed("price.updated", row)


def _check_archive(world: World, row: Json, wanted: bool) -> None:
    product = world.store.find("product", row["product"])
    if not wanted and product and product["default_price"] == row["id"]:
        raise ApiError("This price cannot be archived because it is the default price of its product.", param="active")


def list_(world: World, call: Call) -> Json:
    """Prices, newest first; filters: active, created, currency, lookup_keys, product, recurring, type."""
    created, same = created_matches(call), equals(call, "active", "currency", "product", "type")
    keys, recurring = call.params.get("lookup_keys"), call.params.get("recurring") or {}

    def keep(row: Json) -> bool:
        rhythm = row["recurring"] or {}
        fits = all(rhythm.get(name) == value for name, value in recurring.items())
        return created(row) and same(row) and fits and (not keys or row["lookup_key"] in keys)

    return page(call, world.store.newest_first("price"), noun="price", keep=keep)


def search_(world: World, call: Call) -> Json:
    """Prices that match a query."""
    fields = ("active", "currency", "lookup_key", "metadata", "product", "type")
    return search.page(call, world.store.newest_first("price"), fields=fields)


_ONE = "/v1/prices/{id}"
ROUTES = [
    Route(method="POST", path="/v1/prices", handler=create, params="PriceCreateParams"),
    Route(method="GET", path="/v1/prices", handler=list_, params="PriceListParams"),
    Route(method="GET", path="/v1/prices/search", handler=search_, params="PriceSearchParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="PriceUpdateParams"),
]
