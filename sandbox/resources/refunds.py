"""Refunds."""

from sandbox import disputing, finding, money, refunding
from sandbox.calls import Call
from sandbox.errors import ApiError, InvalidParameters
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World


def _charge_of(world: World, params: Json) -> Json:
    if "charge" in params:
        charge = finding.one(world, "charge", params["charge"], param="id", status=404)
        intent = params.get("payment_intent")
        if intent and charge["payment_intent"] != intent:
            raise InvalidParameters(
                f"The charge {charge['id']} does not belong to the PaymentIntent {intent}.",
                param="payment_intent",
            )
        return charge
    if "payment_intent" not in params:
        raise InvalidParameters(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    intent = finding.one(world, "payment_intent", params["payment_intent"], param="payment_intent")
    charge_id = intent["latest_charge"]
    found = world.store.find("charge", charge_id)
    if found is None or found["status"] == "failed":
        raise ApiError(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return found


def create(world: World, call: Call) -> Json:
    """Give money back: all that is left, or an amount."""
    params = call.params
    for name in ("refund_application_fee", "reverse_transfer", "instructions_email", "origin"):
        if params.get(name):
            raise InvalidParameters(
                f"The local Stripe does not support the parameter {name} yet.",
                code="parameter_unknown",
                param=name,
            )
    if "amount" in params:
        money.check_positive(params["amount"])
    charge = _charge_of(world, params)
    row = refunding.give(world, charge, params.get("amount"), params.get("reason"), merged({}, params.get("metadata")))
    disputing.refunded(world, charge)
    return row


def retrieve(world: World, call: Call) -> Json:
    """The refund."""
    return finding.one(world, "refund", call.id, status=404)


def update(world: World, call: Call) -> Json:
    """Its metadata."""
    row = finding.one(world, "refund", call.id, status=404)
    row["metadata"] = merged(row["metadata"], call.params.get("metadata"))
    previous = world.save(row)
    if previous:
        world.emit("refund.updated", row, previous)
        world.emit("charge.refund.updated", row, previous)
    return row


def cancel(world: World, call: Call) -> Json:
    """Only a refund that waits for the customer can be canceled; none does here."""
    finding.one(world, "refund", call.id, status=404)
    raise ApiError("Canceling this refund is unsupported.")


def list_(world: World, call: Call) -> Json:
    """Refunds, newest first; filters: charge, payment_intent, created."""
    created, same = created_matches(call), equals(call, "charge", "payment_intent")
    for name in ("charge", "payment_intent"):
        if name in call.params:
            rows = list(reversed(world.store.children("refund", name, call.params[name])))
            break
    else:
        rows = list(world.store.newest_first("refund"))
    return page(call, rows, noun="refund", keep=lambda row: created(row) and same(row))


def list_of_charge(world: World, call: Call) -> Json:
    """Refunds of the charge in the path."""
    finding.one(world, "charge", call.names["charge"], status=404)
    rows = reversed(world.store.children("refund", "charge", call.names["charge"]))
    return page(call, rows, noun="refund")


_ONE = "/v1/refunds/{id}"
ROUTES = [
    Route(method="POST", path="/v1/refunds", handler=create, params="RefundCreateParams"),
    Route(method="GET", path="/v1/refunds", handler=list_, params="RefundListParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="RefundUpdateParams"),
    Route(method="POST", path=f"{_ONE}/cancel", handler=cancel, params="RefundCancelParams"),
    Route(
        method="GET",
        path="/v1/charges/{charge}/refunds",
        handler=list_of_charge,
        params="ChargeListRefundsParams",
    ),
]
