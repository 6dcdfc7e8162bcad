"""A payment by bank debit: mandated, verified, on its way, answered.

Sources: https://docs.stripe.com/payments/ach-direct-debit, …/sepa-debit and …/bacs-debit
"""

from copy import deepcopy

from . import charging, disputing, instruments, mandates, next_actions
from .attempts import Attempt, back_to_start, error_body, keep_method, record_failure, remember, succeed
from .bank_table import DELAYED_SECONDS, TestBank
from .card_table import Decline
from .errors import ApiError
from .json_types import Json
from .world import World

_NO_ERROR_CODES = frozenset({"invalid_currency", "charge_exceeds_weekly_limit"})


def pay(world: World, intent: Json, attempt: Attempt) -> None:
    """Send the debit, or ask for the account to be verified first; raises 402 where it is blocked."""
    method, bank = attempt.method, instruments.bank_behind(world, attempt.method["id"])
    single = {"amount": intent["amount"], "currency": intent["currency"]}
    usage = attempt.params.get("setup_future_usage") or intent["setup_future_usage"]
    params = {**attempt.params, "setup_future_usage": usage}
    if bank.debit == "blocked":
        raise _blocked(world, intent, attempt)
    mandate = mandates.for_payment(world, method, attempt.call, params, single)
    verified = instruments.behind(world, method["id"])["verified"]
    if method["type"] == "us_bank_account" and not verified:
        _ask_for_microdeposits(world, intent, attempt, mandate)
        return
    _send(world, intent, attempt, mandate, bank)


def _blocked(world: World, intent: Json, attempt: Attempt) -> ApiError:
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
    error = error_body(blocked, charge, attempt.method)
    record_failure(world, intent, charge, error)
    return ApiError(
        message, status=402, type="card_error", code="card_declined", payment_intent=intent,
        charge=charge["id"], payment_method=attempt.method,
    )  # fmt: skip


def _ask_for_microdeposits(world: World, intent: Json, attempt: Attempt, mandate: Json) -> None:
    attempt.params["mandate"] = mandate["id"]
    intent["status"] = "requires_action"
    intent["next_action"] = next_actions.microdeposits(world, intent)
    remember(world, intent, attempt)
    world.save(intent)
    world.emit("payment_intent.requires_action", intent)


def microdeposits_verified(world: World, intent: Json) -> None:
    """The customer proved that the account is theirs: the debit goes out."""
    pending = world.store.get("_pending", intent["id"])
    method = world.store.get("payment_method", pending["payment_method"])
    instruments.mark(world, method["id"], verified=True)
    attempt = Attempt(method=method, params=pending["params"])
    mandate = mandates.find(world, pending["params"]["mandate"])
    bank = instruments.bank_behind(world, method["id"])
    _send(world, intent, attempt, mandate, bank)


def microdeposits_failed(world: World, intent: Json, code: str) -> ApiError:
    """The bank account could not be proved: the intent wants another payment method; returns what is raised."""
    pending = world.store.get("_pending", intent["id"])
    message = "The bank account could not be verified."
    intent["last_payment_error"] = {
        "code": code,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": message,
        "payment_method": deepcopy(world.store.get("payment_method", pending["payment_method"])),
        "type": "invalid_request_error",
    }
    back_to_start(intent)
    world.save(intent)
    world.emit("payment_intent.payment_failed", intent)
    return ApiError(message, code=code, payment_intent=intent)


def _send(world: World, intent: Json, attempt: Attempt, mandate: Json, bank: TestBank) -> None:
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
    keep_method(world, intent, attempt)
    world.save(charge)
    world.save(intent)
    world.emit("charge.pending", charge)
    world.emit("payment_intent.processing", intent)
    if bank.debit != "stays":
        wait = DELAYED_SECONDS if bank.delayed else world.config.debit_delay_seconds
        world.later(wait, "answer_debit", intent["id"], charge=charge["id"])


def answer(world: World, due: Json) -> None:
    """The bank's answer to a debit."""
    intent = world.store.get("payment_intent", due["subject"])
    charge = world.store.get("charge", due["details"]["charge"])
    if intent["status"] != "processing" or intent["latest_charge"] != charge["id"]:
        return
    method = world.store.get("payment_method", charge["payment_method"])
    bank = instruments.bank_behind(world, method["id"])
    if bank.debit == "fails":
        _failed(world, intent, charge, method, bank)
        return
    charge |= {"status": "succeeded", "paid": True, "receipt_url": charging.receipt(world, charge)}
    charging.settle(world, charge)
    succeed(world, intent, charge, None)
    if bank.debit == "disputed":
        disputing.open_(world, charge, bank.dispute_reason or "debit_not_authorized")


def _failed(world: World, intent: Json, charge: Json, method: Json, bank: TestBank) -> None:
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
        "payment_method": deepcopy(method),
        "payment_method_type": method["type"],
        "type": "card_error",
    }
    record_failure(world, intent, charge, error)
