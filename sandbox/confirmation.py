"""A payment intent is confirmed: by card or by debit, and again when the customer comes back from the bank."""

from . import card_payments, debit_payments
from .attempts import Attempt
from .errors import ApiError
from .json_types import Json
from .world import World


def start(world: World, intent: Json, attempt: Attempt) -> None:
    """Try to pay. Raises 402 where the bank declines at once; the intent keeps the error."""
    intent["last_payment_error"] = None
    intent["next_action"] = None
    intent["payment_method"] = attempt.method["id"]
    if attempt.method["type"] == "card":
        card_payments.pay(world, intent, attempt)
    else:
        debit_payments.pay(world, intent, attempt)


def authenticated(world: World, intent: Json, *, succeed: bool) -> None:
    """The customer came back from 3-D Secure. The outcome is on the intent, not raised."""
    pending = world.store.get("_pending", intent["id"])
    method = world.store.get("payment_method", pending["payment_method"])
    if not succeed:
        card_payments.authentication_failed(world, intent, method)
        return
    attempt = Attempt(method=method, params=pending["params"], authenticated="challenge")
    try:
        start(world, intent, attempt)
    except ApiError:
        return
