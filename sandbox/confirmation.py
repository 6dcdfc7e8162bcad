"""A payment intent on its way: authenticated, charged, declined, captured, canceled.

Source: https://docs.stripe.com/payments/paymentintents/lifecycle
"""

from dataclasses import dataclass

from . import books, charging, disputing, instruments, mandates
from .calls import Call
from .errors import ApiError
from .json_types import Json
from .resources import payment_methods
from .test_banks import DELAYED_SECONDS, TestBank
from .test_cards import Decline, TestCard
from .world import World

_AUTHENTICATION_REQUIRED = Decline(
    code="authentication_required",
    decline_code="authentication_required",
    message="Your card was declined. This transaction requires authentication.",
    advice_code=None,
    network_decline_code="1A",
    seller_message="The bank requires the customer to authenticate this payment.",
)
# Failures of charges that are no error codes of the API.
_NO_ERROR_CODES = frozenset({"invalid_currency", "charge_exceeds_weekly_limit"})
_FAILED_AUTHENTICATION = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or"
    " a new PaymentMethod to attempt to fulfill this PaymentIntent again."
)


@dataclass(kw_only=True)
class Attempt:
    """One try to pay: with what, by whom, and what has been proved so far."""

    method: Json
    call: Call | None = None
    params: Json
    off_session: bool = False
    authenticated: str | None = None


def start(world: World, intent: Json, attempt: Attempt) -> None:
    """Try to pay. Raises 402 where the bank declines at once; the intent keeps the error."""
    intent["last_payment_error"] = None
    intent["next_action"] = None
    intent["payment_method"] = attempt.method["id"]
    if attempt.method["type"] == "card":
        _pay_by_card(world, intent, attempt)
    else:
        _pay_by_debit(world, intent, attempt)


def _pay_by_card(world: World, intent: Json, attempt: Attempt) -> None:
    card = instruments.card_behind(world, attempt.method["id"])
    if attempt.authenticated is None and _must_authenticate(world, intent, attempt, card):
        _ask_for_authentication(world, intent, attempt)
        return
    if card.authentication == "frictionless":
        attempt.authenticated = "frictionless"
    if card.decline is not None:
        raise _declined(world, intent, attempt, card.decline)
    _approved(world, intent, attempt, card)


def _must_authenticate(world: World, intent: Json, attempt: Attempt, card: TestCard) -> bool:
    if card.authentication in ("always", "declined"):
        return True
    if card.authentication == "unless_set_up":
        set_up = instruments.behind(world, attempt.method["id"])["set_up"]
        return not (attempt.off_session and set_up)
    if card.authentication == "already_set_up":
        return not attempt.off_session
    options = (intent["payment_method_options"] or {}).get("card") or {}
    asked = options.get("request_three_d_secure") in ("any", "challenge")
    return asked and card.three_d_secure and not attempt.off_session


def _ask_for_authentication(world: World, intent: Json, attempt: Attempt) -> None:
    if attempt.off_session:
        raise _declined(world, intent, attempt, _AUTHENTICATION_REQUIRED)
    if attempt.params.get("error_on_requires_action"):
        raise _declined(world, intent, attempt, _AUTHENTICATION_REQUIRED)
    intent["status"] = "requires_action"
    intent["next_action"] = authentication_action(world, intent, attempt.params)
    _remember(world, intent, attempt)
    world.save(intent)
    world.emit("payment_intent.requires_action", intent)


def authentication_action(world: World, intent: Json, params: Json) -> Json:
    """``next_action``: a redirect where the caller gave a return URL, else Stripe.js does it."""
    url = f"{world.base_url}/_sandbox/3ds/{intent['id']}"
    if params.get("return_url") and not params.get("use_stripe_sdk"):
        redirect = {"return_url": params["return_url"], "url": url}
        return {"redirect_to_url": redirect, "type": "redirect_to_url"}
    sdk = {
        "directory_server_encryption": None,
        "directory_server_name": "visa",
        "merchant": world.account_id,
        "one_click_authn": None,
        "server_transaction_id": world.ids.text(36),
        "stripe_js": url,
        "three_d_secure_2_source": world.ids.new("payatt"),
        "three_ds_method_url": "",
        "three_ds_optimizations": "k",
        "type": "three_d_secure_redirect",
    }
    return {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}


def _remember(world: World, intent: Json, attempt: Attempt) -> None:
    kept = ("setup_future_usage", "mandate", "mandate_data", "return_url")
    world.save(
        {
            "object": "_pending",
            "id": intent["id"],
            "payment_method": attempt.method["id"],
            "params": {name: attempt.params[name] for name in kept if name in attempt.params},
        }
    )


