"""Updates that hold only once they are paid.

Source: https://docs.stripe.com/billing/subscriptions/pending-updates
"""

from copy import deepcopy

from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from . import invoices, renewals
from .subscription_endings import EXPIRY_SECONDS
from .subscription_rows import announce, beside, items_of, set_items

NOT_ON_CREATE = "`payment_behavior=pending_if_incomplete` is not supported when creating subscriptions."
_TAKES = frozenset(
    [
        "billing_cycle_anchor",
        "discounts",
        "expand",
        "items",
        "off_session",
        "payment_behavior",
        "proration_behavior",
        "proration_date",
        "trial_end",
        "trial_from_plan",
        "add_invoice_items",
    ]
)
_KEPT = frozenset({"latest_invoice", "pending_update", "metadata"})


def ensure_supported(params: Json) -> None:
    """Raise 400 for what cannot wait for its payment."""
    others = sorted(params.keys() - _TAKES)
    if others:
        raise ApiError(
            f"When `payment_behavior` is set to `pending_if_incomplete`, you cannot pass `{others[0]}`.",
            param=others[0],
        )


def hold(world: World, subscription: Json, before: Json, billed: Json, invoice: Json, params: Json) -> None:
    """Take the change back until its invoice is paid, for twenty-three hours at most."""
    if before["pending_update"]:
        discard(world, subscription)
    after, now = deepcopy(subscription), world.clock.now()
    put_back(world, subscription, before)
    ends = [item["current_period_end"] for item in items_of(subscription) if item["current_period_end"] > now]
    expires_at = min([now + EXPIRY_SECONDS, *ends])
    subscription["pending_update"] = {
        "billing_cycle_anchor": after["billing_cycle_anchor"] if "billing_cycle_anchor" in params else None,
        "discounts": after["discounts"] if "discounts" in params else None,
        "expires_at": expires_at,
        "metadata": None,
        "subscription_items": items_of(after) if "items" in params else None,
        "trial_end": after["trial_end"] if "trial_end" in params else None,
        "trial_from_plan": None,
    }
    known = beside(world, subscription)
    changed = {name: after[name] for name in after if after[name] != before[name] and name not in _KEPT}
    known["pending"] = {"invoice": invoice["id"], "changed": changed, "billed": known["billed"]}
    known["billed"] = billed
    world.save(known)
    world.forget_due("expire_pending_update", subscription["id"])
    world.later(expires_at - now, "expire_pending_update", subscription["id"])


def put_back(world: World, subscription: Json, before: Json) -> None:
    """The subscription is again what it was, but for its latest invoice."""
    set_items(world, subscription, deepcopy(items_of(before)))
    subscription |= {name: deepcopy(before[name]) for name in before if name not in (*_KEPT, "items")}


def paid(world: World, subscription: Json, invoice: Json) -> bool:
    """The invoice of a pending update was paid: the update holds. False where it is another invoice."""
    known = beside(world, subscription)
    if not known["pending"] or known["pending"]["invoice"] != invoice["id"]:
        return False
    changed, is_resume = known["pending"]["changed"], subscription["status"] == "paused"
    if "items" in changed:
        set_items(world, subscription, changed["items"]["data"])
    subscription |= {name: value for name, value in changed.items() if name != "items"}
    subscription["pending_update"] = None
    known["billed"], known["pending"] = known["pending"]["billed"], None
    world.save(known)
    world.forget_due("expire_pending_update", subscription["id"])
    happened = "customer.subscription.resumed" if is_resume else "customer.subscription.pending_update_applied"
    announce(world, subscription, happened)
    renewals.plan_next(world, subscription)
    return True


def discard(world: World, subscription: Json) -> None:
    """The update is not wanted any more; its invoice is voided where it is open."""
    known = beside(world, subscription)
    waiting = known["pending"]
    if waiting is None:
        return
    known["pending"] = None
    world.save(known)
    world.forget_due("expire_pending_update", subscription["id"])
    subscription["pending_update"] = None
    announce(world, subscription, "customer.subscription.pending_update_expired")
    invoice = world.store.get("invoice", waiting["invoice"])
    if invoice["status"] == "open":
        invoices.void(world, invoice)


def expire(world: World, due: Json) -> None:
    """It was not paid in time."""
    subscription = world.store.find("subscription", due["subject"])
    if subscription is not None and subscription["pending_update"]:
        discard(world, subscription)
