"""An invoice is paid through its own payment intent: tried, declined, asked to authenticate, tried again.

Sources: https://docs.stripe.com/billing/collection-method, https://docs.stripe.com/billing/revenue-recovery
"""

from sandbox import confirmation, intents
from sandbox.attempts import Attempt
from sandbox.calls import Call
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from . import endings, invoice_payments
from .invoice_rows import announce, beside, customer_of, subscription_id

_DAY = 86400
RETRY_DAYS = (3, 5, 7)
_NO_METHOD = (
    "There is no `default_payment_method` set on this Customer or Invoice. Please set either a"
    " `default_payment_method` on the Customer or on the Invoice, or pass a `payment_method`."
)
_NEEDS_ACTION = (
    "This payment requires additional user action before it can be completed successfully. Payment can be completed"
    " using the PaymentIntent associated with the invoice. For more details see:"
    " https://stripe.com/docs/billing/subscriptions/overview#requires-action"
)


def method_for(world: World, invoice: Json, given: str | None = None) -> Json | None:
    """The payment method that pays: the one given, the invoice's, the subscription's, the customer's."""
    if given:
        return _own_method(world, invoice, given)
    subscription = world.store.find("subscription", subscription_id(invoice))
    settings = customer_of(world, invoice).get("invoice_settings") or {}
    choices = (
        invoice["default_payment_method"],
        (subscription or {}).get("default_payment_method"),
        settings.get("default_payment_method"),
    )
    found = (world.store.find("payment_method", id_) for id_ in choices)
    return next((row for row in found if row and row["customer"] == invoice["customer"]), None)


def _own_method(world: World, invoice: Json, id_: str) -> Json:
    method = world.store.find("payment_method", id_)
    if method is None or method["customer"] != invoice["customer"]:
        raise ApiError(
            f"The customer does not have a payment method with the ID {id_}. The payment method must be attached to"
            " the customer.",
            code="resource_missing",
            param="payment_method",
        )
    return method


def collect(
    world: World,
    invoice: Json,
    *,
    off_session: bool,
    payment_method: str | None = None,
    mandate: str | None = None,
    call: Call | None = None,
) -> Json:
    """Try to pay what remains. Raises 402 where the bank declines and 400 without a payment method.

    A payment that needs its customer leaves the invoice open and its intent in requires_action.
    """
    method = method_for(world, invoice, payment_method)
    intent = invoice_payments.default_intent(world, invoice)
    if method is None or intent is None:
        raise _without_method(world, invoice)
    if intent["status"] == "processing":
        raise ApiError("A payment for this invoice is already processing.")
    intents.check_kind(intent, method)
    params = {"mandate": mandate} if mandate else {}
    attempt = Attempt(method=method, call=call, params=params, off_session=off_session, asks_anyway=True)
    confirmation.start(world, intent, attempt)
    return invoice


def _without_method(world: World, invoice: Json) -> ApiError:
    """Nothing to pay with counts as a failed attempt."""
    _failed(world, invoice)
    return ApiError(_NO_METHOD, code="resource_missing")


def pay(
    world: World,
    invoice: Json,
    *,
    off_session: bool,
    payment_method: str | None,
    mandate: str | None,
    call: Call | None,
) -> Json:
    """Try to pay; raises 402 also where the customer has to do something first."""
    collect(world, invoice, off_session=off_session, payment_method=payment_method, mandate=mandate, call=call)
    intent = invoice_payments.default_intent(world, invoice)
    if intent is not None and intent["status"] == "requires_action":
        raise ApiError(
            _NEEDS_ACTION,
            status=402,
            type="card_error",
            code="invoice_payment_intent_requires_action",
            payment_intent=intent,
        )
    return invoice


def try_automatically(world: World, invoice: Json) -> None:
    """Collect without anybody there; what fails is tried again later."""
    known = beside(world, invoice)
    known["is_automatic"] = True
    world.save(known)
    intent = invoice_payments.default_intent(world, invoice)
    if intent is not None and intent["status"] == "processing":
        return
    try:
        collect(world, invoice, off_session=True)
    except ApiError:
        # The attempt tells of itself: the intent keeps its error, the invoice its next attempt.
        return


def intent_changed(world: World, intent: Json) -> None:
    """What a payment intent's new status means to the invoice that it pays."""
    row = invoice_payments.of_intent(world, intent)
    if row is None or row["status"] != "open":
        return
    invoice = world.store.get("invoice", row["invoice"])
    if intent["status"] == "succeeded":
        _succeeded(world, invoice, row, intent)
    elif intent["status"] == "requires_payment_method" and intent["last_payment_error"]:
        _failed(world, invoice)
    elif intent["status"] == "requires_action":
        _asked(world, invoice)
    elif intent["status"] == "processing":
        invoice["attempted"] = True
        _count(world, invoice)
        announce(world, invoice)
    elif intent["status"] == "canceled":
        invoice_payments.cancel(world, row)


def _succeeded(world: World, invoice: Json, row: Json, intent: Json) -> None:
    _count(world, invoice)
    invoice_payments.settle(world, row, intent["amount_received"])
    endings.receive(world, invoice, intent["amount_received"])


def _count(world: World, invoice: Json) -> bool:
    """Count the attempt: the first of any kind, then automatic ones; returns whether it was automatic."""
    known = beside(world, invoice)
    is_automatic: bool = known["is_automatic"]
    if is_automatic or invoice["attempt_count"] == 0:
        invoice["attempt_count"] += 1
    known["is_automatic"] = False
    world.save(known)
    return is_automatic


def _failed(world: World, invoice: Json) -> None:
    is_first = invoice["attempt_count"] == 0
    is_automatic = _count(world, invoice)
    invoice["attempted"] = True
    is_over = (is_automatic or is_first) and not _plan_retry(world, invoice)
    announce(world, invoice, "invoice.payment_failed")
    world.react("invoice_payment_failed", invoice)
    if is_over and is_automatic:
        world.react("invoice_retries_exhausted", invoice)


def _plan_retry(world: World, invoice: Json) -> bool:
    """When the next automatic attempt is made; False where there is none."""
    world.forget_due("retry_invoice", invoice["id"])
    invoice["next_payment_attempt"] = None
    known = beside(world, invoice)
    days = world.settings.get("invoice_retry_days", RETRY_DAYS)
    goes_on = invoice["auto_advance"] and invoice["collection_method"] == "charge_automatically"
    if not goes_on or invoice["billing_reason"] == "subscription_create" or known["retries"] >= len(days):
        return False
    wait = days[known["retries"]] * _DAY
    known["retries"] += 1
    world.save(known)
    invoice["next_payment_attempt"] = world.clock.now() + wait
    world.later(wait, "retry_invoice", invoice["id"])
    return True


def _asked(world: World, invoice: Json) -> None:
    """The bank wants to see the customer; off session that is a failed attempt as well."""
    invoice["attempted"] = True
    if beside(world, invoice)["is_automatic"]:
        announce(world, invoice, "invoice.payment_action_required")
        _failed(world, invoice)
    else:
        announce(world, invoice, "invoice.payment_action_required")
    world.react("invoice_payment_action_required", invoice)
