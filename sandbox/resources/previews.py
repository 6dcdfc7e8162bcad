"""Previews of invoices.

Source: https://docs.stripe.com/api/invoices/create_preview
"""

from sandbox.billing import previews
from sandbox.calls import Call
from sandbox.json_types import Json
from sandbox.routing import Route
from sandbox.world import World


def create(world: World, call: Call) -> Json:
    """The invoice that a change would make."""
    return previews.preview(world, call.params)


ROUTES = [
    Route(method="POST", path="/v1/invoices/create_preview", handler=create, params="InvoiceCreatePreviewParams"),
]
