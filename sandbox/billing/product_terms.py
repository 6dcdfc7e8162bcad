"""A product from its parameters.

Source: https://docs.stripe.com/api/products/create
"""

from sandbox import finding
from sandbox.errors import ApiError, InvalidParameters
from sandbox.json_types import Json
from sandbox.metadata import merged
from sandbox.world import World

from . import price_terms

_VALUES = ("description", "name", "statement_descriptor", "tax_code", "unit_label", "url", "shippable")


def apply(world: World, row: Json, params: Json) -> None:
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


def make(world: World, params: Json) -> Json:
    """A product, perhaps with its default price; its id may be chosen."""
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
    apply(world, row, {name: value for name, value in params.items() if name != "id"})
    world.save(row)
    if given := params.get("default_price_data"):
        price = price_terms.make(world, {**given, "product": row["id"]})
        row["default_price"] = price["id"]
        world.save(row)
    world.emit("product.created", row)
    return row
