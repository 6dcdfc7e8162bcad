"""What payment intents and setup intents share: methods they take, secrets, refusals, views."""

from . import finding, mandates, methods
from .calls import Call
from .errors import ApiError, InvalidParameters, resource_missing
from .json_types import Json
from .metadata import merged
from .world import World

CONFIGURATION_ID = "pmc_1SandboxLocalStripe000001"
_DEBITS = {"usd": "us_bank_account", "eur": "sepa_debit", "gbp": "bacs_debit"}
_CLIENT_FIELDS = frozenset(
    [
        "id",
        "object",
        "amount",
        "amount_details",
        "automatic_payment_methods",
        "canceled_at",
        "cancellation_reason",
        "capture_method",
        "client_secret",
        "confirmation_method",
        "created",
        "currency",
        "description",
        "excluded_payment_method_types",
        "last_payment_error",
        "last_setup_error",
        "livemode",
        "next_action",
        "payment_method",
        "payment_method_configuration_details",
        "payment_method_types",
        "processing",
        "receipt_email",
        "setup_future_usage",
        "shipping",
        "source",
        "status",
        "usage",
    ]
)
_RETURN_URL_NEEDED = (
    "This {noun} is configured to accept payment methods enabled in your Dashboard. Because some"
    " of these payment methods might redirect your customer off of your page, you must provide a"
    " `return_url`. If you don't want to accept redirect-based payment methods, set"
    " `automatic_payment_methods[enabled]` to `true` and"
    " `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and"
    " Payment Intents."
)
_NOT_HERE = frozenset(
    [
        "application_fee_amount",
        "confirmation_token",
        "customer_account",
        "hooks",
        "managed_payments",
        "on_behalf_of",
        "transfer_data",
        "radar_options",
        "amount_to_confirm",
        "flow_directions",
        "attach_to_self",
        "allowed_payment_method_types",
        "payment_details",
    ]
)


def refuse_unsupported(params: Json) -> None:
    """What Stripe knows and this sandbox does not do is refused, never ignored."""
    for name in sorted(_NOT_HERE & params.keys()):
        raise InvalidParameters(
            f"The local Stripe does not support the parameter {name} yet.",
            code="parameter_unknown",
            param=name,
        )


def configured_kinds(code: str | None) -> list[str]:
    """The payment methods that the account has switched on for a currency."""
    debit = _DEBITS.get(code or "")
    return ["card", debit] if debit else ["card"]


def choose_kinds(params: Json, code: str | None) -> tuple[list[str], Json | None]:
    """``payment_method_types`` and ``automatic_payment_methods`` of a new intent."""
    automatic = params.get("automatic_payment_methods")
    given = params.get("payment_method_types")
    if given and automatic and automatic.get("enabled"):
        raise InvalidParameters(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
            code="parameters_exclusive",
            param="automatic_payment_methods",
        )
    manual = params.get("capture_method") == "manual"
    if given:
        _check_kinds(given, code, manual=manual)
        return given, None
    if automatic is not None and not automatic["enabled"]:
        return ["card"], None
    redirects = (automatic or {}).get("allow_redirects", "always")
    kinds = ["card"] if manual else configured_kinds(code)
    excluded = params.get("excluded_payment_method_types") or []
    return [kind for kind in kinds if kind not in excluded], {
        "allow_redirects": redirects,
        "enabled": True,
    }


def _check_kinds(kinds: list[str], code: str | None, *, manual: bool) -> None:
    for kind in kinds:
        if manual and kind in mandates.NEEDED_FOR:
            raise ApiError(
                f"The payment method type {kind} does not support capture_method manual.",
                code="payment_intent_invalid_parameter",
                param="capture_method",
            )
        if kind not in methods.KINDS:
            raise ApiError(
                f'The payment method type "{kind}" is invalid. Please ensure the provided type is'
                " activated in your dashboard"
                " (https://dashboard.stripe.com/account/payments/settings) and your account is"
                " enabled for any preview features that you are trying to use. See"
                " https://stripe.com/docs/payments/payment-methods/integration-options for supported"
                " payment method, currency, and country combinations.",
                code="payment_intent_invalid_parameter",
                param="payment_method_types",
            )
        wanted = next((c for c, debit in _DEBITS.items() if debit == kind), None)
        if code and wanted and code != wanted:
            raise ApiError(
                f"The currency provided ({code}) is invalid for one or more payment methods on this"
                f" intent ({kind}). Payments with `{kind}` support the following currencies:"
                f" {wanted}.",
                code="payment_intent_invalid_parameter",
                param="currency",
            )


