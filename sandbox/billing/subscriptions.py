"""Subscriptions begin: their items, their first period, their first invoice.

Sources: https://docs.stripe.com/api/subscriptions/create, https://docs.stripe.com/billing/subscriptions/overview
"""

from sandbox import money
from sandbox.calls import Call
from sandbox.errors import ApiError, missing
from sandbox.json_types import Json
from sandbox.world import World

from . import (
    pending_updates,
    periods,
    pricing,
    renewals,
    subscription_bills,
    subscription_changes,
    subscription_items,
    subscription_shape,
)
from .subscription_endings import EXPIRY_SECONDS
from .subscription_rows import beside, items_of, set_items

_DAY = 86400
_NOTICE = 3 * _DAY


def create(world: World, params: Json, call: Call | None = None) -> Json:
    """A subscription with its first invoice; raises 400 or 402, and then nothing of it is to be kept.

    Event customer.subscription.created.
    """
    behavior = params.get("payment_behavior", "allow_incomplete")
    if behavior == "pending_if_incomplete":
        raise ApiError(pending_updates.NOT_ON_CREATE, param="payment_behavior")
    subscription = _begin(world, params)
    lines = _first_period(world, subscription, params)
    subscription_changes.add_items(world, subscription, params)
    reason, now = "subscription_create", world.clock.now()
    invoice = subscription_bills.draft(world, subscription, reason, lines=lines, period=(now, now))
    subscription_bills.note(world, subscription, invoice)
    world.save(subscription)
    if behavior in ("allow_incomplete", "error_if_incomplete"):
        subscription_bills.ensure_can_pay(world, subscription, invoice)
    error = subscription_bills.settle_now(
        world, invoice, behavior=behavior, off_session=params.get("off_session", False), call=call
    )
    if error is not None and behavior == "error_if_incomplete":
        raise subscription_bills.refusal(error)
    if subscription["status"] == "incomplete" and not subscription_bills.waits_for_payment(world, invoice):
        subscription["status"] = "active"
    _announce(world, subscription)
    return subscription


def _announce(world: World, subscription: Json) -> None:
    known = beside(world, subscription)
    known["is_new"] = False
    world.save(known)
    world.save(subscription)
    world.emit("customer.subscription.created", subscription)
    if subscription["status"] == "incomplete":
        world.later(EXPIRY_SECONDS, "expire_subscription", subscription["id"])
    ends = subscription["trial_end"]
    if subscription["status"] == "trialing" and ends - _NOTICE <= world.clock.now():
        world.emit("customer.subscription.trial_will_end", subscription)
    renewals.plan_next(world, subscription)


def _begin(world: World, params: Json) -> Json:
    """The subscription with its settings and items, saved and not told of yet."""
    customer = subscription_shape.customer(world, params)
    if not params.get("items"):
        raise missing("items")
    currency = _currency(world, customer, params)
    row = subscription_shape.blank(world, customer, currency, params.get("billing_mode"))
    subscription_shape.apply(world, row, params)
    items = [subscription_items.make(world, row, wish, path=f"items[{at}]") for at, wish in enumerate(params["items"])]
    subscription_items.check_together(row, items)
    set_items(world, row, items)
    world.save(beside(world, row) | {"is_new": True})
    world.save(row)
    return row


def _currency(world: World, customer: Json, params: Json) -> str:
    first = world.store.find("price", params["items"][0].get("price"))
    if params.get("currency"):
        currency = money.currency(params["currency"])
    elif first and customer["currency"] and pricing.has_currency(world, first, customer["currency"]):
        currency = customer["currency"]
    else:
        currency = first["currency"] if first else customer["currency"] or "usd"
    subscribed = {
        row["currency"]
        for row in world.store.children("subscription", "customer", customer["id"])
        if row["status"] not in ("canceled", "incomplete_expired")
    }
    if subscribed - {currency}:
        held = next(iter(subscribed - {currency}))
        raise ApiError(
            "You cannot combine currencies on a single customer. This customer has an active subscription, subscription"
            f" schedule, discount, quote, or invoice item with currency {held}"
        )
    return currency