def authenticated(world: World, intent: Json, *, succeed: bool) -> None:
    """The customer came back from 3-D Secure. The outcome is on the intent, not raised."""
    pending = world.store.get("_pending", intent["id"])
    method = world.store.get("payment_method", pending["payment_method"])
    if not succeed:
        _authentication_failed(world, intent, method)
        return
    attempt = Attempt(method=method, params=pending["params"], authenticated="challenge")
    try:
        start(world, intent, attempt)
    except ApiError:
        return


def _authentication_failed(world: World, intent: Json, method: Json) -> None:
    intent["last_payment_error"] = {
        "code": "payment_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        "message": _FAILED_AUTHENTICATION,
        "payment_method": method,
        "type": "invalid_request_error",
    }
    _back_to_start(intent)
    world.save(intent)
    world.emit("payment_intent.payment_failed", intent)


def _back_to_start(intent: Json) -> None:
    intent["status"] = "requires_payment_method"
    intent["payment_method"] = None
    intent["next_action"] = None
    intent["processing"] = None


def _declined(world: World, intent: Json, attempt: Attempt, decline: Decline) -> ApiError:
    """Keep the failed charge and the error; returns what the caller raises."""
    card = instruments.card_behind(world, attempt.method["id"])
    charge = charging.blank(world, intent, attempt.method)
    charge |= {
        "failure_code": decline.code,
        "failure_message": decline.message,
        "outcome": charging.outcome_of(card, decline=decline),
        "payment_method_details": charging.card_details(
            world, intent, attempt.method, authenticated=attempt.authenticated
        ),
        "status": "failed",
    }
    if decline.blocked:
        charge["fraud_details"] = {"stripe_report": "fraudulent"}
    error = _error_body(decline, charge, attempt.method)
    _record_failure(world, intent, charge, error)
    shown = {name: value for name, value in error.items() if name not in _IN_CONSTRUCTOR}
    return ApiError(
        decline.message,
        status=402,
        type="card_error",
        code=decline.code,
        param=decline.param,
        payment_intent=intent,
        **shown,
    )


_IN_CONSTRUCTOR = frozenset({"message", "type", "code", "param", "doc_url"})


def _error_body(decline: Decline, charge: Json, method: Json) -> Json:
    doc = decline.code.replace("_", "-")
    body: Json = {
        "advice_code": decline.advice_code,
        "charge": charge["id"],
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": f"https://stripe.com/docs/error-codes/{doc}",
        "message": decline.message,
        "network_decline_code": decline.network_decline_code,
        "param": decline.param,
        "payment_method": method,
        "payment_method_type": method["type"],
        "type": "card_error",
    }
    return {name: value for name, value in body.items() if value}


def _record_failure(world: World, intent: Json, charge: Json, error: Json) -> None:
    intent["last_payment_error"] = error
    intent["latest_charge"] = charge["id"]
    _back_to_start(intent)
    world.save(charge)
    world.save(intent)
    world.emit("charge.failed", charge)
    world.emit("payment_intent.payment_failed", intent)


def _approved(world: World, intent: Json, attempt: Attempt, card: TestCard) -> None:
    charge = charging.blank(world, intent, attempt.method)
    charge |= {
        "outcome": charging.outcome_of(card),
        "paid": True,
        "payment_method_details": charging.card_details(
            world, intent, attempt.method, authenticated=attempt.authenticated
        ),
        "status": "succeeded",
    }
    intent["latest_charge"] = charge["id"]
    _keep_method(world, intent, attempt)
    if intent["capture_method"] == "manual":
        _hold(world, intent, charge)
        return
    charging.mark_captured(world, charge, charge["amount"])
    if intent["capture_method"] == "automatic":
        world.save(charge)
        charging.settle(world, charge)
    else:
        world.later(world.config.capture_delay_seconds, "settle_charge", charge["id"])
    _succeed(world, intent, charge, card)


def _keep_method(world: World, intent: Json, attempt: Attempt) -> None:
    """Attach for later where that was asked; otherwise one use is all it had."""
    usage = attempt.params.get("setup_future_usage") or intent["setup_future_usage"]
    method = attempt.method
    if usage and intent["customer"] and method["customer"] is None:
        payment_methods.attach_to(world, method, intent["customer"])
    if usage == "off_session" and (attempt.authenticated or method["type"] != "card"):
        instruments.mark(world, method["id"], set_up=True)
    if method["customer"] is None:
        instruments.mark(world, method["id"], spent=True)


def _hold(world: World, intent: Json, charge: Json) -> None:
    intent["status"], intent["amount_capturable"] = "requires_capture", charge["amount"]
    world.save(charge)
    world.save(intent)
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.amount_capturable_updated", intent)
    world.later(charging.AUTHORIZATION_SECONDS, "expire_hold", intent["id"])


