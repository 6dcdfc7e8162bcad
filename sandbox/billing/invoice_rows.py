"""Invoices as they are found, kept and told of; and what is known of one beside what Stripe shows."""

from sandbox import finding
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World


def find(world: World, id_: str, *, param: str = "id") -> Json:
    """The invoice; raises resource_missing."""
    return finding.one(world, "invoice", id_, param=param)


def beside(world: World, invoice: Json) -> Json:
    """What is known of the invoice beside its object; save it when it changed."""
    return world.store.find("_invoice", invoice["id"]) or {
        "object": "_invoice",
        "id": invoice["id"],
        "created_event": None,
        "balance_applied": 0,
        "retries": 0,
        "is_automatic": False,
    }


def announce(world: World, invoice: Json, *types: str) -> Json:
    """Save the invoice; tell of what happened, and what it held before."""
    previous = world.save(invoice)
    if previous:
        world.emit("invoice.updated", invoice, previous)
    for type_ in types:
        world.emit(type_, invoice)
    return invoice


def require_draft(invoice: Json) -> None:
    """Raise 400 where the invoice is no longer a draft."""
    if invoice["status"] != "draft":
        raise ApiError("Invalid invoice: This invoice is no longer editable", code="invoice_not_editable")


def customer_of(world: World, invoice: Json) -> Json:
    """Its customer, perhaps deleted by now."""
    return world.store.get("customer", invoice["customer"])


def subscription_id(invoice: Json) -> str | None:
    """The subscription that it bills."""
    details = (invoice["parent"] or {}).get("subscription_details")
    return details["subscription"] if details else None
