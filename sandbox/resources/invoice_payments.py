"""Payments of invoices.

Source: https://docs.stripe.com/api/invoice-payment
"""

from sandbox import finding
from sandbox.calls import Call
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.routing import Route
from sandbox.world import World


def retrieve(world: World, call: Call) -> Json:
    """The invoice payment."""
    return finding.one(world, "invoice_payment", call.id, param="id")


def list_(world: World, call: Call) -> Json:
    """Invoice payments, newest first; filters: invoice, payment, status, created."""
    params = call.params
    created, same = created_matches(call), equals(call, "invoice", "status")
    wanted = (params.get("payment") or {}).get("payment_intent")
    if wanted:
        rows = world.store.children("invoice_payment", "payment.payment_intent", wanted)
    elif "invoice" in params:
        rows = world.store.children("invoice_payment", "invoice", params["invoice"])
    else:
        rows = list(world.store.all("invoice_payment"))
    return page(call, reversed(rows), noun="invoice_payment", keep=lambda row: created(row) and same(row))


ROUTES = [
    Route(method="GET", path="/v1/invoice_payments", handler=list_, params="InvoicePaymentListParams"),
    Route(method="GET", path="/v1/invoice_payments/{id}", handler=retrieve),
]