def _succeed(world: World, intent: Json, charge: Json, card: TestCard | None) -> None:
    intent["status"] = "succeeded"
    intent["amount_received"] = charge["amount_captured"]
    intent["amount_capturable"] = 0
    intent["next_action"] = intent["processing"] = None
    world.save(charge)
    world.emit("charge.succeeded", charge)
    if card is not None and card.dispute:
        _dispute(world, charge, card.dispute)
    world.save(intent)
    world.emit("payment_intent.succeeded", intent)


def _dispute(world: World, charge: Json, kind: str) -> None:
    if kind == "multiple":
        half = charge["amount"] // 2
        disputing.open_(world, charge, "fraudulent", amount=half)
        disputing.open_(world, charge, "fraudulent", amount=charge["amount"] - half)
    elif kind == "inquiry":
        disputing.open_(world, charge, "general", inquiry=True)
    else:
        disputing.open_(world, charge, kind)


def _pay_by_debit(world: World, intent: Json, attempt: Attempt) -> None:
    method, bank = attempt.method, instruments.bank_behind(world, attempt.method["id"])
    single = {"amount": intent["amount"], "currency": intent["currency"]}
    usage = attempt.params.get("setup_future_usage") or intent["setup_future_usage"]
    params = {**attempt.params, "setup_future_usage": usage}
    if bank.debit == "blocked":
        raise _blocked_debit(world, intent, attempt)
    mandate = mandates.for_payment(world, method, attempt.call, params, single)
    verified = instruments.behind(world, method["id"])["verified"]
    if method["type"] == "us_bank_account" and not verified:
        _ask_for_microdeposits(world, intent, attempt, mandate)
        return
    debit(world, intent, attempt, mandate, bank)


def _blocked_debit(world: World, intent: Json, attempt: Attempt) -> ApiError:
    charge = charging.blank(world, intent, attempt.method)
    message = "Your payment was declined."
    blocked = Decline(
        blocked=True,
        seller_message="Stripe blocked this payment as too risky.",
        message=message,
        advice_code=None,
        network_decline_code="",
    )
    charge |= {
        "failure_code": "card_declined",
        "failure_message": message,
        "outcome": charging.outcome_of(None, decline=blocked),
        "payment_method_details": charging.bank_details(world, attempt.method, None),
        "status": "failed",
    }
    error = _error_body(blocked, charge, attempt.method)
    _record_failure(world, intent, charge, error)
    return ApiError(
        message, status=402, type="card_error", code="card_declined", payment_intent=intent,
        charge=charge["id"], payment_method=attempt.method,
    )  # fmt: skip


def _ask_for_microdeposits(world: World, intent: Json, attempt: Attempt, mandate: Json) -> None:
    attempt.params["mandate"] = mandate["id"]
    intent["status"] = "requires_action"
    intent["next_action"] = microdeposit_action(world, intent)
    _remember(world, intent, attempt)
    world.save(intent)
    world.emit("payment_intent.requires_action", intent)


def microdeposit_action(world: World, intent: Json) -> Json:
    """``next_action``: two small deposits are on their way, or a code beside one of a cent."""
    return {
        "type": "verify_with_microdeposits",
        "verify_with_microdeposits": {
            "arrival_date": books.midnight_after(world.clock.now(), 2),
            "hosted_verification_url": f"{world.base_url}/_sandbox/microdeposits/{intent['id']}",
            "microdeposit_type": "descriptor_code",
        },
    }


def microdeposits_verified(world: World, intent: Json) -> None:
    """The customer proved that the account is theirs: the debit goes out."""
    pending = world.store.get("_pending", intent["id"])
    method = world.store.get("payment_method", pending["payment_method"])
    instruments.mark(world, method["id"], verified=True)
    attempt = Attempt(method=method, params=pending["params"])
    mandate = mandates.find(world, pending["params"]["mandate"])
    bank = instruments.bank_behind(world, method["id"])
    debit(world, intent, attempt, mandate, bank)


def microdeposits_failed(world: World, intent: Json, code: str) -> ApiError:
    """The bank account could not be proved: the intent wants another payment method; returns what is raised."""
    pending = world.store.get("_pending", intent["id"])
    message = "The bank account could not be verified."
    intent["last_payment_error"] = {
        "code": code,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": message,
        "payment_method": world.store.get("payment_method", pending["payment_method"]),
        "type": "invalid_request_error",
    }
    _back_to_start(intent)
    world.save(intent)
    world.emit("payment_intent.payment_failed", intent)
    return ApiError(message, code=code, payment_intent=intent)


