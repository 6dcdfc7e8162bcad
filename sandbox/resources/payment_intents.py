"""Payment intents: the operations; the way of a payment itself is in ``confirmation``."""

from sandbox import confirmation, holds, intents, microdeposits, money, search, texts
from sandbox import payment_intent_shape as shape
from sandbox.attempts import Attempt
from sandbox.billing import invoice_payments
from sandbox.calls import Call
from sandbox.details import shipping
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.routing import Route
from sandbox.world import World

_CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
# Stripe's limit on confirmations is variable and has no documented value.
_MOST_CHARGES = 100
_CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
    "processing",
)
_TEXTS = ("description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix", "transfer_group")
_ONLY_WITH_CONFIRM = (
    "off_session",
    "error_on_requires_action",
    "mandate",
    "mandate_data",
    "return_url",
)


def unexpected_state(intent: Json, message: str) -> ApiError:
    """The intent is not where this call needs it."""
    return ApiError(message, code="payment_intent_unexpected_state", payment_intent=intent)


def _apply(row: Json, params: Json) -> None:
    texts.check_email(params, "receipt_email")
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        texts.check_descriptor(params, name)
    for name in _TEXTS:
        if name in params:
            row[name] = params[name] or None
    if "shipping" in params:
        row["shipping"] = shipping(params["shipping"])
    intents.apply_metadata(row, params)


def create(world: World, call: Call) -> Json:
    """A payment intent; with ``confirm`` it is tried at once."""
    params = call.params
    intents.refuse_unsupported(params)
    _check_only_with_confirm(params)
    row = shape.blank(world, params)
    _apply(row, params)
    method = intents.take_method(world, row, call)
    if params.get("confirm"):
        _check_confirmable(row, method)
        intents.require_return_url(row, params, "PaymentIntent")
    world.save(row)
    world.emit("payment_intent.created", row)
    if params.get("confirm"):
        _confirm(world, row, method, call)
    return row


def _check_only_with_confirm(params: Json) -> None:
    if params.get("confirm"):
        return
    for name in _ONLY_WITH_CONFIRM:
        if name in params:
            raise ApiError(
                f"The parameter `{name}` cannot be passed when creating a PaymentIntent unless"
                " `confirm` is set to `true`.",
                param=name,
            )


def _check_confirmable(row: Json, method: Json | None) -> None:
    if method is not None and method["type"] == "card":
        texts.refuse_descriptor_for_card(row)
    if method is None:
        raise unexpected_state(
            row,
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can"
            " either update the PaymentIntent with a payment method and then confirm it again, or"
            " confirm it again directly with a payment method or ConfirmationToken.",
        )


def _confirm(world: World, row: Json, method: Json | None, call: Call) -> None:
    assert method is not None
    off_session = call.params.get("off_session") not in (None, False)
    attempt = Attempt(method=method, call=call, params=dict(call.params), off_session=off_session)
    confirmation.start(world, row, attempt)


def retrieve(world: World, call: Call) -> Json:
    """The payment intent."""
    return intents.view(intents.find(world, call, "payment_intent"), call)


def update(world: World, call: Call) -> Json:
    """Change what its status still allows."""
    row = intents.find(world, call, "payment_intent")
    params = call.params
    intents.refuse_unsupported(params)
    _check_still_open(row, params)
    if params.keys() & {"amount", "currency", "customer"}:
        _refuse_of_invoice(world, row)
    if "customer" in params:
        row["customer"] = intents.customer_of(world, params)
    _change_money(row, params)
    if _names_method(params) and intents.take_method(world, row, call):
        row["next_action"] = None
    for name in ("setup_future_usage", "capture_method"):
        if name in params:
            row[name] = params[name] or None
    _apply(row, params)
    world.save(row)
    return row


def _refuse_of_invoice(world: World, row: Json) -> None:
    """The payment that Stripe made for an invoice follows the invoice alone."""
    payment = invoice_payments.of_intent(world, row)
    if payment is not None and payment["is_default"]:
        raise ApiError(
            f"This PaymentIntent belongs to the invoice {payment['invoice']}, so its amount and customer can't be"
            " changed and it can't be canceled. Void the invoice instead.",
            code="payment_intent_unexpected_state",
            payment_intent=row,
        )


