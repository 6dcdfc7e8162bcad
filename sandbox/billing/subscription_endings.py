"""How a subscription ends: asked for, unpaid, never begun.

Source: https://docs.stripe.com/billing/subscriptions/cancel
"""

from sandbox.json_types import Json
from sandbox.world import World

from . import invoices, prorations, subscription_bills
from .subscription_rows import announce, has_ended

_TASKS = ("renew_subscription", "announce_renewal", "trial_will_end", "expire_subscription", "expire_pending_update")
EXPIRY_SECONDS = 23 * 3600


def end(world: World, subscription: Json, *, reason: str, prorate: bool = False, invoice_now: bool = False) -> Json:
    """End it now; event customer.subscription.deleted."""
    now = world.clock.now()
    if prorate:
        prorations.all_unused(world, subscription, now)
    if invoice_now:
        _last_invoice(world, subscription, now)
    _stop(world, subscription, "canceled")
    details = subscription["cancellation_details"]
    subscription["cancellation_details"] = {**details, "reason": details["reason"] or reason}
    subscription["canceled_at"] = subscription["canceled_at"] or now
    world.save(subscription)
    world.emit("customer.subscription.deleted", subscription)
    return subscription


def _last_invoice(world: World, subscription: Json, now: int) -> None:
    waiting = any(
        row["invoice"] is None and row["currency"] == subscription["currency"]
        for row in world.store.children("invoiceitem", "customer", subscription["customer"])
    )
    if not waiting:
        return
    invoice = subscription_bills.draft(world, subscription, "subscription_update", lines=(), period=(now, now))
    subscription_bills.settle_now(world, invoice, behavior="allow_incomplete", off_session=True)


def _stop(world: World, subscription: Json, status: str) -> None:
    for task in _TASKS:
        world.forget_due(task, subscription["id"])
    for invoice in world.store.children("invoice", "parent.subscription_details.subscription", subscription["id"]):
        if invoice["status"] in ("draft", "open") and invoice["auto_advance"]:
            invoices.set_auto_advance(world, invoice, False)
    subscription["status"] = status
    subscription["ended_at"] = world.clock.now()
    subscription["pending_update"] = None
    world.react("subscription_ended", subscription)


def never_begun(world: World, subscription: Json) -> Json:
    """The first invoice was not paid in time, or taken back: events customer.subscription.updated, .deleted."""
    _stop(world, subscription, "incomplete_expired")
    announce(world, subscription)
    for invoice in world.store.children("invoice", "parent.subscription_details.subscription", subscription["id"]):
        if invoice["status"] == "open":
            invoices.void(world, invoice)
    return subscription


def expire(world: World, due: Json) -> None:
    """Twenty-three hours are over."""
    subscription = world.store.find("subscription", due["subject"])
    if subscription is not None and subscription["status"] == "incomplete":
        never_begun(world, subscription)


def retries_exhausted(world: World, invoice: Json) -> None:
    """The last attempt failed: canceled, unpaid or still past due, as the account wants it."""
    subscription = world.store.find("subscription", invoices.subscription_id(invoice))
    if subscription is None or has_ended(subscription):
        return
    wanted = world.settings.get("subscription_after_retries", "cancel")
    if wanted == "cancel":
        end(world, subscription, reason="payment_failed")
    elif wanted == "unpaid":
        subscription["status"] = "unpaid"
        announce(world, subscription)
