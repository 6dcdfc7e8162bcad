"""Objects looked up by an id in the path or in a parameter."""

from .errors import resource_missing
from .json_types import Json
from .world import World


def one(world: World, kind: str, id_: str, *, param: str = "", status: int | None = None) -> Json:
    """The object of this kind; raises resource_missing, at `param` (the kind, unless another one named it)."""
    row = world.store.find(kind, id_)
    if row is None:
        noun = "webhook endpoint" if kind == "webhook_endpoint" else kind
        raise resource_missing(noun, id_, param=param or kind, status=status)
    return row


def customer(world: World, id_: str, *, param: str = "id", status: int | None = None) -> Json:
    """The customer, which is not deleted; raises resource_missing."""
    row = world.store.find("customer", id_)
    if row is None or row.get("deleted"):
        raise resource_missing("customer", id_, param=param, status=status)
    return row
