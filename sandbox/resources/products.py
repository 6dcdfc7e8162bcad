"""Products.

Source: https://docs.stripe.com/api/products
"""

from sandbox import finding, search
from sandbox.billing import product_terms
from sandbox.calls import Call
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.routing import Route
from sandbox.world import World


def create(world: World, call: Call) -> Json:
    """A product, perhaps with its default price; its id may be chosen."""
    return product_terms.make(world, call.params)


def retrieve(world: World, call: Call) -> Json:
    """The product."""
    return finding.one(world, "product", call.id, param="id")


def update(world: World, call: Call) -> Json:
    """The product with what was given changed."""
    row = finding.one(world, "product", call.id, param="id")
    product_terms.apply(world, row, call.params)
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
