"""Schedules: a subscription changes by phases that were planned before.

Source: https://docs.stripe.com/billing/subscriptions/subscription-schedules
"""

from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.metadata import merged
from sandbox.world import World

from . import schedule_shape, subscription_endings, subscription_rows, subscription_shape, subscription_updates
from . import subscriptions as starts

_RUNNING = ("not_started", "active")
_OF_A_PHASE = ("collection_method", "default_payment_method", "description")


def create(world: World, params: Json) -> Json:
    """A schedule of its own phases, or of a subscription that goes on; event subscription_schedule.created."""
    row = _from_subscription(world, params) if params.get("from_subscription") else _of_phases(world, params)
    world.save(row)
    world.emit("subscription_schedule.created", row)
    if row["status"] == "not_started" and row["phases"][0]["start_date"] <= world.clock.now():
        _start(world, row)
        world.changed("subscription_schedule.updated", row)
    _plan(world, row)
    return row


def _from_subscription(world: World, params: Json) -> Json:
    others = params.keys() - {"from_subscription", "metadata", "billing_mode"}
    if others:
        raise ApiError(
            f"You cannot pass `{min(others)}` when `from_subscription` is set: update the schedule afterwards.",
            param=min(others),
        )
    subscription = subscription_rows.find(world, params["from_subscription"], param="from_subscription")
    if subscription["schedule"]:
        raise ApiError(
            f"You cannot migrate a subscription that is already attached to a schedule: {subscription['schedule']}.",
            param="from_subscription",
        )
    if subscription_rows.has_ended(subscription) or subscription["status"] == "incomplete":
        raise ApiError("You cannot create a schedule of a subscription that is not active.", param="from_subscription")
    row = schedule_shape.blank(world, subscription_rows.customer_of(world, subscription), params)
    row["billing_mode"] = dict(subscription["billing_mode"])
    row["phases"] = schedule_shape.phases(world, [schedule_shape.phase_of(subscription)], 0)
    row |= {"status": "active", "subscription": subscription["id"]}
    _show_phase(row, row["phases"][0])
    subscription["schedule"] = row["id"]
    subscription_rows.announce(world, subscription)
    return row


def _of_phases(world: World, params: Json) -> Json:
    customer = subscription_shape.customer(world, params)
    row = schedule_shape.blank(world, customer, params)
    start = params.get("start_date", "now")
    begin = world.clock.now() if start == "now" else int(start)
    if not params.get("phases"):
        raise ApiError("You must specify at least one phase.", code="parameter_missing", param="phases")
    row["phases"] = schedule_shape.phases(world, params["phases"], begin)
    return row


def _show_phase(row: Json, phase: Json | None) -> None:
    row["current_phase"] = phase and {"end_date": phase["end_date"], "start_date": phase["start_date"]}


def _start(world: World, row: Json) -> None:
    """The first phase begins: its subscription is made."""
    phase = row["phases"][0]
    wanted = _wish(phase) | {
        "customer": row["customer"],
        "items": [_item_wish(item) for item in phase["items"]],
        "billing_mode": {"type": row["billing_mode"]["type"]},
        "metadata": phase["metadata"],
        "currency": phase["currency"],
        **_defaults(row, phase),
    }
    if phase["start_date"] < world.clock.now():
        wanted["backdate_start_date"] = phase["start_date"]
    subscription = starts.create(world, {name: value for name, value in wanted.items() if value is not None})
    subscription["schedule"] = row["id"]
    subscription_rows.announce(world, subscription)
    row |= {"status": "active", "subscription": subscription["id"]}
    _show_phase(row, phase)


def _defaults(row: Json, phase: Json) -> Json:
    settings = row["default_settings"]
    tax, days = settings["automatic_tax"], settings["invoice_settings"]["days_until_due"]
    method = phase["collection_method"] or settings["collection_method"]
    return {
        "automatic_tax": {"enabled": tax["enabled"]} if tax and tax["enabled"] else None,
        "collection_method": method,
        "days_until_due": days if method == "send_invoice" else None,
        "default_payment_method": phase["default_payment_method"] or settings["default_payment_method"],
        "description": phase["description"] or settings["description"],
    }


def _wish(phase: Json) -> Json:
    wanted: Json = {
        "proration_behavior": phase["proration_behavior"],
        "default_tax_rates": [rate["id"] for rate in phase["default_tax_rates"]] or None,
        "trial_end": phase["trial_end"],
    }
    if phase["discounts"]:
        wanted["discounts"] = [_given(each) for each in phase["discounts"]]
    return wanted


def _given(discount: Json) -> Json:
    return {name: value for name, value in discount.items() if value}


def _item_wish(item: Json) -> Json:
    wish: Json = {"price": item["price"], "quantity": item["quantity"], "metadata": item["metadata"]}
    if item["tax_rates"]:
        wish["tax_rates"] = [rate["id"] for rate in item["tax_rates"]]
    if item["discounts"]:
        wish["discounts"] = [_given(each) for each in item["discounts"]]
    return wish


def update(world: World, row: Json, params: Json) -> Json:
    """Other phases, another end; a change of the running phase holds at once."""
    _ensure_running(row, "update")
    row["metadata"] = merged(row["metadata"], params.get("metadata"))
    if "end_behavior" in params:
        row["end_behavior"] = schedule_shape.end_behavior(params["end_behavior"])
    if "default_settings" in params:
        row["default_settings"] = schedule_shape.settings(row["default_settings"], params["default_settings"])
    if "phases" in params:
        start = row["phases"][0]["start_date"]
        row["phases"] = schedule_shape.phases(world, params["phases"], start)
        phase = _phase_at(row, world.clock.now())
        if row["status"] == "active" and phase is not None:
            _enter(world, row, phase, params.get("proration_behavior", "create_prorations"))
    world.changed("subscription_schedule.updated", row)
    _plan(world, row)
    return row


