"""Charges: read, described, and captured; they are made by payment intents."""

from sandbox import finding, holds, money, search
from sandbox.calls import Call
from sandbox.details import shipping
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World


def retrieve(world: World, call: Call) -> Json:
    """The charge."""
    return finding.one(world, "charge", call.id, status=404)


def update(world: World, call: Call) -> Json:
    """Description, metadata, receipt and the like."""
    row, params = finding.one(world, "charge", call.id, status=404), call.params
    if "customer" in params:
        finding.customer(world, params["customer"], param="customer")
        row["customer"] = params["customer"]
    for name in ("description", "receipt_email", "transfer_group"):
        if name in params:
            row[name] = params[name] or None
    if "fraud_details" in params:
        row["fraud_details"] = {**row["fraud_details"], **params["fraud_details"]}
    if "shipping" in params:
        row["shipping"] = shipping(params["shipping"])
    row["metadata"] = merged(row["metadata"], params.get("metadata"))
    return world.changed("charge.updated", row)


def capture(world: World, call: Call) -> Json:
    """Capture a charge that was held, through its payment intent."""
    row = finding.one(world, "charge", call.id, status=404)
    if row["captured"]:
        raise ApiError(f"Charge {row['id']} has already been captured.", code="charge_already_captured")
    intent = world.store.get("payment_intent", row["payment_intent"])
    if intent["status"] != "requires_capture":
        raise ApiError(
            f"Charge {row['id']} could not be captured because it has been expired or canceled.",
            code="charge_expired_for_capture",
        )
    amount: int = call.params["amount"] if "amount" in call.params else row["amount"]
    money.check_positive(amount)
    if amount > row["amount"]:
        raise ApiError(
            "You cannot capture a charge for an amount greater than it already has.",
            code="amount_too_large",
            param="amount",
        )
    holds.capture(world, intent, amount)
    return row


def list_(world: World, call: Call) -> Json:
    """Charges, newest first; filters: payment_intent, customer, created."""
    created = created_matches(call)
    same = equals(call, "customer", "payment_intent", "transfer_group")
    return page(
        call,
        _rows(world, call),
        noun="charge",
        keep=lambda row: created(row) and same(row),
    )


def _rows(world: World, call: Call) -> list[Json]:
    for name in ("payment_intent", "customer"):
        if name in call.params:
            return list(reversed(world.store.children("charge", name, call.params[name])))
    return list(world.store.newest_first("charge"))


def search_(world: World, call: Call) -> Json:
    """Charges that match a query."""
    fields = (
        "amount", "billing_details.address.postal_code", "created", "currency", "customer",
        "disputed", "metadata", "payment_method_details.card.brand",
        "payment_method_details.card.exp_month", "payment_method_details.card.exp_year",
        "payment_method_details.card.fingerprint", "payment_method_details.card.last4", "refunded",
        "status",
    )  # fmt: skip
    return search.page(call, world.store.newest_first("charge"), fields=fields)


_ONE = "/v1/charges/{id}"
ROUTES = [
    Route(method="GET", path="/v1/charges", handler=list_, params="ChargeListParams"),
    Route(method="GET", path="/v1/charges/search", handler=search_, params="ChargeSearchParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="ChargeUpdateParams"),
    Route(method="POST", path=f"{_ONE}/capture", handler=capture, params="ChargeCaptureParams"),
]
