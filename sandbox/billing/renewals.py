"""Time passes over a subscription: it renews, its trial ends, it is over.

Sources: https://docs.stripe.com/billing/subscriptions/billing-cycle, https://docs.stripe.com/billing/subscriptions/trials
"""

from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from . import invoices, item_lines, subscription_bills, subscription_endings
from .subscription_items import set_period
from .subscription_rows import announce, customer_of, has_ended, items_of

_DAY = 86400
_TRIAL_NOTICE_DAYS = 3
_UPCOMING_DAYS = 7
_TASKS = ("renew_subscription", "announce_renewal", "trial_will_end")


def plan_next(world: World, subscription: Json) -> None:
    """Let happen in time what comes next: the renewal, the news before it, the end of the trial."""
    for task in _TASKS:
        world.forget_due(task, subscription["id"])
    if has_ended(subscription) or subscription["status"] in ("incomplete", "paused"):
        return
    now, at = world.clock.now(), min(item["current_period_end"] for item in items_of(subscription))
    if subscription["cancel_at"]:
        at = min(at, subscription["cancel_at"])
    world.later(max(0, at - now), "renew_subscription", subscription["id"])
    news = at - world.settings.get("upcoming_invoice_days", _UPCOMING_DAYS) * _DAY
    if news > now and subscription["cancel_at"] != at and subscription["collection_method"] == "charge_automatically":
        world.later(news - now, "announce_renewal", subscription["id"])
    if subscription["status"] == "trialing" and subscription["trial_end"] - _TRIAL_NOTICE_DAYS * _DAY > now:
        world.later(subscription["trial_end"] - _TRIAL_NOTICE_DAYS * _DAY - now, "trial_will_end", subscription["id"])


def run(world: World, due: Json) -> None:
    """The moment has come."""
    subscription = world.store.find("subscription", due["subject"])
    if subscription is None or has_ended(subscription) or subscription["status"] in ("incomplete", "paused"):
        return
    world.react("subscription_period_ends", subscription)
    if not has_ended(subscription):
        renew(world, subscription)


def renew(world: World, subscription: Json) -> Json | None:
    """What happens at the end of a period; returns the invoice that this made."""
    now, invoice = world.clock.now(), None
    if subscription["cancel_at"] and subscription["cancel_at"] <= now:
        subscription_endings.end(world, subscription, reason="cancellation_requested")
        return None
    ends_trial = subscription["status"] == "trialing" and subscription["trial_end"] <= now
    if ends_trial and not _leave_trial(world, subscription):
        return None
    over = [item for item in items_of(subscription) if item["current_period_end"] <= now]
    if over:
        was = min(item["current_period_start"] for item in over), now
        for item in over:
            start = item["current_period_end"]
            set_period(item, subscription["billing_cycle_anchor"], start, cancel_at=subscription["cancel_at"])
        invoice = _bill(world, subscription, over, was)
    announce(world, subscription)
    plan_next(world, subscription)
    return invoice


def _bill(world: World, subscription: Json, items: list[Json], was: tuple[int, int]) -> Json:
    pause = subscription["pause_collection"]
    invoice = subscription_bills.draft(
        world,
        subscription,
        "subscription_cycle",
        lines=subscription_bills.period_lines(world, subscription, items),
        period=was,
        auto_advance=subscription["status"] != "unpaid" and not pause,
    )
    subscription_bills.note(world, subscription, invoice)
    if pause and pause["behavior"] != "keep_as_draft":
        _set_aside(world, invoice, pause["behavior"])
    return invoice


def _set_aside(world: World, invoice: Json, behavior: str) -> None:
    """Collection is paused: the invoice is made, and not asked for."""
    try:
        invoices.finalize(world, invoice)
    except ApiError:
        return
    if invoice["status"] == "open":
        (invoices.void if behavior == "void" else invoices.mark_uncollectible)(world, invoice)


def _leave_trial(world: World, subscription: Json) -> bool:
    """Whether the subscription goes on to be billed."""
    missing = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if missing == "create_invoice" or has_method(world, subscription):
        subscription["status"] = "active"
        return True
    if missing == "cancel":
        subscription_endings.end(world, subscription, reason="cancellation_requested")
        return False
    subscription["status"] = "paused"
    announce(world, subscription, "customer.subscription.paused")
    plan_next(world, subscription)
    return False


def has_method(world: World, subscription: Json) -> bool:
    """Whether there is something to pay with, or the customer pays by invoice."""
    settings = customer_of(world, subscription).get("invoice_settings") or {}
    method = subscription["default_payment_method"] or settings.get("default_payment_method")
    return bool(method) or subscription["collection_method"] == "send_invoice"


def trial_will_end(world: World, due: Json) -> None:
    """Three days before."""
    subscription = world.store.find("subscription", due["subject"])
    if subscription is not None and subscription["status"] == "trialing":
        world.emit("customer.subscription.trial_will_end", subscription)


def resume_collection(world: World, due: Json) -> None:
    """The pause of collection is over."""
    subscription = world.store.get("subscription", due["subject"])
    pause = subscription["pause_collection"]
    if pause and pause["resumes_at"] == due["at"]:
        subscription["pause_collection"] = None
        announce(world, subscription)


def trial_lines(world: World, subscription: Json) -> list[Json]:
    """The lines of a trial's invoice."""
    return [row for item in items_of(subscription) for row in item_lines.for_trial(world, subscription, item)]
