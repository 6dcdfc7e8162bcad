"""What every try to pay shares, by card or by debit: what it goes on with, how it fails, how it succeeds."""

from copy import deepcopy
from dataclasses import dataclass

from . import disputing, instruments, methods
from .calls import Call
from .card_table import Decline, TestCard
from .json_types import Json
from .world import World

IN_CONSTRUCTOR = frozenset({"message", "type", "code", "param", "doc_url"})


@dataclass(kw_only=True)
class Attempt:
    """One try to pay: with what, by whom, and what has been proved so far."""

    method: Json
    call: Call | None = None
    params: Json
    off_session: bool = False
    authenticated: str | None = None
    # An invoice waits for its customer where another payment off session would be declined.
    asks_anyway: bool = False


def remember(world: World, intent: Json, attempt: Attempt) -> None:
    """What an intent that waits for its customer goes on with."""
    kept = ("setup_future_usage", "mandate", "mandate_data", "return_url")
    world.save(
        {
            "object": "_pending",
            "id": intent["id"],
            "payment_method": attempt.method["id"],
            "params": {name: attempt.params[name] for name in kept if name in attempt.params},
        }
    )


def back_to_start(intent: Json) -> None:
    """The intent wants a payment method again."""
    intent["status"] = "requires_payment_method"
    intent["payment_method"] = None
    intent["next_action"] = None
    intent["processing"] = None


def error_body(decline: Decline, charge: Json, method: Json) -> Json:
    """``last_payment_error`` of a decline."""
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
        "payment_method": deepcopy(method),
        "payment_method_type": method["type"],
        "type": "card_error",
    }
    return {name: value for name, value in body.items() if value}


def record_failure(world: World, intent: Json, charge: Json, error: Json) -> None:
    """Keep the failed charge and the error, and tell of both."""
    intent["last_payment_error"] = error
    intent["latest_charge"] = charge["id"]
    back_to_start(intent)
    world.save(charge)
    world.save(intent)
    world.emit("charge.failed", charge)
    world.emit("payment_intent.payment_failed", intent)


def keep_method(world: World, intent: Json, attempt: Attempt) -> None:
    """Attach for later where that was asked; otherwise one use is all it had."""
    usage = attempt.params.get("setup_future_usage") or intent["setup_future_usage"]
    method = attempt.method
    if usage and intent["customer"] and method["customer"] is None:
        methods.attach_to(world, method, intent["customer"])
    if usage == "off_session" and (attempt.authenticated or method["type"] != "card"):
        instruments.mark(world, method["id"], set_up=True)
    if method["customer"] is None:
        instruments.mark(world, method["id"], spent=True)


def succeed(world: World, intent: Json, charge: Json, card: TestCard | None) -> None:
    """The money is taken: the intent succeeded."""
    intent["status"] = "succeeded"
    intent["amount_received"] = charge["amount_captured"]
    intent["amount_capturable"] = 0
    intent["next_action"] = intent["processing"] = None
    world.save(charge)
    world.emit("charge.succeeded", charge)
    if card is not None and card.dispute:
        open_disputes(world, charge, card.dispute)
    world.save(intent)
    world.emit("payment_intent.succeeded", intent)


def open_disputes(world: World, charge: Json, kind: str) -> None:
    """What a disputed test card does right after it was charged."""
    if kind == "multiple":
        half = charge["amount"] // 2
        disputing.open_(world, charge, "fraudulent", amount=half)
        disputing.open_(world, charge, "fraudulent", amount=charge["amount"] - half)
    elif kind == "inquiry":
        disputing.open_(world, charge, "general", inquiry=True)
    else:
        disputing.open_(world, charge, kind)
