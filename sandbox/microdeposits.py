"""A US bank account is proved by the amounts of two small deposits, or by the code beside them.

Source: https://docs.stripe.com/payments/ach-direct-debit (test amounts and codes)
"""

from . import debit_payments, setting_up
from .errors import ApiError, missing
from .json_types import Json
from .world import World

_OUTCOMES: dict[tuple[int, ...] | str, str] = {
    (32, 45): "verified",
    "SM11AA": "verified",
    (10, 11): "attempts_exceeded",
    "SM33CC": "attempts_exceeded",
    (40, 41): "timeout",
    "SM44DD": "timeout",
}


def verify(world: World, intent: Json, proof: Json) -> None:
    """Let the intent go on where ``amounts`` or ``descriptor_code`` are right; raises 400 otherwise."""
    action = intent["next_action"] or {}
    if action.get("type") != "verify_with_microdeposits":
        raise ApiError("This intent is not waiting for microdeposits to be verified.", code="intent_invalid_state")
    outcome = _outcome(proof)
    is_setup = intent["object"] == "setup_intent"
    if outcome == "wrong":
        raise ApiError(
            "The amounts or the descriptor code provided do not match those that were sent to the bank account.",
            code="payment_method_microdeposit_verification_amounts_mismatch",
        )
    if outcome == "verified":
        (setting_up if is_setup else debit_payments).microdeposits_verified(world, intent)
        return
    code = f"payment_method_microdeposit_verification_{outcome}"
    raise (setting_up if is_setup else debit_payments).microdeposits_failed(world, intent, code)


def _outcome(proof: Json) -> str:
    given = proof.get("amounts") or proof.get("descriptor_code")
    if not given:
        raise missing("amounts")
    return _OUTCOMES.get(tuple(given) if isinstance(given, list) else str(given).upper(), "wrong")