def debit(world: World, intent: Json, attempt: Attempt, mandate: Json, bank: TestBank) -> None:
    """The debit is on its way; the bank answers later."""
    charge = charging.blank(world, intent, attempt.method)
    charge |= {
        "amount_captured": charge["amount"],
        "captured": True,
        "outcome": charging.outcome_of(None),
        "payment_method_details": charging.bank_details(world, attempt.method, mandate["id"]),
        "status": "pending",
    }
    intent["status"], intent["latest_charge"] = "processing", charge["id"]
    intent["next_action"] = None
    intent["payment_method"] = attempt.method["id"]
    _keep_method(world, intent, attempt)
    world.save(charge)
    world.save(intent)
    world.emit("charge.pending", charge)
    world.emit("payment_intent.processing", intent)
    if bank.debit != "stays":
        wait = DELAYED_SECONDS if bank.delayed else world.config.debit_delay_seconds
        world.later(wait, "answer_debit", intent["id"], charge=charge["id"])


def answer_debit(world: World, due: Json) -> None:
    """The bank's answer to a debit."""
    intent = world.store.get("payment_intent", due["subject"])
    charge = world.store.get("charge", due["details"]["charge"])
    if intent["status"] != "processing" or intent["latest_charge"] != charge["id"]:
        return
    method = world.store.get("payment_method", charge["payment_method"])
    bank = instruments.bank_behind(world, method["id"])
    if bank.debit == "fails":
        _debit_failed(world, intent, charge, method, bank)
        return
    charge |= {"status": "succeeded", "paid": True, "receipt_url": charging.receipt(world, charge)}
    charging.settle(world, charge)
    _succeed(world, intent, charge, None)
    if bank.debit == "disputed":
        disputing.open_(world, charge, bank.dispute_reason or "debit_not_authorized")


def _debit_failed(world: World, intent: Json, charge: Json, method: Json, bank: TestBank) -> None:
    code, message = bank.failure_code or "generic_decline", bank.failure_message or ""
    charge |= {
        "amount_captured": 0,
        "captured": False,
        "failure_code": code,
        "failure_message": message,
        "status": "failed",
    }
    reason = "payment_intent_payment_attempt_failed" if code in _NO_ERROR_CODES else code
    error = {
        "charge": charge["id"],
        "code": reason,
        "doc_url": f"https://stripe.com/docs/error-codes/{reason.replace('_', '-')}",
        "message": message,
        "payment_method": method,
        "payment_method_type": method["type"],
        "type": "card_error",
    }
    _record_failure(world, intent, charge, error)


def capture(world: World, intent: Json, amount: int) -> None:
    """Take what was held, or less; the rest of the hold ends, without a refund (since 2025-03-31.basil)."""
    charge = world.store.get("charge", intent["latest_charge"])
    card = instruments.card_behind(world, charge["payment_method"])
    world.forget_due("expire_hold", intent["id"])
    charging.mark_captured(world, charge, amount)
    charging.settle(world, charge)
    intent["status"], intent["amount_received"] = "succeeded", amount
    intent["amount_capturable"] = 0
    previous = world.save(charge)
    world.emit("charge.captured", charge, previous)
    if card.dispute:
        _dispute(world, charge, card.dispute)
    world.save(intent)
    world.emit("payment_intent.succeeded", intent)


def cancel(world: World, intent: Json, reason: str | None, *, expired: bool = False) -> None:
    """No more payment; what was held is released, without a refund (since 2025-03-31.basil)."""
    held = intent["status"] == "requires_capture"
    processing = intent["status"] == "processing"
    world.forget_due("expire_hold", intent["id"])
    world.forget_due("answer_debit", intent["id"])
    intent["status"], intent["canceled_at"] = "canceled", world.clock.now()
    intent["cancellation_reason"] = reason
    intent["amount_capturable"] = 0
    intent["next_action"] = intent["processing"] = None
    if held and expired:
        world.emit("charge.expired", world.store.get("charge", intent["latest_charge"]))
    if processing:
        _withdraw_debit(world, intent)
    world.save(intent)
    world.emit("payment_intent.canceled", intent)


def _withdraw_debit(world: World, intent: Json) -> None:
    charge = world.store.get("charge", intent["latest_charge"])
    charge |= {
        "status": "failed",
        "captured": False,
        "amount_captured": 0,
        "failure_code": "payment_intent_canceled",
        "failure_message": "The payment was canceled before it was sent to the bank.",
    }
    world.save(charge)
    world.emit("charge.failed", charge)


def expire_hold(world: World, due: Json) -> None:
    """An authorization that nobody captured ends."""
    intent = world.store.get("payment_intent", due["subject"])
    if intent["status"] == "requires_capture":
        cancel(world, intent, "expired", expired=True)
