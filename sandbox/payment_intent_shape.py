"""What a new payment intent looks like."""

from . import intents, money
from .json_types import Json
from .world import World

_CARD_OPTIONS: Json = {
    "installments": None,
    "mandate_options": None,
    "network": None,
    "request_three_d_secure": "automatic",
}


def options(kinds: list[str], given: Json | None, current: Json | None = None) -> Json:
    """The options of each kind: what was given, over what stands, over Stripe's defaults."""
    result: Json = dict(current or {})
    for kind in kinds:
        base = _CARD_OPTIONS if kind == "card" else _debit_options(kind)
        result[kind] = {**base, **result.get(kind, {})}
    for kind, wanted in (given or {}).items():
        if isinstance(wanted, dict):
            result[kind] = {**result.get(kind, {}), **wanted}
    return result


def _debit_options(kind: str) -> Json:
    return {"verification_method": "automatic"} if kind == "us_bank_account" else {}


def blank(world: World, params: Json) -> Json:
    """The intent that these parameters ask for, before it takes a payment method; raises ApiError."""
    code = money.currency(params["currency"])
    kinds, automatic = intents.choose_kinds(params, code)
    money.check_charge(params["amount"], code, kinds)
    id_ = world.ids.new("pi")
    configuration = {"id": intents.CONFIGURATION_ID, "parent": None}
    return {
        "id": id_,
        "object": "payment_intent",
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": automatic,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": params.get("capture_method", "automatic_async"),
        "client_secret": intents.secret(world, id_),
        "confirmation_method": params.get("confirmation_method", "automatic"),
        "created": world.clock.now(),
        "currency": code,
        "customer": intents.customer_of(world, params),
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": configuration if automatic else None,
        "payment_method_options": options(kinds, params.get("payment_method_options")),
        "payment_method_types": kinds,
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": params.get("setup_future_usage"),
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }
