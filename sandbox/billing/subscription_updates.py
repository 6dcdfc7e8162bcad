"""A subscription is updated, resumed: the change, its invoice, the payment, the news.

Sources: https://docs.stripe.com/api/subscriptions/update, https://docs.stripe.com/api/subscriptions/resume
"""

from copy import deepcopy

from sandbox.calls import Call
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from . import (
    pending_updates,
    renewals,
    subscription_bills,
    subscription_changes,
    subscription_items,
)
from .subscription_changes import Manner
from .subscription_rows import announce, beside, items_of

_NOT_PAUSED = "You can only resume a subscription if it is `paused`."


def update(world: World, subscription: Json, params: Json, call: Call | None = None) -> Json:
    """The subscription after the change; raises 400 or 402, and then nothing of it is to be kept."""
    subscription_changes.ensure_changeable(subscription, params)
    how = subscription_changes.manner(world, subscription, params, call)
    if how.behavior == "pending_if_incomplete":
        pending_updates.ensure_supported(params)
    before, billed = deepcopy(subscription), deepcopy(beside(world, subscription)["billed"])
    invoice = subscription_changes.make(world, subscription, params, how)
    if invoice is not None:
        _pay(world, subscription, before, billed, invoice, params, how)
    announce(world, subscription)
    if _is_trial_short(world, before, subscription):
        world.emit("customer.subscription.trial_will_end", subscription)
    renewals.plan_next(world, subscription)
    return subscription


def _is_trial_short(world: World, before: Json, after: Json) -> bool:
    """A trial that ends now, or within three days, is told of at once."""
    if before["trial_end"] == after["trial_end"] or after["trial_end"] is None:
        return False
    return bool(after["trial_end"] <= world.clock.now() + 3 * 86400)


def _pay(
    world: World, subscription: Json, before: Json, billed: Json, invoice: Json, params: Json, how: Manner
) -> None:
    """Collect the invoice of a change; what happens where it is not paid is the caller's choice."""
    world.save(subscription)
    error = subscription_bills.settle_now(
        world, invoice, behavior=_asks(how), off_session=how.off_session, call=how.call
    )
    if error is not None and how.behavior == "error_if_incomplete":
        raise subscription_bills.refusal(error)
    if invoice["status"] != "open" or not subscription_bills.waits_for_payment(world, invoice):
        return
    if how.behavior == "pending_if_incomplete":
        pending_updates.hold(world, subscription, before, billed, invoice, params)
    elif how.behavior != "error_if_incomplete" and subscription["status"] == "active":
        subscription["status"] = "past_due"


def _asks(how: Manner) -> str:
    return "default_incomplete" if how.behavior == "default_incomplete" else "allow_incomplete"


def resume(world: World, subscription: Json, params: Json, call: Call | None = None) -> Json:
    """A paused subscription bills again, once what it owes for the period is paid."""
    if subscription["status"] != "paused":
        raise ApiError(_NOT_PAUSED)
    before, billed = deepcopy(subscription), deepcopy(beside(world, subscription)["billed"])
    now = world.clock.now()
    subscription["status"] = "active"
    if params.get("billing_cycle_anchor", "now") == "now":
        subscription["billing_cycle_anchor"] = now
    start = now
    for item in items_of(subscription):
        subscription_items.set_period(item, subscription["billing_cycle_anchor"], start)
    lines = subscription_bills.period_lines(world, subscription, items_of(subscription))
    invoice = subscription_bills.draft(world, subscription, "subscription_cycle", lines=lines, period=(now, now))
    subscription_bills.note(world, subscription, invoice)
    world.save(subscription)
    subscription_bills.settle_now(world, invoice, behavior="allow_incomplete", off_session=True, call=call)
    if invoice["status"] == "open" and subscription_bills.waits_for_payment(world, invoice):
        pending_updates.hold(world, subscription, before, billed, invoice, {"billing_cycle_anchor": "now"})
        announce(world, subscription)
    else:
        announce(world, subscription, "customer.subscription.resumed")
    renewals.plan_next(world, subscription)
    return subscription


def migrate(world: World, subscription: Json) -> Json:
    """From classic to flexible billing, for good."""
    if subscription["billing_mode"]["type"] == "flexible":
        raise ApiError("This subscription already has `billing_mode` set to `flexible`.", param="billing_mode")
    flexible = {"flexible": {"proration_discounts": "included"}, "type": "flexible", "updated_at": world.clock.now()}
    subscription["billing_mode"] = flexible
    return announce(world, subscription)