def _names_method(params: Json) -> bool:
    return "payment_method" in params or "payment_method_data" in params


_ALWAYS = frozenset(("description", "metadata", "receipt_email", "shipping", "transfer_group"))


def _check_still_open(row: Json, params: Json) -> None:
    if row["status"] in _CONFIRMABLE:
        return
    for name in params:
        if row["status"] == "canceled" or name not in _ALWAYS:
            raise unexpected_state_param(row, name)


def unexpected_state_param(row: Json, name: str) -> ApiError:
    """A field that this status does not let change."""
    return ApiError(
        f"This PaymentIntent's {name} could not be updated because it has a status of"
        f" {row['status']}. You may only update the {name} of a PaymentIntent with one of the"
        " following statuses: requires_payment_method, requires_confirmation, requires_action.",
        code="payment_intent_unexpected_state",
        param=name,
        payment_intent=row,
    )


def _change_money(row: Json, params: Json) -> None:
    code = money.currency(params["currency"]) if "currency" in params else row["currency"]
    if params.keys() & {"payment_method_types", "currency", "capture_method"}:
        chosen = {"payment_method_types": params.get("payment_method_types")}
        if row["automatic_payment_methods"] and not chosen["payment_method_types"]:
            chosen = {"automatic_payment_methods": row["automatic_payment_methods"]}
        elif not chosen["payment_method_types"]:
            chosen = {"payment_method_types": row["payment_method_types"]}
        chosen["capture_method"] = params.get("capture_method", row["capture_method"])
        kinds, row["automatic_payment_methods"] = intents.choose_kinds(chosen, code)
        row["payment_method_types"] = kinds
    amount: int = params["amount"] if "amount" in params else row["amount"]
    if "amount" in params or "currency" in params:
        money.check_charge(amount, code, row["payment_method_types"])
    row["amount"], row["currency"] = amount, code
    row["payment_method_options"] = shape.options(
        row["payment_method_types"], params.get("payment_method_options"),
        row["payment_method_options"],
    )  # fmt: skip


def confirm(world: World, call: Call) -> Json:
    """Try to pay."""
    row = intents.find(world, call, "payment_intent")
    params = call.params
    intents.refuse_unsupported(params)
    if row["status"] not in _CONFIRMABLE:
        raise _cannot_confirm(row)
    _refuse_secret_only(row, call)
    method = intents.method_for(world, row, call)
    _check_confirmable(row, method)
    assert method is not None
    intents.check_kind(row, method)
    intents.require_return_url(row, params, "PaymentIntent")
    for name in ("setup_future_usage", "capture_method"):
        if name in params:
            row[name] = params[name] or None
    row["payment_method_options"] = shape.options(
        row["payment_method_types"], params.get("payment_method_options"),
        row["payment_method_options"],
    )  # fmt: skip
    _apply(row, params)
    if len(world.store.children("charge", "payment_intent", row["id"])) >= _MOST_CHARGES:
        holds.cancel(world, row, "automatic")
    else:
        _confirm(world, row, method, call)
    return intents.view(row, call)


def _refuse_secret_only(row: Json, call: Call) -> None:
    if not call.with_publishable_key:
        return
    if row["confirmation_method"] == "manual":
        raise ApiError(
            "This PaymentIntent's confirmation_method is manual, so it must be confirmed with a secret key.",
        )
    for name in ("off_session", "error_on_requires_action"):
        if name in call.params:
            raise ApiError(f"The parameter `{name}` cannot be used with a publishable key.", param=name)


def _cannot_confirm(row: Json) -> ApiError:
    if row["status"] == "succeeded":
        return unexpected_state(
            row,
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.",
        )
    return unexpected_state(
        row,
        f"You cannot confirm this PaymentIntent because it has a status of {row['status']}. Only a"
        " PaymentIntent with one of the following statuses may be confirmed:"
        " requires_confirmation, requires_action.",
    )


