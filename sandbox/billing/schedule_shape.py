"""What a subscription schedule and its phases look like.

Source: https://docs.stripe.com/api/subscription_schedules/object
"""

from sandbox.errors import ApiError, InvalidParameters, resource_missing
from sandbox.json_types import Json
from sandbox.metadata import merged
from sandbox.world import World

from . import periods, subscription_items, taxes
from .subscription_rows import items_of
from .subscription_shape import billing_mode

_SETTINGS: Json = {
    "application_fee_percent": None,
    "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
    "billing_cycle_anchor": "automatic",
    "billing_thresholds": None,
    "collection_method": "charge_automatically",
    "default_payment_method": None,
    "description": None,
    "invoice_settings": {
        "account_tax_ids": None,
        "custom_fields": None,
        "days_until_due": None,
        "description": None,
        "footer": None,
        "issuer": {"type": "self"},
    },
    "on_behalf_of": None,
    "transfer_data": None,
}
_NOT_HERE = ("application_fee_percent", "billing_thresholds", "on_behalf_of", "transfer_data", "add_invoice_items")


def blank(world: World, customer: Json, params: Json) -> Json:
    """A schedule without phases, which has not started."""
    return {
        "id": world.ids.new("sub_sched"),
        "object": "subscription_schedule",
        "application": None,
        "billing_mode": billing_mode(params.get("billing_mode")),
        "canceled_at": None,
        "completed_at": None,
        "created": world.clock.now(),
        "current_phase": None,
        "customer": customer["id"],
        "customer_account": None,
        "default_settings": settings(_SETTINGS, params.get("default_settings") or {}),
        "end_behavior": end_behavior(params.get("end_behavior", "release")),
        "livemode": False,
        "metadata": merged({}, params.get("metadata")),
        "phases": [],
        "released_at": None,
        "released_subscription": None,
        "status": "not_started",
        "subscription": None,
        "test_clock": customer["test_clock"],
    }


def end_behavior(given: str) -> str:
    """What happens after the last phase."""
    if given not in ("release", "cancel"):
        raise InvalidParameters("The local Stripe supports end_behavior release and cancel.", param="end_behavior")
    return given


def settings(row: Json, given: Json) -> Json:
    """The default settings after what was given."""
    _refuse(given, "default_settings")
    result = {**row, **{name: value or None for name, value in given.items()}}
    if given.get("invoice_settings"):
        result["invoice_settings"] = {**row["invoice_settings"], **given["invoice_settings"]}
    if given.get("automatic_tax"):
        enabled = given["automatic_tax"]["enabled"]
        liability = {"type": "self"} if enabled else None
        result["automatic_tax"] = {"disabled_reason": None, "enabled": enabled, "liability": liability}
    return result


def _refuse(given: Json, path: str) -> None:
    for name in _NOT_HERE:
        if given.get(name):
            raise InvalidParameters(
                f"The local Stripe does not support the parameter {path}[{name}] yet.",
                code="parameter_unknown",
                param=f"{path}[{name}]",
            )


def phases(world: World, given: list[Json], start: int) -> list[Json]:
    """The phases one after the other; each begins where the one before it ends."""
    made: list[Json] = []
    for at, wish in enumerate(given):
        now = world.clock.now()
        first: int = made[-1]["end_date"] if made else start
        begin: int = now if wish.get("start_date") == "now" else wish.get("start_date", first)
        if made and begin != first:
            raise ApiError("Each phase must start where the phase before it ends.", param=f"phases[{at}][start_date]")
        made.append(_phase(world, wish, begin, _end(wish, begin, now, at), at))
    return made


def _end(wish: Json, begin: int, now: int, at: int) -> int:
    if "end_date" in wish and "duration" in wish:
        raise ApiError("You may only specify one of `end_date` or `duration`.", param=f"phases[{at}][end_date]")
    if "duration" in wish:
        duration = wish["duration"]
        return periods.add(begin, duration["interval"], duration.get("interval_count", 1))
    end: int = now if wish.get("end_date") == "now" else wish.get("end_date", 0)
    if end <= begin:
        raise ApiError("You must specify `duration` or an `end_date` after its start.", param=f"phases[{at}][end_date]")
    return end


def _phase(world: World, wish: Json, begin: int, end: int, at: int) -> Json:
    _refuse(wish, f"phases[{at}]")
    path = f"phases[{at}][items]"
    items = [_item(world, item, f"{path}[{n}]") for n, item in enumerate(wish["items"])]
    if wish.get("trial"):
        wish = {**wish, "trial_end": end}
    tax = wish.get("automatic_tax")
    return {
        "add_invoice_items": [],
        "application_fee_percent": None,
        "automatic_tax": tax and {"disabled_reason": None, "enabled": tax["enabled"], "liability": None},
        "billing_cycle_anchor": wish.get("billing_cycle_anchor"),
        "billing_thresholds": None,
        "collection_method": wish.get("collection_method"),
        "currency": wish.get("currency") or world.store.get("price", items[0]["price"])["currency"],
        "default_payment_method": wish.get("default_payment_method"),
        "default_tax_rates": taxes.rates(world, wish.get("default_tax_rates") or []),
        "description": wish.get("description") or None,
        "discounts": [_discount(each) for each in wish.get("discounts") or []],
        "end_date": end,
        "invoice_settings": wish.get("invoice_settings"),
        "items": items,
        "metadata": merged({}, wish.get("metadata")),
        "on_behalf_of": None,
        "proration_behavior": wish.get("proration_behavior", "create_prorations"),
        "start_date": begin,
        "transfer_data": None,
        "trial_end": wish.get("trial_end"),
    }


def _item(world: World, wish: Json, path: str) -> Json:
    subscription_items.refuse_unsupported(wish, path)
    price = world.store.find("price", wish.get("price"))
    if price is None:
        raise resource_missing("price", str(wish.get("price")), param=f"{path}[price]")
    return {
        "billing_thresholds": None,
        "discounts": [_discount(each) for each in wish.get("discounts") or []],
        "metadata": merged({}, wish.get("metadata")),
        "plan": price["id"],
        "price": price["id"],
        "quantity": wish.get("quantity", 1),
        "tax_rates": taxes.rates(world, wish.get("tax_rates") or []),
    }


def _discount(given: Json) -> Json:
    return {name: given.get(name) for name in ("coupon", "discount", "promotion_code")}


def phase_of(subscription: Json) -> Json:
    """The phase that a subscription is in: its items until the end of the period."""
    items = items_of(subscription)
    return {
        "items": [
            {
                "price": item["price"]["id"],
                "quantity": item["quantity"],
                "metadata": item["metadata"],
                "tax_rates": [rate["id"] for rate in item["tax_rates"]],
                "discounts": [{"discount": id_} for id_ in item["discounts"]],
            }
            for item in items
        ],
        "currency": subscription["currency"],
        "default_tax_rates": [rate["id"] for rate in subscription["default_tax_rates"]],
        "discounts": [{"discount": id_} for id_ in subscription["discounts"]],
        "metadata": subscription["metadata"],
        "start_date": min(item["current_period_start"] for item in items),
        "end_date": min(item["current_period_end"] for item in items),
        "trial_end": subscription["trial_end"],
    }
