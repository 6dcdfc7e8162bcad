"""Objects that many resources look up by an id in a parameter."""

from .errors import resource_missing
from .json_types import Json
from .world import World


def customer(world: World, id_: str, *, param: str = "id", status: int | None = None) -> Json:
    """The customer, which is not deleted; raises resource_missing."""
    row = world.store.find("customer", id_)
    if row is None or row.get("deleted"):
        raise resource_missing("customer", id_, param=param, status=status)
    return row
