"""Payment methods: cards, US, SEPA and Bacs debits, and every test id of Stripe's testing page."""

from sandbox import finding, instruments, methods
from sandbox.calls import Call
from sandbox.card_table import TestCard
from sandbox.details import billing
from sandbox.errors import ApiError, InvalidParameters, missing, resource_missing
from sandbox.json_types import Json
from sandbox.lists import equals, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World


def _path_row(world: World, id_: str) -> Json:
    row = world.store.find("payment_method", id_) or methods.from_test_id(world, id_)
    if row is None:
        raise resource_missing("PaymentMethod", id_, param="payment_method", status=404)
    return row


def create(world: World, call: Call) -> Json:
    """A payment method that belongs to nobody yet. Stripe sends no event for it."""
    return methods.from_data(world, call, call.params)


def retrieve(world: World, call: Call) -> Json:
    """The payment method."""
    return _path_row(world, call.id)


def update(world: World, call: Call) -> Json:
    """Billing details, expiry, metadata; only of one that is attached."""
    row = _path_row(world, call.id)
    if row["customer"] is None:
        raise ApiError(
            "You must save this PaymentMethod to a customer before you can update it.",
        )
    params = call.params
    if "billing_details" in params:
        row["billing_details"] = billing(params["billing_details"], row["billing_details"])
    if "allow_redisplay" in params:
        row["allow_redisplay"] = params["allow_redisplay"]
    for name in ("exp_month", "exp_year"):
        if name in params.get("card", {}):
            row["card"][name] = params["card"][name]
    row["metadata"] = merged(row["metadata"], params.get("metadata"))
    return world.changed("payment_method.updated", row)


def ready_to_attach(world: World, id_: str, owner: str | None) -> Json:
    """The payment method, which nobody else has; the bank may decline the card."""
    row = _path_row(world, id_)
    if row["customer"] not in (None, owner):
        raise ApiError("The payment method you provided has already been attached to a customer.")
    methods.refuse_spent(world, row)
    if row["type"] == "card":
        card = instruments.card_behind(world, row["id"])
        if card.decline is not None and not card.attachable:
            raise declined(row, card)
    return row


def attach(world: World, call: Call) -> Json:
    """Attach to a customer."""
    if "customer" not in call.params:
        raise missing("customer")
    owner = call.params["customer"]
    finding.customer(world, owner, param="customer")
    row = ready_to_attach(world, call.id, owner)
    return row if row["customer"] == owner else methods.attach_to(world, row, owner)


def declined(row: Json, card: TestCard) -> ApiError:
    """The bank said no while the card was being saved."""
    decline = card.decline
    assert decline is not None
    return instruments.card_error(
        decline.message,
        decline.code,
        decline.param,
        decline_code=decline.decline_code or decline.code,
        advice_code=decline.advice_code,
        network_decline_code=decline.network_decline_code or None,
        payment_method={**row},
    )


def detach(world: World, call: Call) -> Json:
    """Take the payment method from its customer, for good."""
    row = _path_row(world, call.id)
    owner = row["customer"]
    if owner is None:
        raise ApiError("The payment method you provided is not attached to a customer so detachment is impossible.")
    row["customer"] = None
    world.save(row)
    instruments.mark(world, row["id"], spent=True)
    _forget_default(world, owner, row["id"])
    world.emit("payment_method.detached", row, {"customer": owner})
    return row


def _forget_default(world: World, owner: str, id_: str) -> None:
    customer = world.store.get("customer", owner)
    if customer["invoice_settings"]["default_payment_method"] == id_:
        customer["invoice_settings"]["default_payment_method"] = None
        world.changed("customer.updated", customer)


def _of_customer(world: World, call: Call, owner: str) -> Json:
    matches = equals(call, "type", "allow_redisplay")
    rows = reversed(world.store.children("payment_method", "customer", owner))
    return page(call, rows, noun="payment_method", keep=matches)


def list_(world: World, call: Call) -> Json:
    """Payment methods of a customer, newest first."""
    owner = call.params.get("customer")
    if owner is None:
        if "type" not in call.params:
            raise InvalidParameters("Missing required param: customer.", code="parameter_missing", param="customer")
        return page(call, [], noun="payment_method")
    finding.customer(world, owner, param="customer")
    return _of_customer(world, call, owner)


def list_of_customer(world: World, call: Call) -> Json:
    """The same, below the customer."""
    finding.customer(world, call.names["customer"], param="customer")
    return _of_customer(world, call, call.names["customer"])


def retrieve_of_customer(world: World, call: Call) -> Json:
    """One payment method of the customer."""
    row = world.store.find("payment_method", call.id)
    if row is None or row["customer"] != call.names["customer"]:
        raise resource_missing("PaymentMethod", call.id, param="payment_method", status=404)
    return row


_PATH = "/v1/payment_methods"
_OF_CUSTOMER = "/v1/customers/{customer}/payment_methods"
ROUTES = [
    Route(method="POST", path=_PATH, handler=create, params="PaymentMethodCreateParams", public=True),
    Route(method="GET", path=_PATH, handler=list_, params="PaymentMethodListParams"),
    Route(method="GET", path=f"{_PATH}/{{id}}", handler=retrieve),
    Route(method="POST", path=f"{_PATH}/{{id}}", handler=update, params="PaymentMethodUpdateParams"),
    Route(
        method="POST",
        path=f"{_PATH}/{{id}}/attach",
        handler=attach,
        params="PaymentMethodAttachParams",
    ),
    Route(
        method="POST",
        path=f"{_PATH}/{{id}}/detach",
        handler=detach,
        params="PaymentMethodDetachParams",
    ),
    Route(
        method="GET",
        path=_OF_CUSTOMER,
        handler=list_of_customer,
        params="CustomerListPaymentMethodsParams",
    ),
    Route(method="GET", path=f"{_OF_CUSTOMER}/{{id}}", handler=retrieve_of_customer),
]