def _first_period(world: World, row: Json, params: Json) -> list[Json]:
    """Anchor, trial and first period; returns the lines that this bills."""
    now = world.clock.now()
    row["start_date"] = params.get("backdate_start_date", now)
    trial_end = _trial_end(world, params)
    row["billing_cycle_anchor"] = _anchor(row, params, trial_end or row["start_date"])
    subscription_changes.apply_cancellation(world, row, params, is_new=True)
    if trial_end:
        row |= {"status": "trialing", "trial_start": now, "trial_end": trial_end}
        for item in items_of(row):
            subscription_items.set_period(item, row["billing_cycle_anchor"], now, end=trial_end)
        subscription_changes.settle_cancellation(world, row, params)
        return renewals.trial_lines(world, row)
    row["status"] = "incomplete" if row["collection_method"] == "charge_automatically" else "active"
    is_free = params.get("proration_behavior") == "none"
    lines = [line for item in items_of(row) for line in _periods_until(world, row, item, now, is_free=is_free)]
    subscription_changes.settle_cancellation(world, row, params)
    return lines


def _periods_until(world: World, row: Json, item: Json, now: int, *, is_free: bool) -> list[Json]:
    """The lines of the periods from the start, which may lie in the past, to the present one."""
    lines: list[Json] = []
    start: int = row["start_date"]
    while True:
        subscription_items.set_period(item, row["billing_cycle_anchor"], start, cancel_at=row["cancel_at"])
        is_whole = item["current_period_start"] == subscription_items.whole_start(row, item)
        is_past = item["current_period_end"] <= now
        if not (is_free and (is_past or not is_whole)):
            lines += subscription_bills.period_lines(world, row, [item])
        if not is_past:
            return lines
        start = item["current_period_end"]


def _trial_end(world: World, params: Json) -> int | None:
    given, days = params.get("trial_end"), params.get("trial_period_days")
    if given is not None and days is not None:
        raise ApiError("You may only specify one of these parameters: trial_end, trial_period_days.", param="trial_end")
    now = world.clock.now()
    if isinstance(given, int):
        return _check_trial_end(now, given)
    return now + days * _DAY if days else None


def _check_trial_end(now: int, trial_end: int) -> int:
    """Raise 400 for a trial that ends in the past, or more than five years from now."""
    if trial_end <= now:
        raise ApiError("Invalid timestamp: must be an integer Unix timestamp in the future.", param="trial_end")
    if trial_end > now + 5 * 366 * _DAY:
        raise ApiError("Invalid timestamp: can be no more than five years in the future.", param="trial_end")
    return trial_end


def _anchor(row: Json, params: Json, start: int) -> int:
    """Where the periods are counted from: what was asked for, otherwise the end of the trial or the start."""
    interval, count = subscription_items.interval_of(items_of(row)[0])
    config, given = params.get("billing_cycle_anchor_config"), params.get("billing_cycle_anchor")
    if config and given:
        raise ApiError(
            "You may only specify one of these parameters: billing_cycle_anchor, billing_cycle_anchor_config.",
            param="billing_cycle_anchor",
        )
    if config:
        row["billing_cycle_anchor_config"] = {
            name: config.get(name) for name in ("day_of_month", "hour", "minute", "month", "second")
        }
        return periods.configured_anchor(config, start, interval, count)
    if given is None:
        return start
    if given < start:
        raise ApiError("billing_cycle_anchor must be in the future.", param="billing_cycle_anchor")
    if given > periods.add(start, interval, count):
        raise ApiError(
            "billing_cycle_anchor cannot be later than next natural billing date"
            f" ({periods.add(start, interval, count)}) for plan",
            param="billing_cycle_anchor",
        )
    return int(given)
