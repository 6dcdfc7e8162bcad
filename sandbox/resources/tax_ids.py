"""Tax ids of customers."""

import re

from sandbox import finding
from sandbox.calls import Call
from sandbox.errors import ApiError, resource_missing
from sandbox.json_types import Json
from sandbox.lists import page
from sandbox.routing import Route
from sandbox.world import World

_SHAPES = {"eu_vat": r"[A-Z]{2}[A-Z0-9+*]{2,12}", "us_ein": r"\d{2}-\d{7}", "gb_vat": r"GB\d{9,12}"}
_COUNTRY_IN_VALUE = frozenset({"eu_vat"})


def add(world: World, customer: Json, type_: str, value: str) -> Json:
    """A tax id of the customer; its format is checked where it is known here."""
    shape = _SHAPES.get(type_)
    if shape and not re.fullmatch(shape, value.upper()):
        raise ApiError(f"Invalid value for {type_}.", code="tax_id_invalid", param="value")
    country = value[:2].upper() if type_ in _COUNTRY_IN_VALUE else type_[:2].upper()
    row: Json = {
        "id": world.ids.new("txi"),
        "object": "tax_id",
        "country": country,
        "created": world.clock.now(),
        "customer": customer["id"],
        "customer_account": None,
        "livemode": False,
        "owner": {"customer": customer["id"], "customer_account": None, "type": "customer"},
        "type": type_,
        "value": value,
        "verification": {
            "status": "pending",
            "verified_address": None,
            "verified_name": None,
        },
    }
    world.save(row)
    world.emit("customer.tax_id.created", row)
    return row


def _find(world: World, call: Call) -> Json:
    finding.customer(world, call.names["customer"], param="customer", status=404)
    row = world.store.find("tax_id", call.id)
    if row is None or row["customer"] != call.names["customer"]:
        raise resource_missing("tax_id", call.id, param="id")
    return row


def create(world: World, call: Call) -> Json:
    """A tax id."""
    customer = finding.customer(world, call.names["customer"], param="customer", status=404)
    return add(world, customer, call.params["type"], call.params["value"])


def retrieve(world: World, call: Call) -> Json:
    """The tax id."""
    return _find(world, call)


def delete(world: World, call: Call) -> Json:
    """Forget the tax id."""
    row = _find(world, call)
    world.store.delete(row)
    world.emit("customer.tax_id.deleted", row)
    return {"id": row["id"], "object": "tax_id", "deleted": True}


def list_(world: World, call: Call) -> Json:
    """Tax ids of the customer, newest first."""
    owner = call.names["customer"]
    finding.customer(world, owner, param="customer", status=404)
    return page(call, reversed(world.store.children("tax_id", "customer", owner)), noun="tax_id")


_PATH = "/v1/customers/{customer}/tax_ids"
ROUTES = [
    Route(method="POST", path=_PATH, handler=create, params="CustomerCreateTaxIdParams"),
    Route(method="GET", path=_PATH, handler=list_, params="CustomerListTaxIdsParams"),
    Route(method="GET", path=f"{_PATH}/{{id}}", handler=retrieve),
    Route(method="DELETE", path=f"{_PATH}/{{id}}", handler=delete),
]