def capture(world: World, call: Call) -> Json:
    """Take the money that was held, or part of it."""
    row = intents.find(world, call, "payment_intent")
    params = call.params
    intents.refuse_unsupported(params)
    if row["status"] != "requires_capture":
        raise unexpected_state(
            row,
            "This PaymentIntent could not be captured because it has a status of"
            f" {row['status']}. Only a PaymentIntent with one of the following statuses may be"
            " captured: requires_capture.",
        )
    if params.get("final_capture") is False:
        raise ApiError(
            "This PaymentIntent does not support multicapture, so `final_capture` cannot be false.",
            param="final_capture",
        )
    amount: int = params["amount_to_capture"] if "amount_to_capture" in params else row["amount_capturable"]
    money.check_positive(amount, "amount_to_capture")
    money.check_granularity(amount, row["currency"], "amount_to_capture")
    if amount > row["amount_capturable"]:
        raise ApiError(
            f"The provided amount_to_capture ({amount}) is greater than the amount_capturable"
            f" ({row['amount_capturable']}) of this PaymentIntent.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    _apply(row, params)
    holds.capture(world, row, amount)
    return row


def cancel(world: World, call: Call) -> Json:
    """Give up the payment."""
    row = intents.find(world, call, "payment_intent")
    _refuse_of_invoice(world, row)
    debit = row["status"] == "processing" and not _is_us_debit(world, row)
    if row["status"] not in _CANCELABLE or debit:
        raise unexpected_state(
            row,
            f"You cannot cancel this PaymentIntent because it has a status of {row['status']}. Only"
            " a PaymentIntent with one of the following statuses may be canceled:"
            f" {', '.join(_CANCELABLE)}.",
        )
    holds.cancel(world, row, call.params.get("cancellation_reason"))
    return row


def _is_us_debit(world: World, row: Json) -> bool:
    method = world.store.find("payment_method", row["payment_method"])
    return method is not None and method["type"] == "us_bank_account"


def verify_microdeposits(world: World, call: Call) -> Json:
    """Prove that the bank account is the customer's."""
    row = intents.find(world, call, "payment_intent")
    microdeposits.verify(world, row, call.params)
    return intents.view(row, call)


def list_(world: World, call: Call) -> Json:
    """Payment intents, newest first; filters: customer, created."""
    created, same = created_matches(call), equals(call, "customer")
    return page(
        call,
        _rows(world, call),
        noun="payment_intent",
        keep=lambda row: created(row) and same(row),
    )


def _rows(world: World, call: Call) -> list[Json]:
    customer = call.params.get("customer")
    if customer:
        return list(reversed(world.store.children("payment_intent", "customer", customer)))
    return list(world.store.newest_first("payment_intent"))


def search_(world: World, call: Call) -> Json:
    """Payment intents that match a query."""
    rows = world.store.newest_first("payment_intent")
    fields = ("amount", "created", "currency", "customer", "id", "metadata", "status")
    return search.page(call, rows, fields=fields)


_PATH = "/v1/payment_intents"
_ONE = f"{_PATH}/{{id}}"
ROUTES = [
    Route(method="POST", path=_PATH, handler=create, params="PaymentIntentCreateParams"),
    Route(method="GET", path=_PATH, handler=list_, params="PaymentIntentListParams"),
    Route(method="GET", path=f"{_PATH}/search", handler=search_, params="PaymentIntentSearchParams"),
    Route(method="GET", path=_ONE, handler=retrieve, public=True),
    Route(method="POST", path=_ONE, handler=update, params="PaymentIntentUpdateParams"),
    Route(
        method="POST",
        path=f"{_ONE}/confirm",
        handler=confirm,
        params="PaymentIntentConfirmParams",
        public=True,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/capture",
        handler=capture,
        params="PaymentIntentCaptureParams",
    ),
    Route(method="POST", path=f"{_ONE}/cancel", handler=cancel, params="PaymentIntentCancelParams"),
    Route(
        method="POST",
        path=f"{_ONE}/verify_microdeposits",
        handler=verify_microdeposits,
        params="PaymentIntentVerifyMicrodepositsParams",
        public=True,
    ),
]
