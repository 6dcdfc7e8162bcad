"""A setup intent on its way: authenticated, attached, refused."""

from copy import deepcopy

from . import charging, instruments, mandates, methods, next_actions
from .attempts import Attempt
from .card_table import TestCard
from .errors import ApiError
from .json_types import Json
from .world import World

_FAILED_AUTHENTICATION = "The latest attempt to set up this payment method has failed because authentication failed."


def start(world: World, intent: Json, attempt: Attempt) -> None:
    """Try to save the payment method. Raises 402 where the bank declines; the intent keeps it."""
    intent["last_setup_error"] = intent["next_action"] = None
    intent["payment_method"] = attempt.method["id"]
    if attempt.method["type"] == "card":
        _set_up_card(world, intent, attempt)
    else:
        _set_up_debit(world, intent, attempt)


def _set_up_card(world: World, intent: Json, attempt: Attempt) -> None:
    card = instruments.card_behind(world, attempt.method["id"])
    if attempt.authenticated is None and _must_authenticate(intent, card):
        _record(world, intent, attempt, "requires_action")
        _wait(world, intent, attempt, next_actions.authentication(world, intent, attempt.params))
        return
    if card.decline is not None and (not card.attachable or card.authentication == "declined"):
        raise _declined(world, intent, attempt, card)
    if card.authentication == "frictionless":
        attempt.authenticated = "frictionless"
    _succeed(world, intent, attempt)


def _must_authenticate(intent: Json, card: TestCard) -> bool:
    if card.authentication in ("unless_set_up", "always", "declined", "already_set_up"):
        return True
    options = (intent["payment_method_options"] or {}).get("card") or {}
    return options.get("request_three_d_secure") in ("any", "challenge") and card.three_d_secure


def _wait(world: World, intent: Json, attempt: Attempt, action: Json) -> None:
    intent["status"], intent["next_action"] = "requires_action", action
    world.save(
        {
            "object": "_pending",
            "id": intent["id"],
            "payment_method": attempt.method["id"],
            "params": {},
        }
    )
    world.save(intent)
    world.emit("setup_intent.requires_action", intent)


def _set_up_debit(world: World, intent: Json, attempt: Attempt) -> None:
    method = attempt.method
    given = attempt.params.get("mandate_data")
    by_customer = attempt.call is not None and attempt.call.with_publishable_key
    if not given and not by_customer:
        raise ApiError(
            f"You must provide `mandate_data` when confirming a SetupIntent with a {method['type']} PaymentMethod.",
            code="setup_intent_mandate_invalid",
            param="mandate_data",
        )
    mandate = mandates.accept(world, method, attempt.call, given, single=None)
    intent["mandate"] = mandate["id"]
    verified = instruments.behind(world, method["id"])["verified"]
    if method["type"] == "us_bank_account" and not verified:
        bank = instruments.bank_behind(world, method["id"])
        if bank.refuses_microdeposits:
            raise failed(
                world, intent, method, "payment_method_microdeposit_failed",
                "Microdeposits could not be sent to this bank account.",
            )  # fmt: skip
        _record(world, intent, attempt, "requires_action")
        _wait(world, intent, attempt, next_actions.microdeposits(world, intent))
        return
    _succeed(world, intent, attempt)


def _succeed(world: World, intent: Json, attempt: Attempt) -> None:
    method = attempt.method
    intent["status"], intent["next_action"] = "succeeded", None
    instruments.mark(world, method["id"], set_up=intent["usage"] == "off_session")
    _record(world, intent, attempt, "succeeded")
    if intent["customer"] and method["customer"] is None:
        methods.attach_to(world, method, intent["customer"])
    world.save(intent)
    world.emit("setup_intent.succeeded", intent)


