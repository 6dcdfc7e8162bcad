"""Invoices that go on by themselves: finalized, collected, tried again, due.

A draft is finalized about an hour after every listening endpoint took ``invoice.created``, and after three days at
the latest. Sources: https://docs.stripe.com/billing/subscriptions/webhooks#understand,
https://docs.stripe.com/invoicing/integration/automatic-advancement-collection
"""

from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from . import collection, finalization
from .invoice_rows import announce, beside

HOUR, DAY = 3600, 86400
_LONGEST_WAIT = 72 * HOUR


def expect(world: World, invoice: Json, created: Json) -> None:
    """The draft was announced by that event: note whom it waits for, and when it goes on."""
    known = beside(world, invoice)
    known["created_event"] = created["id"]
    world.save(known)
    if not created["pending_webhooks"]:
        invoice["webhooks_delivered_at"] = invoice["created"]
    plan(world, invoice)
    world.save(invoice)


def plan(world: World, invoice: Json) -> None:
    """Let the draft go on by itself, at the moment that was asked for or in an hour; or not."""
    world.forget_due("advance_invoice", invoice["id"])
    if invoice["status"] != "draft" or not invoice["auto_advance"]:
        invoice["automatically_finalizes_at"] = None
        return
    now = world.clock.now()
    at = invoice["automatically_finalizes_at"] or invoice["created"] + HOUR
    invoice["automatically_finalizes_at"] = at
    if invoice["collection_method"] == "charge_automatically":
        invoice["next_payment_attempt"] = at
    world.later(max(0, at - now), "advance_invoice", invoice["id"])


def advance(world: World, due: Json) -> None:
    """The hour is over: finalize and collect, unless an endpoint still fails to take the news."""
    invoice = world.store.find("invoice", due["subject"])
    if invoice is None or not invoice["auto_advance"] or invoice["status"] not in ("draft", "open"):
        return
    if invoice["status"] == "draft":
        if _is_held_back(world, invoice):
            world.later(HOUR, "advance_invoice", invoice["id"])
            return
        if invoice["webhooks_delivered_at"] is None:
            invoice["webhooks_delivered_at"] = world.clock.now()
        try:
            finalization.finalize(world, invoice)
        except ApiError:
            return
    go_on(world, invoice)


def go_on(world: World, invoice: Json) -> None:
    """Collect or send what was finalized by itself."""
    if invoice["status"] != "open" or not invoice["auto_advance"]:
        return
    if invoice["collection_method"] == "send_invoice":
        world.emit("invoice.sent", invoice)
    else:
        collection.try_automatically(world, invoice)


def go_on_later(world: World, invoice: Json) -> None:
    """Collect or send by itself what was finalized by hand, an hour after it was made."""
    world.forget_due("advance_invoice", invoice["id"])
    wait = max(0, invoice["created"] + HOUR - world.clock.now())
    if invoice["collection_method"] == "charge_automatically":
        invoice["next_payment_attempt"] = world.clock.now() + wait
    announce(world, invoice)
    world.later(wait, "advance_invoice", invoice["id"])


def _is_held_back(world: World, invoice: Json) -> bool:
    """Whether an endpoint was told and did not take it, within the three days that it has."""
    if world.clock.now() >= invoice["created"] + _LONGEST_WAIT:
        return False
    event = world.store.find("event", beside(world, invoice)["created_event"])
    if event is None or not event["pending_webhooks"]:
        return False
    waiting = world.store.children("_delivery", "event", event["id"])
    return not waiting or any(row["attempts"] for row in waiting)


def retry(world: World, due: Json) -> None:
    """A failed collection is tried again."""
    invoice = world.store.find("invoice", due["subject"])
    if invoice is not None and invoice["status"] == "open" and invoice["auto_advance"]:
        collection.try_automatically(world, invoice)


def will_be_due(world: World, due: Json) -> None:
    """Some days before the due date."""
    _remind(world, due, "invoice.will_be_due")


def overdue(world: World, due: Json) -> None:
    """The due date has passed."""
    _remind(world, due, "invoice.overdue")


def _remind(world: World, due: Json, type_: str) -> None:
    invoice = world.store.find("invoice", due["subject"])
    if invoice is not None and invoice["status"] == "open":
        world.emit(type_, invoice)


def set_auto_advance(world: World, invoice: Json, wanted: bool) -> None:
    """From now on the invoice goes on by itself, or does not."""
    invoice["auto_advance"] = wanted
    if invoice["status"] == "draft":
        plan(world, invoice)
    elif not wanted:
        invoice["next_payment_attempt"] = None
        world.forget_due("retry_invoice", invoice["id"])
        world.forget_due("advance_invoice", invoice["id"])
    elif invoice["status"] == "open":
        go_on_later(world, invoice)
    announce(world, invoice)
