"""Setup intents, their attempts, and the mandates they leave behind."""

from sandbox import intents, mandates, microdeposits, setting_up
from sandbox.attempts import Attempt
from sandbox.calls import Call
from sandbox.errors import ApiError, missing, resource_missing
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.routing import Route
from sandbox.world import World

_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_CARD_OPTIONS: Json = {
    "mandate_options": None,
    "network": None,
    "request_three_d_secure": "automatic",
}


def _unexpected(row: Json, message: str) -> ApiError:
    return ApiError(message, code="setup_intent_unexpected_state", setup_intent=row)


def _options(kinds: list[str], given: Json | None, current: Json | None = None) -> Json:
    result = dict(current or {})
    for kind in kinds:
        base: Json = _CARD_OPTIONS if kind == "card" else {}
        if kind == "us_bank_account":
            base = {"verification_method": "automatic"}
        result[kind] = {**base, **result.get(kind, {}), **((given or {}).get(kind) or {})}
    return result


def create(world: World, call: Call) -> Json:
    """A setup intent; with ``confirm`` it is tried at once."""
    params = call.params
    intents.refuse_unsupported(params)
    kinds, automatic = intents.choose_kinds(params, None)
    if automatic:
        kinds = ["card", *_account_debits(world)]
    id_ = world.ids.new("seti")
    configuration = {"id": intents.CONFIGURATION_ID, "parent": None}
    row: Json = {
        "id": id_,
        "object": "setup_intent",
        "application": None,
        "automatic_payment_methods": automatic,
        "cancellation_reason": None,
        "client_secret": intents.secret(world, id_),
        "created": world.clock.now(),
        "customer": intents.customer_of(world, params),
        "description": params.get("description") or None,
        "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": configuration if automatic else None,
        "payment_method_options": _options(kinds, params.get("payment_method_options")),
        "payment_method_types": kinds,
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": params.get("usage", "off_session"),
    }
    intents.apply_metadata(row, params)
    method = intents.take_method(world, row, call)
    if params.get("confirm"):
        _check_method(row, method)
        intents.require_return_url(row, params, "SetupIntent")
    world.save(row)
    world.emit("setup_intent.created", row)
    if params.get("confirm"):
        _start(world, row, method, call)
    return row


def _account_debits(world: World) -> list[str]:
    return intents.configured_kinds(world.config.currency)[1:]


def _check_method(row: Json, method: Json | None) -> None:
    if method is None:
        raise _unexpected(
            row,
            "You cannot confirm this SetupIntent because it's missing a payment method. You can"
            " either update the SetupIntent with a payment method and then confirm it again, or"
            " confirm it again directly with a payment method or ConfirmationToken.",
        )


def _start(world: World, row: Json, method: Json | None, call: Call) -> None:
    assert method is not None
    setting_up.start(world, row, Attempt(method=method, call=call, params=dict(call.params)))


def retrieve(world: World, call: Call) -> Json:
    """The setup intent."""
    return intents.view(intents.find(world, call, "setup_intent"), call)


def update(world: World, call: Call) -> Json:
    """Change what its status still allows."""
    row, params = intents.find(world, call, "setup_intent"), call.params
    intents.refuse_unsupported(params)
    if row["status"] not in _OPEN and params.keys() - {"metadata", "description"}:
        raise _unexpected(
            row,
            "You cannot update this SetupIntent because it has a status of"
            f" {row['status']}. Only a SetupIntent with one of the following statuses may be"
            f" updated: {', '.join(_OPEN)}.",
        )
    if "customer" in params:
        row["customer"] = intents.customer_of(world, params)
    if "payment_method_types" in params:
        row["payment_method_types"], row["automatic_payment_methods"] = intents.choose_kinds(
            {"payment_method_types": params["payment_method_types"]}, None
        )
    names_method = "payment_method" in params or "payment_method_data" in params
    if names_method and intents.take_method(world, row, call):
        row["next_action"] = None
    if "description" in params:
        row["description"] = params["description"] or None
    row["payment_method_options"] = _options(
        row["payment_method_types"], params.get("payment_method_options"),
        row["payment_method_options"],
    )  # fmt: skip
    intents.apply_metadata(row, params)
    world.save(row)
    return row


