"""Customers."""

from ..calls import Call
from ..errors import resource_missing
from ..json_types import Json
from ..lists import created_matches, equals, page
from ..metadata import merged
from ..routing import Route
from ..world import World

_TEXTS = ("description", "email", "name", "phone", "business_name", "individual_name")


def find(world: World, id_: str, *, param: str = "id") -> Json:
    """The customer, which is not deleted; raises resource_missing."""
    row = world.store.find("customer", id_)
    if row is None or row.get("deleted"):
        raise resource_missing("customer", id_, param=param)
    return row


def _address(given: Json | str | None) -> Json | None:
    if not given or isinstance(given, str):
        return None
    empty = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {**empty, **{name: value or None for name, value in given.items()}}


def _apply(world: World, row: Json, params: Json) -> None:
    for name in _TEXTS:
        if name in params:
            row[name] = params[name] or None
    for name in ("balance", "tax_exempt", "preferred_locales", "invoice_prefix"):
        if name in params:
            row[name] = params[name]
    if "address" in params:
        row["address"] = _address(params["address"])
    if "shipping" in params:
        row["shipping"] = _shipping(params["shipping"])
    row["metadata"] = merged(row["metadata"], params.get("metadata"))


def _shipping(given: Json | str) -> Json | None:
    if isinstance(given, str):
        return None
    return {
        "address": _address(given.get("address")),
        "name": given.get("name"),
        "phone": given.get("phone") or None,
    }


def create(world: World, call: Call) -> Json:
    """A customer."""
    row: Json = {
        "id": world.ids.new("cus"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": world.clock.now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "email": None,
        "invoice_prefix": world.ids.text(8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    _apply(world, row, call.params)
    world.save(row)
    world.emit("customer.created", row)
    return row


def retrieve(world: World, call: Call) -> Json:
    """The customer; a deleted one says so."""
    row = world.store.find("customer", call.id)
    if row is None:
        raise resource_missing("customer", call.id)
    return row


def update(world: World, call: Call) -> Json:
    """The customer with what was given changed."""
    row = find(world, call.id)
    _apply(world, row, call.params)
    return world.changed("customer.updated", row)


def delete(world: World, call: Call) -> Json:
    """Delete for good; the id stays known as deleted."""
    row = find(world, call.id)
    world.emit("customer.deleted", row)
    gone: Json = {"id": row["id"], "object": "customer", "deleted": True}
    world.save(gone)
    return gone


def list_(world: World, call: Call) -> Json:
    """Customers, newest first; filters: email, created."""
    created, same = created_matches(call), equals(call, "email")
    return page(
        call,
        world.store.newest_first("customer"),
        noun="customer",
        keep=lambda row: created(row) and same(row),
    )


ROUTES = [
    Route(method="POST", path="/v1/customers", handler=create, params="CustomerCreateParams"),
    Route(method="GET", path="/v1/customers", handler=list_, params="CustomerListParams"),
    Route(method="GET", path="/v1/customers/{id}", handler=retrieve),
    Route(
        method="POST", path="/v1/customers/{id}", handler=update, params="CustomerUpdateParams"
    ),
    Route(method="DELETE", path="/v1/customers/{id}", handler=delete),
]