def require_return_url(intent: Json, params: Json, noun: str) -> None:
    """Automatic payment methods may redirect, so confirming them takes a return URL."""
    automatic = intent["automatic_payment_methods"]
    may_redirect = automatic and automatic["allow_redirects"] == "always"
    if may_redirect and not params.get("return_url") and not params.get("use_stripe_sdk"):
        raise ApiError(_RETURN_URL_NEEDED.format(noun=noun))
    if automatic and not may_redirect and params.get("return_url"):
        raise ApiError(
            "A `return_url` was specified but the intent's `automatic_payment_methods` has"
            " `allow_redirects` set to `never`.",
            param="return_url",
        )


def method_for(world: World, intent: Json, call: Call) -> Json | None:
    """The payment method that the request or the intent names, checked against the customer."""
    params = call.params
    if params.get("payment_method_data") and params.get("payment_method"):
        raise InvalidParameters(
            "You may only specify one of these parameters: payment_method, payment_method_data.",
            code="parameters_exclusive",
            param="payment_method",
        )
    if params.get("payment_method_data"):
        return methods.from_data(world, call, params["payment_method_data"], "payment_method_data")
    id_ = params.get("payment_method") or intent["payment_method"]
    if not id_:
        return None
    method = methods.resolve(world, id_)
    _check_owner(intent, method)
    methods.refuse_spent(world, method)
    return method


def take_method(world: World, intent: Json, call: Call) -> Json | None:
    """The payment method that the call names, if any, put on the intent, which then waits to be confirmed."""
    method = method_for(world, intent, call)
    if method is not None:
        check_kind(intent, method)
        intent["payment_method"], intent["status"] = method["id"], "requires_confirmation"
    return method


def _check_owner(intent: Json, method: Json) -> None:
    owner, customer = method["customer"], intent["customer"]
    noun = "SetupIntent" if intent["object"] == "setup_intent" else "PaymentIntent"
    if owner is None or owner == customer:
        return
    if customer is None:
        message = (
            f"The PaymentMethod {method['id']} belongs to the Customer {owner}. Please include the"
            f" Customer in the `customer` parameter on the {noun}."
        )
    else:
        message = (
            f"The PaymentMethod {method['id']} does not belong to the Customer you supplied"
            f" {customer}. Please use this PaymentMethod with the Customer that it belongs to"
            " instead."
        )
    raise ApiError(message, param="payment_method")


def check_kind(intent: Json, method: Json) -> None:
    """The intent takes this kind of payment method."""
    if method["type"] in intent["payment_method_types"]:
        return
    allowed = ", ".join(intent["payment_method_types"])
    noun = "SetupIntent" if intent["object"] == "setup_intent" else "PaymentIntent"
    raise ApiError(
        f"The PaymentMethod provided ({method['type']}) is not allowed for this {noun}. Please"
        f" attach a PaymentMethod of one of the following types: {allowed}. You can also"
        f" update the allowed payment method types for this {noun} to include"
        f' "{method["type"]}".',
        code="payment_intent_incompatible_payment_method"
        if noun == "PaymentIntent"
        else "setup_intent_invalid_parameter",
        param="payment_method",
    )


def customer_of(world: World, params: Json, current: str | None = None) -> str | None:
    """The customer that the request names, else the current one."""
    given = params.get("customer")
    if not given:
        return current
    id_: str = finding.customer(world, given, param="customer")["id"]
    return id_


def find(world: World, call: Call, kind: str) -> Json:
    """The intent in the path; a publishable key must know its secret."""
    row = world.store.find(kind, call.id)
    if row is None:
        raise resource_missing(kind, call.id, param="intent", status=404)
    if call.with_publishable_key or call.client_secret is not None:
        _check_secret(row, call)
    return row


def _check_secret(row: Json, call: Call) -> None:
    if call.client_secret is None:
        raise InvalidParameters(
            "Missing required param: client_secret.",
            code="parameter_missing",
            param="client_secret",
        )
    if call.client_secret != row["client_secret"]:
        noun = "SetupIntent" if row["object"] == "setup_intent" else "PaymentIntent"
        raise ApiError(
            f"The client_secret provided does not match the client_secret associated with the {noun}.",
            code=f"{row['object']}_invalid_parameter",
            param="client_secret",
        )


def view(row: Json, call: Call) -> Json:
    """The intent as its caller may see it: a publishable key sees what a customer may know."""
    if not call.with_publishable_key:
        return row
    return {name: value for name, value in row.items() if name in _CLIENT_FIELDS}


def secret(world: World, id_: str) -> str:
    """A client secret, which starts with the id."""
    return f"{id_}_secret_{world.ids.text(25)}"


def apply_metadata(row: Json, params: Json) -> None:
    """Merge metadata that was given."""
    row["metadata"] = merged(row["metadata"], params.get("metadata"))
