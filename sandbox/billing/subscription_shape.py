"""What a subscription looks like, and the settings of it that bill nothing by themselves.

Source: https://docs.stripe.com/api/subscriptions/object
"""

from sandbox import finding
from sandbox.errors import ApiError, InvalidParameters, resource_missing
from sandbox.json_types import Json
from sandbox.metadata import merged
from sandbox.world import World

from . import discounts, taxes

_NOT_HERE = frozenset(
    [
        "application_fee_percent",
        "billing_schedules",
        "billing_thresholds",
        "customer_account",
        "default_source",
        "on_behalf_of",
        "pending_invoice_item_interval",
        "transfer_data",
        "trial_from_plan",
    ]
)


def blank(world: World, customer: Json, currency: str, mode: Json | None) -> Json:
    """A subscription without items."""
    id_, now = world.ids.new("sub"), world.clock.now()
    return {
        "id": id_,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": now,
        "billing_cycle_anchor_config": None,
        "billing_mode": billing_mode(mode),
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": now,
        "currency": currency,
        "customer": customer["id"],
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": {"type": "self"},
        },
        "items": {
            "object": "list",
            "data": [],
            "has_more": False,
            "total_count": 0,
            "url": f"/v1/subscription_items?subscription={id_}",
        },
        "latest_invoice": None,
        "livemode": False,
        "managed_payments": None,
        "metadata": {},
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": now,
        "status": "active",
        "test_clock": customer["test_clock"],
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }


def billing_mode(given: Json | None) -> Json:
    """Flexible unless classic is asked for."""
    if given and given["type"] == "classic":
        return {"flexible": None, "type": "classic"}
    flexible = (given or {}).get("flexible") or {}
    discounts_shown = flexible.get("proration_discounts", "included")
    if discounts_shown != "included":
        raise InvalidParameters(
            "The local Stripe does not support itemized proration discounts yet.",
            code="parameter_unknown",
            param="billing_mode[flexible][proration_discounts]",
        )
    return {"flexible": {"proration_discounts": discounts_shown}, "type": "flexible"}


def refuse_unsupported(params: Json) -> None:
    """What Stripe knows and is not done here is refused, never ignored."""
    for name in sorted(_NOT_HERE & params.keys()):
        raise InvalidParameters(
            f"The local Stripe does not support the parameter {name} yet.", code="parameter_unknown", param=name
        )


def apply(world: World, row: Json, params: Json) -> None:
    """Change the settings that the parameters name."""
    refuse_unsupported(params)
    row["metadata"] = merged(row["metadata"], params.get("metadata"))
    _apply_settings(row, params)
    if "description" in params:
        row["description"] = params["description"] or None
    if "default_payment_method" in params:
        row["default_payment_method"] = _own_method(world, row, params["default_payment_method"])
    if "default_tax_rates" in params:
        row["default_tax_rates"] = taxes.rates(world, params["default_tax_rates"] or [])
    if "automatic_tax" in params:
        enabled = params["automatic_tax"]["enabled"]
        liability = {"type": "self"} if enabled else None
        row["automatic_tax"] = {"disabled_reason": None, "enabled": enabled, "liability": liability}
    _apply_collection(row, params)
    if "discounts" in params:
        _apply_discounts(world, row, params["discounts"] or [])


def _apply_settings(row: Json, params: Json) -> None:
    if "invoice_settings" in params:
        given = {name: value or None for name, value in params["invoice_settings"].items()}
        row["invoice_settings"] = {**row["invoice_settings"], **given}
    if "payment_settings" in params:
        row["payment_settings"] = _payment_settings(row["payment_settings"], params["payment_settings"])
    if "trial_settings" in params:
        row["trial_settings"] = {"end_behavior": dict(params["trial_settings"]["end_behavior"])}
    if "cancellation_details" in params:
        given = {name: value or None for name, value in params["cancellation_details"].items()}
        row["cancellation_details"] = {**row["cancellation_details"], **given}


def _payment_settings(row: Json, given: Json) -> Json:
    changed: Json = {
        name: given[name] for name in ("payment_method_options", "save_default_payment_method") if name in given
    }
    if "payment_method_types" in given:
        changed["payment_method_types"] = given["payment_method_types"] or None
    return {**row, **changed}


def _apply_collection(row: Json, params: Json) -> None:
    row["collection_method"] = params.get("collection_method", row["collection_method"])
    if "days_until_due" in params:
        row["days_until_due"] = params["days_until_due"]
    if row["collection_method"] == "charge_automatically":
        if params.get("days_until_due") is not None:
            raise ApiError(
                "You can only set `days_until_due` if `collection_method` is `send_invoice`.", param="days_until_due"
            )
        row["days_until_due"] = None
    elif row["days_until_due"] is None:
        raise ApiError(
            "Since `collection_method` is `send_invoice`, you must specify `days_until_due`.", param="days_until_due"
        )


def _apply_discounts(world: World, row: Json, given: list[Json]) -> None:
    kept = {wish["discount"] for wish in given if "discount" in wish}
    for id_ in row["discounts"]:
        if id_ not in kept:
            discounts.end(world, id_)
    row["discounts"] = discounts.attach(
        world, given, customer=row["customer"], currency=row["currency"], subscription=row["id"]
    )


def _own_method(world: World, row: Json, id_: str) -> str | None:
    if not id_:
        return None
    method = world.store.find("payment_method", id_)
    if method is None:
        raise resource_missing("PaymentMethod", id_, param="default_payment_method")
    if method["customer"] != row["customer"]:
        raise ApiError(
            f"The customer does not have a payment method with the ID {id_}. The payment method must be attached to"
            " the customer.",
            code="resource_missing",
            param="default_payment_method",
        )
    return id_


def customer(world: World, params: Json) -> Json:
    """The customer that the parameters name."""
    if not params.get("customer"):
        raise InvalidParameters(
            "You must provide one of `customer` or `customer_account`.", code="parameter_missing", param="customer"
        )
    return finding.customer(world, params["customer"], param="customer")
