"""A change at the end of the period: planned at Stripe as a schedule of two phases, which then lets go.

Source: https://docs.stripe.com/billing/subscriptions/subscription-schedules/use-cases#downgrade
"""

from typing import Any

from billing.models import Quote, Subscription
from billing.services import plan_changes, quote_calls, subscription_wishes
from billing.services.plan_changes import ItemChange
from billing.services.subscription_wishes import SubscriptionNotChangeable
from config.base.actor import Actor
from payments import gateway
from payments.failures import JsonObject
from payments.models import OutboundCall
from payments.services import outbound
from payments.stripe_fields import nested, reference

PATH = "/v1/subscription_schedules"
RELEASE = "subscription.release_schedule"
_KEPT_IDS = ("default_payment_method",)
_KEPT = ("collection_method", "description", "metadata", "trial_end")
Status = Subscription.Status


def begin(quote: Quote, *, by: Actor) -> OutboundCall:
    """A schedule made from the subscription as it is. In the caller's transaction, on the locked subscription."""
    return quote_calls.prepare(
        quote,
        quote_calls.SCHEDULE,
        PATH,
        {"from_subscription": quote.subscription.stripe_id},
        by=by,
        root_kind=subscription_wishes.ROOT,
        root_id=quote.subscription.stripe_id or "",
        valid_for=outbound.BACK_OFFICE,
        replies_with_root=False,
    )


def play(quote: Quote, *, by: Actor) -> bool:
    """Take the next step; whether there may be another."""
    calls = quote_calls.made(quote)
    if any(call.status == OutboundCall.Status.SENT for call in calls.values()):
        return False
    schedule, plan = calls.get(quote_calls.SCHEDULE), calls.get(quote_calls.PLAN)
    if schedule is None or schedule.status != OutboundCall.Status.ANSWERED:
        return _fail(quote, schedule, by)
    if plan is None:
        return _plan(quote, by)
    if plan.status == OutboundCall.Status.ANSWERED:
        quote_calls.settle(quote, Quote.Status.ACCEPTED, by=by)
        return False
    if quote_calls.RELEASE in calls:
        return _fail(quote, plan, by)
    return _release(quote, by)


def release(*, subscription: Subscription, by: Actor, reason: str = "") -> OutboundCall:
    """Take back a change that is planned for the end of the period; the subscription goes on as it is."""
    if not subscription.schedule_id:
        raise SubscriptionNotChangeable("No change is planned.")
    return subscription_wishes.ask_schedule(
        subscription,
        RELEASE,
        f"{PATH}/{subscription.schedule_id}/release",
        allowed=(Status.ACTIVE, Status.TRIALING, Status.PAST_DUE, Status.UNPAID),
        by=by,
        reason=reason,
    )


def phases(current: JsonObject, changes: list[ItemChange]) -> list[dict[str, Any]]:
    """The running phase as it is, until its end, and one interval with the changed items after it."""
    kept = _settings(current)
    items = [_item(item) for item in current["items"]]
    return [
        {**kept, "items": items, "start_date": current["start_date"], "end_date": current["end_date"]},
        {**_afterwards(kept), "items": _changed(items, changes), "duration": _duration(changes),
         "proration_behavior": "none"},
    ]  # fmt: skip


def _plan(quote: Quote, by: Actor) -> bool:
    """Both phases have to be said whole, so the schedule is read as Stripe has just made it."""
    subscription = quote.subscription
    subscription.refresh_from_db()
    path = f"{PATH}/{subscription.schedule_id}"
    body = gateway.get(path, account=subscription.account.stripe_id)
    changes = plan_changes.from_json(subscription, quote.change)
    wish = {"end_behavior": "release", "phases": phases(body["phases"][0], changes)}
    root_id = subscription.schedule_id
    return quote_calls.once(
        quote, quote_calls.PLAN, path, wish, by=by, root_kind="subscription_schedule", root_id=root_id
    )


def _release(quote: Quote, by: Actor) -> bool:
    subscription = quote.subscription
    return quote_calls.once(
        quote,
        quote_calls.RELEASE,
        f"{PATH}/{subscription.schedule_id}/release",
        {},
        by=by,
        root_kind=subscription_wishes.ROOT,
        root_id=subscription.stripe_id or "",
        replies_with_root=False,
    )


def _fail(quote: Quote, call: OutboundCall | None, by: Actor) -> bool:
    code, message = (call.error_code, call.error_message) if call else ("rejected", "")
    quote_calls.settle(quote, Quote.Status.FAILED, by=by, failure_code=code or "rejected", failure_message=message)
    return False


def _settings(phase: JsonObject) -> dict[str, Any]:
    kept: dict[str, Any] = {name: phase[name] for name in _KEPT if phase.get(name)}
    kept |= {name: reference(phase, name) for name in _KEPT_IDS if reference(phase, name)}
    if rates := phase.get("default_tax_rates"):
        kept["default_tax_rates"] = [rate["id"] if isinstance(rate, dict) else rate for rate in rates]
    if discounts := [_discount(entry) for entry in phase.get("discounts") or []]:
        kept["discounts"] = discounts
    if nested(phase, "automatic_tax").get("enabled"):
        kept["automatic_tax"] = {"enabled": True}
    if days := nested(phase, "invoice_settings").get("days_until_due"):
        kept["invoice_settings"] = {"days_until_due": days}
    return kept


def _afterwards(kept: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kept.items() if name != "trial_end"}


def _discount(entry: JsonObject) -> dict[str, str]:
    return {name: held for name in ("discount", "promotion_code", "coupon") if (held := reference(entry, name))}


def _item(item: JsonObject) -> dict[str, Any]:
    kept: dict[str, Any] = {"price": reference(item, "price")}
    return kept | ({"quantity": item["quantity"]} if item.get("quantity") is not None else {})


def _changed(items: list[dict[str, Any]], changes: list[ItemChange]) -> list[dict[str, Any]]:
    """The items of the running phase with the changes on them, found by their price."""
    changed = {change.item.price.stripe_id: change for change in changes if change.item}
    stay = [item for item in items if item["price"] not in changed]
    return stay + [plan_changes.item_params(change) for change in changes if not change.is_removed]


def _duration(changes: list[ItemChange]) -> dict[str, Any]:
    """The second phase lasts one interval of what it bills."""
    price = next(price for change in changes if (price := change.new_price))
    return {"interval": price.interval, "interval_count": price.interval_count or 1}