def confirm(world: World, call: Call) -> Json:
    """Try to save the payment method."""
    row, params = intents.find(world, call, "setup_intent"), call.params
    intents.refuse_unsupported(params)
    if row["status"] not in _OPEN:
        raise _unexpected(
            row,
            f"You cannot confirm this SetupIntent because it has a status of {row['status']}. Only"
            " a SetupIntent with one of the following statuses may be confirmed:"
            " requires_confirmation, requires_action.",
        )
    method = intents.method_for(world, row, call)
    _check_method(row, method)
    assert method is not None
    intents.check_kind(row, method)
    intents.require_return_url(row, params, "SetupIntent")
    row["payment_method_options"] = _options(
        row["payment_method_types"], params.get("payment_method_options"),
        row["payment_method_options"],
    )  # fmt: skip
    _start(world, row, method, call)
    return intents.view(row, call)


def cancel(world: World, call: Call) -> Json:
    """Give up saving the payment method."""
    row = intents.find(world, call, "setup_intent")
    if row["status"] not in _OPEN:
        raise _unexpected(
            row,
            f"You cannot cancel this SetupIntent because it has a status of {row['status']}. Only a"
            " SetupIntent with one of the following statuses may be canceled:"
            f" {', '.join(_OPEN)}.",
        )
    row["status"], row["next_action"] = "canceled", None
    row["cancellation_reason"] = call.params.get("cancellation_reason")
    _abandon_attempt(world, row)
    world.save(row)
    world.emit("setup_intent.canceled", row)
    return row


def _abandon_attempt(world: World, row: Json) -> None:
    attempt = world.store.find("setup_attempt", row["latest_attempt"])
    if attempt is not None and attempt["status"] == "requires_action":
        attempt["status"] = "abandoned"
        world.save(attempt)


def verify_microdeposits(world: World, call: Call) -> Json:
    """Prove that the bank account is the customer's."""
    row = intents.find(world, call, "setup_intent")
    microdeposits.verify(world, row, call.params)
    return intents.view(row, call)


def list_(world: World, call: Call) -> Json:
    """Setup intents, newest first; filters: customer, payment_method, created."""
    created, same = created_matches(call), equals(call, "customer", "payment_method")
    return page(
        call,
        world.store.newest_first("setup_intent"),
        noun="setup_intent",
        keep=lambda row: created(row) and same(row),
    )


def list_attempts(world: World, call: Call) -> Json:
    """The attempts of one setup intent, newest first."""
    if "setup_intent" not in call.params:
        raise missing("setup_intent")
    intent = call.params["setup_intent"]
    if world.store.find("setup_intent", intent) is None:
        raise resource_missing("setup_intent", intent, param="setup_intent")
    created = created_matches(call)
    rows = reversed(world.store.children("setup_attempt", "setup_intent", intent))
    return page(call, rows, noun="setup_attempt", keep=created)


def retrieve_mandate(world: World, call: Call) -> Json:
    """A mandate."""
    try:
        return mandates.find(world, call.id)
    except ApiError as error:
        raise resource_missing("mandate", call.id, param="mandate", status=404) from error


_PATH = "/v1/setup_intents"
_ONE = f"{_PATH}/{{id}}"
ROUTES = [
    Route(method="POST", path=_PATH, handler=create, params="SetupIntentCreateParams"),
    Route(method="GET", path=_PATH, handler=list_, params="SetupIntentListParams"),
    Route(method="GET", path=_ONE, handler=retrieve, public=True),
    Route(method="POST", path=_ONE, handler=update, params="SetupIntentUpdateParams"),
    Route(
        method="POST",
        path=f"{_ONE}/confirm",
        handler=confirm,
        params="SetupIntentConfirmParams",
        public=True,
    ),
    Route(method="POST", path=f"{_ONE}/cancel", handler=cancel, params="SetupIntentCancelParams"),
    Route(
        method="POST",
        path=f"{_ONE}/verify_microdeposits",
        handler=verify_microdeposits,
        params="SetupIntentVerifyMicrodepositsParams",
        public=True,
    ),
    Route(
        method="GET",
        path="/v1/setup_attempts",
        handler=list_attempts,
        params="SetupAttemptListParams",
    ),
    Route(method="GET", path="/v1/mandates/{id}", handler=retrieve_mandate),
]