def _ensure_running(row: Json, verb: str) -> None:
    if row["status"] not in _RUNNING:
        raise ApiError(
            f"You cannot {verb} a subscription schedule that is currently in the `{row['status']}` status. It must be"
            " in the `not_started` or `active` status."
        )


def _phase_at(row: Json, moment: int) -> Json | None:
    return next((phase for phase in row["phases"] if phase["start_date"] <= moment < phase["end_date"]), None)


def _enter(world: World, row: Json, phase: Json, proration: str) -> None:
    """The subscription becomes what the phase says."""
    subscription = world.store.get("subscription", row["subscription"])
    _show_phase(row, phase)
    world.save(row)
    wanted = (
        _wish(phase)
        | {"proration_behavior": proration}
        | {name: phase[name] for name in _OF_A_PHASE if phase[name] is not None}
    )
    items = _changes(subscription, phase)
    if items:
        wanted["items"] = items
    if phase["metadata"]:
        wanted["metadata"] = phase["metadata"]
    if phase["billing_cycle_anchor"] == "phase_start" and phase["start_date"] == world.clock.now():
        wanted["billing_cycle_anchor"] = "now"
    if wanted["trial_end"] == subscription["trial_end"] or (wanted["trial_end"] or 0) <= world.clock.now():
        wanted["trial_end"] = None
    wish = {name: value for name, value in wanted.items() if value is not None}
    if wish.keys() - {"proration_behavior"}:
        subscription_updates.update(world, subscription, wish)


def _changes(subscription: Json, phase: Json) -> list[Json]:
    """How the present items become those of the phase: by price, the others in their order."""
    held = {item["price"]["id"]: item for item in subscription_rows.items_of(subscription)}
    wanted = {item["price"]: item for item in phase["items"]}
    free = [item for price, item in held.items() if price not in wanted]
    wishes: list[Json] = []
    for price, item in wanted.items():
        wish = _item_wish(item)
        if price in held:
            if held[price]["quantity"] != item["quantity"]:
                wishes.append({"id": held[price]["id"], **wish})
        elif free:
            wishes.append({"id": free.pop(0)["id"], **wish})
        else:
            wishes.append(wish)
    return wishes + [{"id": item["id"], "deleted": True} for item in free]


def _plan(world: World, row: Json) -> None:
    """Come back at the next boundary."""
    world.forget_due("advance_schedule", row["id"])
    if row["status"] not in _RUNNING:
        return
    now = world.clock.now()
    moments = [phase["start_date"] for phase in row["phases"]] + [row["phases"][-1]["end_date"]]
    at = next((moment for moment in moments if moment > now), None)
    if at is not None:
        world.later(at - now, "advance_schedule", row["id"])


def advance(world: World, due: Json) -> None:
    """A phase begins, or the last one is over."""
    row = world.store.find("subscription_schedule", due["subject"])
    if row is not None:
        _go_on(world, row)


def period_ends(world: World, subscription: Json) -> None:
    """Before a renewal bills, the phase that begins with it holds."""
    row = world.store.find("subscription_schedule", subscription["schedule"])
    if row is not None:
        _go_on(world, row)


def _go_on(world: World, row: Json) -> None:
    now = world.clock.now()
    if row["status"] == "not_started" and row["phases"][0]["start_date"] <= now:
        _start(world, row)
    elif row["status"] == "active":
        phase = _phase_at(row, now)
        if phase is None and row["phases"][-1]["end_date"] <= now:
            _finish(world, row)
            return
        if phase is not None and row["current_phase"]["start_date"] != phase["start_date"]:
            _enter(world, row, phase, phase["proration_behavior"])
    world.changed("subscription_schedule.updated", row)
    _plan(world, row)


def _finish(world: World, row: Json) -> None:
    """After the last phase the subscription is let go, or ends."""
    if row["end_behavior"] == "release":
        release(world, row)
        return
    _close(world, row, "completed", "completed_at")
    subscription = world.store.get("subscription", row["subscription"])
    subscription_endings.end(world, subscription, reason="cancellation_requested")


def _close(world: World, row: Json, status: str, moment: str) -> None:
    row |= {"status": status, moment: world.clock.now()}
    _show_phase(row, None)
    world.forget_due("advance_schedule", row["id"])
    previous = world.save(row)
    happened = {"completed": "completed", "released": "released", "canceled": "canceled"}[status]
    world.emit("subscription_schedule.updated", row, previous)
    world.emit(f"subscription_schedule.{happened}", row)


def release(world: World, row: Json) -> Json:
    """The subscription goes on without the schedule."""
    _ensure_running(row, "release")
    subscription = world.store.find("subscription", row["subscription"])
    if subscription is not None:
        row |= {"released_subscription": subscription["id"], "subscription": None}
        subscription["schedule"] = None
        subscription_rows.announce(world, subscription)
    _close(world, row, "released", "released_at")
    return row


def cancel(world: World, row: Json, *, prorate: bool = True, invoice_now: bool = True) -> Json:
    """The schedule and its subscription end now."""
    _ensure_running(row, "cancel")
    _close(world, row, "canceled", "canceled_at")
    subscription = world.store.find("subscription", row["subscription"])
    if subscription is not None and not subscription_rows.has_ended(subscription):
        subscription_endings.end(
            world, subscription, reason="cancellation_requested", prorate=prorate, invoice_now=invoice_now
        )
    return row


def subscription_ended(world: World, subscription: Json) -> None:
    """A schedule without its subscription is canceled."""
    row = world.store.find("subscription_schedule", subscription["schedule"])
    if row is not None and row["status"] in _RUNNING:
        _close(world, row, "canceled", "canceled_at")