def _record(world: World, intent: Json, attempt: Attempt, status: str, error: Json | None = None) -> None:
    """The setup attempt: one row a try; the try that waited for the customer is continued."""
    known = world.store.find("setup_attempt", intent["latest_attempt"])
    goes_on = known is not None and known["status"] == "requires_action"
    row: Json = {
        "id": known["id"] if known and goes_on else world.ids.new("setatt"),
        "object": "setup_attempt",
        "application": None,
        "created": known["created"] if known and goes_on else world.clock.now(),
        "customer": intent["customer"],
        "customer_account": None,
        "flow_directions": None,
        "livemode": False,
        "on_behalf_of": None,
        "payment_method": attempt.method["id"],
        "payment_method_details": _details(world, attempt),
        "setup_error": error,
        "setup_intent": intent["id"],
        "status": status,
        "usage": intent["usage"],
    }
    world.save(row)
    intent["latest_attempt"] = row["id"]


def _details(world: World, attempt: Attempt) -> Json:
    method = attempt.method
    if method["type"] != "card":
        return {method["type"]: {}, "type": method["type"]}
    card = method["card"]
    names = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
    shown = {name: deepcopy(card[name]) for name in names}
    return {
        "card": {
            **shown,
            "network": card["brand"],
            "three_d_secure": _three_d_secure(world, attempt.authenticated),
        },
        "type": "card",
    }


def _three_d_secure(world: World, flow: str | None) -> Json | None:
    """The record of an authentication, without the exemptions that only a charge can have."""
    record = charging.three_d_secure(world, flow) or {}
    return {name: value for name, value in record.items() if not name.startswith("exemption")} or None


def _declined(world: World, intent: Json, attempt: Attempt, card: TestCard) -> ApiError:
    decline = card.decline
    assert decline is not None
    code, message = decline.code, decline.message
    reason = decline.decline_code or decline.code
    error = _error(code, message, attempt.method, "card_error")
    error |= {"decline_code": reason, "param": decline.param}
    error |= {"advice_code": decline.advice_code, "network_decline_code": decline.network_decline_code or None}
    error = {name: value for name, value in error.items() if value is not None}
    _record(world, intent, attempt, "failed", error)
    _refuse(world, intent, error)
    shown = {name: error[name] for name in error if name not in ("code", "doc_url", "message", "type", "param")}
    return ApiError(
        message, status=402, type="card_error", code=code, param=decline.param,
        setup_intent=intent, **shown,
    )  # fmt: skip


def _error(code: str, message: str, method: Json, type_: str) -> Json:
    return {
        "code": code,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": message,
        "payment_method": deepcopy(method),
        "type": type_,
    }


def _refuse(world: World, intent: Json, error: Json) -> None:
    intent["last_setup_error"] = error
    intent["status"] = "requires_payment_method"
    intent["payment_method"] = intent["next_action"] = intent["mandate"] = None
    world.save(intent)
    world.emit("setup_intent.setup_failed", intent)


def failed(world: World, intent: Json, method: Json, code: str, message: str) -> ApiError:
    """Keep on the intent that the try failed; returns what a caller may raise."""
    error = _error(code, message, method, "invalid_request_error")
    _record(world, intent, Attempt(method=method, params={}), "failed", error)
    _refuse(world, intent, error)
    return ApiError(message, code=code, setup_intent=intent)


def _waiting(world: World, intent: Json) -> Attempt:
    pending = world.store.get("_pending", intent["id"])
    method = world.store.get("payment_method", pending["payment_method"])
    return Attempt(method=method, params=pending["params"])


def authenticated(world: World, intent: Json, *, succeed: bool) -> None:
    """The customer came back from 3-D Secure. The outcome is on the intent, not raised."""
    attempt = _waiting(world, intent)
    if not succeed:
        failed(
            world, intent, attempt.method, "setup_intent_authentication_failure",
            _FAILED_AUTHENTICATION,
        )  # fmt: skip
        return
    attempt.authenticated = "challenge"
    try:
        start(world, intent, attempt)
    except ApiError:
        return


def microdeposits_verified(world: World, intent: Json) -> None:
    """The customer proved that the account is theirs."""
    attempt = _waiting(world, intent)
    instruments.mark(world, attempt.method["id"], verified=True)
    _succeed(world, intent, attempt)


def microdeposits_failed(world: World, intent: Json, code: str) -> ApiError:
    """The bank account could not be proved."""
    attempt = _waiting(world, intent)
    return failed(world, intent, attempt.method, code, "The bank account could not be verified.")
