"""What can be done with an invoice, on one page."""

from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from .advancement import go_on_later, set_auto_advance
from .collection import collect, pay
from .drafts import (
    add_lines,
    delete,
    draft,
    recompute,
    remove_line,
    subscription_parent,
    sweep_pending_items,
    take_item,
)
from .endings import mark_uncollectible, pay_out_of_band, void
from .finalization import finalize
from .invoice_rows import announce, beside, find, subscription_id

__all__ = [
    "add_lines",
    "announce",
    "beside",
    "collect",
    "delete",
    "draft",
    "finalize",
    "find",
    "go_on_later",
    "mark_uncollectible",
    "pay",
    "pay_out_of_band",
    "recompute",
    "remove_line",
    "send",
    "set_auto_advance",
    "subscription_id",
    "subscription_parent",
    "sweep_pending_items",
    "take_item",
    "void",
]


def send(world: World, invoice: Json) -> Json:
    """Send the invoice to its customer, finalized where it was a draft; event invoice.sent."""
    if invoice["status"] not in ("draft", "open", "uncollectible"):
        raise ApiError(
            "This invoice cannot be sent right now. Please contact us via https://support.stripe.com/contact with"
            " details, so we can help."
        )
    if invoice["status"] == "draft":
        finalize(world, invoice)
    world.emit("invoice.sent", invoice)
    return invoice
