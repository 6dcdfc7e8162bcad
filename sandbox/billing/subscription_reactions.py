"""What becomes of a subscription when one of its invoices is paid, fails, is voided.

Source: https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses
"""

from sandbox.json_types import Json
from sandbox.world import World

from . import invoice_payments, invoices, pending_updates, renewals, subscription_endings
from . import lines as line_rows
from .subscription_rows import announce, beside, forget_billed, has_ended

_OWING = ("past_due", "unpaid")


def _of(world: World, invoice: Json) -> Json | None:
    subscription = world.store.find("subscription", invoices.subscription_id(invoice))
    return None if subscription is None or has_ended(subscription) else subscription


def paid(world: World, invoice: Json) -> None:
    """It begins, is in order again, or a pending update holds."""
    subscription = _of(world, invoice)
    if subscription is None:
        return
    _keep_method(world, subscription, invoice)
    if pending_updates.paid(world, subscription, invoice):
        return
    if subscription["status"] == "incomplete" or _settles(world, subscription, invoice):
        _activate(world, subscription)
    else:
        announce(world, subscription)


def _activate(world: World, subscription: Json) -> None:
    was = subscription["status"]
    subscription["status"] = "active"
    world.forget_due("expire_subscription", subscription["id"])
    announce(world, subscription)
    if was == "incomplete" and not beside(world, subscription)["is_new"]:
        renewals.plan_next(world, subscription)


def _settles(world: World, subscription: Json, invoice: Json) -> bool:
    """Whether the subscription owed and the invoice is the latest that was not taken back."""
    if subscription["status"] not in _OWING:
        return False
    latest = _latest(world, subscription)
    return latest is None or latest["id"] == invoice["id"] or latest["status"] in ("paid", "uncollectible")


def _latest(world: World, subscription: Json) -> Json | None:
    rows = world.store.children("invoice", "parent.subscription_details.subscription", subscription["id"])
    final = [row for row in rows if row["status"] not in ("void", "draft")]
    return final[-1] if final else None


def _keep_method(world: World, subscription: Json, invoice: Json) -> None:
    """What paid is kept as the subscription's own method, where that was asked for."""
    if subscription["payment_settings"]["save_default_payment_method"] != "on_subscription":
        return
    intent = invoice_payments.default_intent(world, invoice)
    method = world.store.find("payment_method", intent["payment_method"]) if intent else None
    if method and method["customer"] == subscription["customer"]:
        subscription["default_payment_method"] = method["id"]


def failed(world: World, invoice: Json) -> None:
    """A renewal that is not paid is past due; a first payment that fails days later takes its invoice along."""
    subscription = _of(world, invoice)
    if subscription is None:
        return
    if invoice["billing_reason"] == "subscription_create" and subscription["status"] == "active":
        invoices.void(world, invoice)
        return
    if invoice["billing_reason"] != "subscription_cycle":
        return
    if subscription["status"] in ("active", "trialing") and beside(world, subscription)["pending"] is None:
        subscription["status"] = "past_due"
        announce(world, subscription)


def uncollectible(world: World, invoice: Json) -> None:
    """The debt is given up: the subscription goes on."""
    subscription = _of(world, invoice)
    if subscription is None or pending_updates.paid(world, subscription, invoice):
        return
    if _settles(world, subscription, invoice):
        _activate(world, subscription)


def voided(world: World, invoice: Json) -> None:
    """What the invoice billed was not billed; the latest that was not voided says how the subscription stands."""
    subscription = _of(world, invoice)
    if subscription is None:
        return
    _forget(world, subscription, invoice)
    pending = beside(world, subscription)["pending"]
    if pending and pending["invoice"] == invoice["id"]:
        pending_updates.discard(world, subscription)
    elif subscription["status"] == "incomplete":
        subscription_endings.never_begun(world, subscription)
    elif subscription["status"] in _OWING:
        latest = _latest(world, subscription)
        if latest is None or latest["status"] in ("paid", "uncollectible"):
            _activate(world, subscription)


def _forget(world: World, subscription: Json, invoice: Json) -> None:
    known, rows = beside(world, subscription), line_rows.of(world, invoice["id"])
    made_of = {id_ for row in rows if (id_ := line_rows.item_of(row))}
    forget_billed(known, lines={row["id"] for row in rows}, invoice_items=made_of)
    world.save(known)
