"""Products.

Source: https://docs.stripe.com/api/products
"""

from sandbox import finding, search
from sandbox.calls import Call
from sandbox.errors import ApiError, InvalidParameters
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World

from . import prices

_VALUES = ("description", "name", "statement_descriptor", "tax_code", "unit_label", "url", "shippable")


def _apply(world: World, row: Json, params: Json) -> None:
    if params.get("name") == "":
        raise InvalidParameters("You passed an empty string for 'name'.", code="parameter_invalid_empty", param="name")
    row |= {name: params[name] or None for name in _VALUES if name in params}
    row |= {name: params[name] or [] for name in ("images", "marketing_features") if name in params}
    if "active" in params:
        row["active"] = params["active"]
    if "package_dimensions" in params:
        row["package_dimensions"] = params["package_dimensions"] or None
    if "default_price" in params:
        row["default_price"] = _default_price(world, row, params["default_price"])
    row["metadata"] = merged(row["metadata"], params.get("metadata"))
    row["updated"] = world.clock.now()


def _default_price(world: World, row: Json, given: str) -> str | None:
    if not given:
        return None
    price = finding.one(world, "price", given, param="default_price", status=400)
    if price["product"] != row["id"] or not price["active"]:
        raise ApiError(
            f"The default price must be an active price of this product: {given} is not.", param="default_price"
        )
    return given


def create(world: World, call: Call) -> Json:
    """A product, perhaps with its default price; its id may be chosen."""
    params = call.params
    id_ = params.get("id") or world.ids.new("prod")
    if world.store.find("product", id_):
        raise ApiError(f"Product already exists: {id_}", code="resource_already_exists", param="id")
    row: Json = {
        "id": id_,
        "object": "product",
        "active": True,
        "created": world.clock.now(),
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "name": "",
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": world.clock.now(),
        "url": None,
    }
    _apply(world, row, {name: value for name, value in params.items() if name != "id"})
    world.save(row)
    if given := params.get("default_price_data"):
        price = prices.make(world, {**given, "product": row["id"]})
        row["default_price"] = price["id"]
        world.save(row)
    world.emit("product.created", row)
    return row


def retrieve(world: World, call: Call) -> Json:
    """The product."""
    return finding.one(world, "product", call.id, param="id")


def update(world: World, call: Call) -> Json:
    """The product with what was given changed."""
    row = finding.one(world, "product", call.id, param="id")
    _apply(world, row, call.params)
    return world.changed("product.updated", row)


def delete(world: World, call: Call) -> Json:
    """Only a product that never had a price can be deleted."""
    row = finding.one(world, "product", call.id, param="id")
    if world.store.children("price", "product", row["id"]):
        raise ApiError(
            "This product cannot be deleted because it has one or more user-created prices. Try archiving it instead."
        )
    world.store.delete(row)
    world.emit("product.deleted", row)
    return {"id": row["id"], "object": "product", "deleted": True}


def list_(world: World, call: Call) -> Json:
    """Products, newest first; filters: active, created, ids, shippable, url."""
    created, same = created_matches(call), equals(call, "active", "shippable", "url")
    wanted = call.params.get("ids")
    return page(
        call,
        world.store.newest_first("product"),
        noun="product",
        keep=lambda row: created(row) and same(row) and (not wanted or row["id"] in wanted),
    )


def search_(world: World, call: Call) -> Json:
    """Products that match a query."""
    fields = ("active", "description", "metadata", "name", "shippable", "url")
    return search.page(call, world.store.newest_first("product"), fields=fields)


def features(world: World, call: Call) -> Json:
    """Features of a product; none can be made here."""
    finding.one(world, "product", call.id, param="id")
    return page(call, [], noun="product_feature")


_ONE = "/v1/products/{id}"
ROUTES = [
    Route(method="POST", path="/v1/products", handler=create, params="ProductCreateParams"),
    Route(method="GET", path="/v1/products", handler=list_, params="ProductListParams"),
    Route(method="GET", path="/v1/products/search", handler=search_, params="ProductSearchParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="ProductUpdateParams"),
    Route(method="DELETE", path=_ONE, handler=delete),
    Route(method="GET", path=f"{_ONE}/features", handler=features, params="ProductFeatureListParams"),
]
