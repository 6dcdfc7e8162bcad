"""A payment by card: authenticated, approved, held, declined.

Source: https://docs.stripe.com/payments/paymentintents/lifecycle
"""

from copy import deepcopy

from . import charging, instruments, next_actions
from .attempts import IN_CONSTRUCTOR, Attempt, back_to_start, error_body, keep_method, record_failure, remember, succeed
from .card_table import EXPIRED, Decline, TestCard
from .errors import ApiError
from .json_types import Json
from .world import World

_AUTHENTICATION_REQUIRED = Decline(
    code="authentication_required",
    decline_code="authentication_required",
    message="Your card was declined. This transaction requires authentication.",
    advice_code=None,
    network_decline_code="1A",
    seller_message="The bank requires the customer to authenticate this payment.",
)
_FAILED_AUTHENTICATION = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or"
    " a new PaymentMethod to attempt to fulfill this PaymentIntent again."
)


def pay(world: World, intent: Json, attempt: Attempt) -> None:
    """Charge the card, or ask for authentication first; raises 402 where the bank declines."""
    card = instruments.card_behind(world, attempt.method["id"])
    if attempt.authenticated is None and _must_authenticate(world, intent, attempt, card):
        _ask_for_authentication(world, intent, attempt)
        return
    if card.authentication == "frictionless":
        attempt.authenticated = "frictionless"
    decline = card.decline or (EXPIRED if instruments.is_expired(world, attempt.method) else None)
    if decline is not None:
        raise _declined(world, intent, attempt, decline)
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
    if attempt.off_session and not attempt.asks_anyway:
        raise _declined(world, intent, attempt, _AUTHENTICATION_REQUIRED)
    if attempt.params.get("error_on_requires_action"):
        raise _declined(world, intent, attempt, _AUTHENTICATION_REQUIRED)
    intent["status"] = "requires_action"
    intent["next_action"] = next_actions.authentication(world, intent, attempt.params)
    remember(world, intent, attempt)
    world.save(intent)
    world.emit("payment_intent.requires_action", intent)


def authentication_failed(world: World, intent: Json, method: Json) -> None:
    """The customer did not pass: the intent wants another payment method."""
    intent["last_payment_error"] = {
        "code": "payment_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        "message": _FAILED_AUTHENTICATION,
        "payment_method": deepcopy(method),
        "type": "invalid_request_error",
    }
    back_to_start(intent)
    world.save(intent)
    world.emit("payment_intent.payment_failed", intent)


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
    error = error_body(decline, charge, attempt.method)
    record_failure(world, intent, charge, error)
    shown = {name: value for name, value in error.items() if name not in IN_CONSTRUCTOR}
    return ApiError(
        decline.message,
        status=402,
        type="card_error",
        code=decline.code,
        param=decline.param,
        payment_intent=intent,
        **shown,
    )


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
    keep_method(world, intent, attempt)
    if intent["capture_method"] == "manual":
        _hold(world, intent, charge)
        return
    charging.mark_captured(world, charge, charge["amount"])
    if intent["capture_method"] == "automatic":
        world.save(charge)
        charging.settle(world, charge)
    else:
        world.later(world.config.capture_delay_seconds, "settle_charge", charge["id"])
    succeed(world, intent, charge, card)


def _hold(world: World, intent: Json, charge: Json) -> None:
    intent["status"], intent["amount_capturable"] = "requires_capture", charge["amount"]
    world.save(charge)
    world.save(intent)
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.amount_capturable_updated", intent)
    world.later(charging.AUTHORIZATION_SECONDS, "expire_hold", intent["id"])
