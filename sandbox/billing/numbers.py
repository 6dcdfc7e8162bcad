"""Invoice numbers: the customer's own, in order, or given; each once.

Source: https://docs.stripe.com/invoicing/customize#numbering
"""

from sandbox.errors import InvalidParameters
from sandbox.json_types import Json
from sandbox.world import World


def next_of(world: World, invoice: Json, customer: Json) -> str:
    """The next number of the customer's that no invoice has."""
    while True:
        taken: int = customer["next_invoice_sequence"]
        customer["next_invoice_sequence"] = taken + 1
        number = f"{customer['invoice_prefix']}-{taken:04d}"
        if _holder(world, number) in (None, invoice["id"]):
            break
    world.save(customer)
    world.save({"object": "_invoice_number", "id": number, "invoice": invoice["id"]})
    return number


def take(world: World, invoice: Json, number: str) -> None:
    """Give the invoice that number; raises 400 where another one has it."""
    if _holder(world, number) not in (None, invoice["id"]):
        raise InvalidParameters(
            f"An invoice with the number {number} already exists.", code="resource_already_exists", param="number"
        )
    world.save({"object": "_invoice_number", "id": number, "invoice": invoice["id"]})


def free(world: World, invoice: Json) -> None:
    """The draft has its number no longer."""
    row = world.store.find("_invoice_number", invoice["number"])
    if row is not None and row["invoice"] == invoice["id"]:
        world.store.delete(row)


def _holder(world: World, number: str) -> str | None:
    """The invoice that has the number; a deleted draft has none."""
    row = world.store.find("_invoice_number", number)
    if row is None or world.store.find("invoice", row["invoice"]) is None:
        return None
    return str(row["invoice"])
