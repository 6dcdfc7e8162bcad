"""A subscription changes: items, billing cycle, trial, the moment it ends; and what that bills.

Sources: https://docs.stripe.com/billing/subscriptions/change, https://docs.stripe.com/api/subscriptions/update
"""

from copy import deepcopy
from dataclasses import dataclass

from sandbox.calls import Call
from sandbox.errors import ApiError, resource_missing
from sandbox.json_types import Json
from sandbox.world import World

from . import (
    invoice_items,
    pricing,
    prorations,
    renewals,
    subscription_bills,
    subscription_items,
    subscription_shape,
    taxes,
)
from .subscription_rows import items_of, set_items

_WHEN_CANCELED = frozenset({"metadata", "cancellation_details"})
_BILLING = frozenset(
    {"items", "add_invoice_items", "trial_end", "billing_cycle_anchor", "discounts", "collection_method", "cancel_at"}
)


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a change is prorated and paid."""

    proration: str = "create_prorations"
    at: int
    behavior: str = "allow_incomplete"
    off_session: bool = False
    call: Call | None = None


def manner(world: World, subscription: Json, params: Json, call: Call | None = None) -> Manner:
    """What the parameters say of it; raises 400 for a proration date outside of the period."""
    now = world.clock.now()
    at = params.get("proration_date", now)
    start = min(item["current_period_start"] for item in items_of(subscription))
    end = max(item["current_period_end"] for item in items_of(subscription))
    if not start <= at <= end:
        raise ApiError(
            "Cannot specify `proration_date` outside of the subscription's current period.", param="proration_date"
        )
    return Manner(
        proration=params.get("proration_behavior", "create_prorations"),
        at=at,
        behavior=params.get("payment_behavior", "allow_incomplete"),
        off_session=params.get("off_session", False),
        call=call,
    )


def ensure_changeable(subscription: Json, params: Json) -> None:
    """Raise 400 for what an ended or unbegun subscription does not take."""
    if subscription["status"] in ("canceled", "incomplete_expired") and params.keys() - _WHEN_CANCELED:
        raise ApiError(
            "A canceled subscription can only update its cancellation_details and metadata.",
            code="invalid_canceled_subscription_fields",
        )
    if subscription["status"] == "incomplete" and (given := params.keys() & _BILLING):
        raise ApiError(
            "This subscription's status is `incomplete`: attributes that create an invoice or an invoice item cannot be"
            f" updated until its first invoice is paid ({', '.join(sorted(given))}).",
            param=min(given),
        )


def make(world: World, subscription: Json, params: Json, how: Manner) -> Json | None:
    """Change it as the parameters say, without telling; returns the invoice that this makes at once, a draft."""
    before = deepcopy(subscription)
    subscription_shape.apply(world, subscription, params)
    if "pause_collection" in params:
        _pause(world, subscription, params["pause_collection"])
    if "items" in params:
        _change_items(world, subscription, params["items"])
    apply_cancellation(world, subscription, params)
    made = add_items(world, subscription, params)
    if _begins_anew(before, subscription, params):
        return _begin_period(world, before, subscription, params, how)
    if how.proration != "none":
        made += prorations.change(world, subscription, before, how.at)
        made += _prorate_cancellation(world, before, subscription)
    settle_cancellation(world, subscription, params, is_cut=how.proration != "none")
    if not made or how.proration != "always_invoice":
        return None
    now = world.clock.now()
    return subscription_bills.draft(
        world, subscription, "subscription_update", lines=(), period=(now, now), proration_date=how.at
    )


def _pause(world: World, subscription: Json, given: Json | str) -> None:
    if isinstance(given, str):
        subscription["pause_collection"] = None
        return
    resumes_at = given.get("resumes_at")
    subscription["pause_collection"] = {"behavior": given["behavior"], "resumes_at": resumes_at}
    if resumes_at:
        world.later(max(0, resumes_at - world.clock.now()), "resume_collection", subscription["id"])


def _change_items(world: World, subscription: Json, wishes: list[Json]) -> None:
    """The items after the wishes: changed, added, deleted; others stay."""
    items = {item["id"]: deepcopy(item) for item in items_of(subscription)}
    by_price = {item["price"]["id"]: id_ for id_, item in items.items()}
    for at, wish in enumerate(wishes):
        path = f"items[{at}]"
        id_ = wish.get("id") or (None if wish.get("deleted") else by_price.get(wish.get("price", "")))
        if id_ is None:
            item = subscription_items.make(world, subscription, wish, path=path)
            items[item["id"]] = item
        elif id_ not in items:
            raise resource_missing("subscription_item", id_, param=f"{path}[id]")
        elif wish.get("deleted"):
            del items[id_]
        else:
            changes = {name: value for name, value in wish.items() if name not in ("id", "deleted")}
            subscription_items.refuse_unsupported(changes, path)
            subscription_items.apply(world, subscription, items[id_], changes, path=path)
    found = list(items.values())
    subscription_items.check_together(subscription, found)
    for item in found:
        if not item["current_period_end"]:
            _join_period(world, subscription, item)
    set_items(world, subscription, found)


def _join_period(world: World, subscription: Json, item: Json) -> None:
    """A new item's period begins now; or, where the others' is just over, is renewed with them."""
    now, others = world.clock.now(), items_of(subscription)
    over = [other for other in others if other["current_period_end"] <= now]
    if over:
        item |= {name: over[0][name] for name in ("current_period_start", "current_period_end")}
        return
    until = subscription["trial_end"] if subscription["status"] == "trialing" else None
    anchor, end = subscription["billing_cycle_anchor"], subscription["cancel_at"]
    subscription_items.set_period(item, anchor, now, cancel_at=end, end=until)


def _begins_anew(before: Json, after: Json, params: Json) -> bool:
    """Whether a new period begins now: asked for, by a trial, or by another interval."""
    if params.get("billing_cycle_anchor") == "now" or "trial_end" in params:
        return True
    if before["status"] == "trialing":
        return False
    rhythms = {item["id"]: subscription_items.interval_of(item) for item in items_of(before)}
    after_all = {subscription_items.interval_of(item) for item in items_of(after)}
    changed = any(
        rhythms.get(item["id"], subscription_items.interval_of(item)) != subscription_items.interval_of(item)
        for item in items_of(after)
    )
    return changed or not after_all & set(rhythms.values()) or _turned_paid(before, after)


def _turned_paid(before: Json, after: Json) -> bool:
    """Classic billing begins a period when what was free is paid for."""
    return after["billing_mode"]["type"] == "classic" and _is_free(before) and not _is_free(after)


def _is_free(subscription: Json) -> bool:
    return all(item["price"]["unit_amount"] == 0 for item in items_of(subscription))


def _begin_period(world: World, before: Json, subscription: Json, params: Json, how: Manner) -> Json:
    now, trial_end = world.clock.now(), params.get("trial_end")
    if isinstance(trial_end, int):
        if trial_end <= now:
            raise ApiError("Invalid timestamp: must be an integer Unix timestamp in the future.", param="trial_end")
        _begin_trial(subscription, now, trial_end)
        lines = renewals.trial_lines(world, subscription)
    else:
        if how.proration != "none":
            prorations.all_unused(world, before, how.at)
        _begin_cycle(subscription, now)
        lines = subscription_bills.period_lines(world, subscription, items_of(subscription))
    settle_cancellation(world, subscription, params)
    invoice = subscription_bills.draft(
        world, subscription, "subscription_update", lines=lines, period=(now, now), proration_date=how.at
    )
    subscription_bills.note(world, subscription, invoice)
    return invoice


def _begin_trial(subscription: Json, now: int, trial_end: int) -> None:
    if subscription["status"] != "trialing":
        subscription |= {"status": "trialing", "trial_start": now}
    subscription |= {"trial_end": trial_end, "billing_cycle_anchor": trial_end}
    for item in items_of(subscription):
        subscription_items.set_period(item, trial_end, now, end=trial_end)


def _begin_cycle(subscription: Json, now: int) -> None:
    if subscription["status"] == "trialing":
        subscription |= {"status": "active", "trial_end": now}
    subscription["billing_cycle_anchor"] = now
    for item in items_of(subscription):
        subscription_items.set_period(item, now, now, cancel_at=subscription["cancel_at"])


def apply_cancellation(world: World, subscription: Json, params: Json, *, is_new: bool = False) -> None:
    """When it is to end: a moment, or nothing any more. The end of a period is settled once that is known."""
    now = world.clock.now()
    if params.get("cancel_at_period_end") and params.get("cancel_at"):
        raise ApiError(
            "You may only specify one of these parameters: cancel_at, cancel_at_period_end.", param="cancel_at"
        )
    given = params.get("cancel_at")
    if isinstance(given, int):
        if given <= now:
            raise ApiError("`cancel_at` must be a timestamp in the future.", param="cancel_at")
        subscription |= {"cancel_at": given, "cancel_at_period_end": False, "canceled_at": now}
    elif given == "" or (params.get("cancel_at_period_end") is False and not is_new):
        subscription |= {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None}
        subscription["cancellation_details"] = {**subscription["cancellation_details"], "reason": None}


def settle_cancellation(world: World, subscription: Json, params: Json, *, is_cut: bool = False) -> None:
    """The end of a period as a moment; the present period is cut there where that was prorated."""
    ends = [item["current_period_end"] for item in items_of(subscription)]
    given, now = params.get("cancel_at"), world.clock.now()
    if params.get("cancel_at_period_end"):
        subscription |= {"cancel_at": min(ends), "cancel_at_period_end": True, "canceled_at": now}
    elif given in ("min_period_end", "max_period_end"):
        at = min(ends) if given == "min_period_end" else max(ends)
        subscription |= {"cancel_at": at, "cancel_at_period_end": at == min(ends), "canceled_at": now}
    elif given == "max_billed_until":
        subscription |= {"cancel_at": max(ends), "cancel_at_period_end": False, "canceled_at": now}
    if subscription["cancel_at"] and ("cancel_at" in params or params.get("cancel_at_period_end")):
        details = subscription["cancellation_details"]
        subscription["cancellation_details"] = {**details, "reason": "cancellation_requested"}
    if is_cut and isinstance(given, int | str) and "cancel_at" in params:
        _cut_periods(subscription)


def _cut_periods(subscription: Json) -> None:
    anchor = subscription["billing_cycle_anchor"]
    if subscription["status"] == "trialing":
        return
    for item in items_of(subscription):
        subscription_items.set_period(item, anchor, item["current_period_start"], cancel_at=subscription["cancel_at"])


def _prorate_cancellation(world: World, before: Json, after: Json) -> int:
    """An end inside of the billed period gives the rest back; a later one charges for what it adds."""
    if before["cancel_at"] == after["cancel_at"] or before["status"] == "trialing":
        return 0
    cut = deepcopy(after)
    _cut_periods(cut)
    made = 0
    for was, item in zip(items_of(after), items_of(cut), strict=True):
        old, new = was["current_period_end"], item["current_period_end"]
        if new > old:
            made += prorations.more_time(world, {**after, "items": {"data": [was]}}, old, new)
        elif new < old:
            made += prorations.less_time(world, after, was, new)
    return made


def add_items(world: World, subscription: Json, params: Json) -> int:
    """Invoice items that come with the change wait for the invoice that it makes; returns how many."""
    wishes = params.get("add_invoice_items") or []
    for at, wish in enumerate(wishes):
        price = world.store.find("price", wish.get("price"))
        if price is None:
            raise resource_missing("price", str(wish.get("price")), param=f"add_invoice_items[{at}][price]")
        quantity, now = wish.get("quantity", 1), world.clock.now()
        invoice_items.item(
            world,
            customer=subscription["customer"],
            currency=subscription["currency"],
            amount=pricing.total(world, price, quantity, subscription["currency"]),
            description=world.store.get("product", price["product"])["name"],
            period=(now, now),
            price=price,
            quantity=quantity,
            discountable=wish.get("discountable", True),
            tax_rates=taxes.rates(world, wish.get("tax_rates") or []),
            metadata=dict(wish.get("metadata") or {}),
            subscription=subscription["id"],
        )
    return len(wishes)
