"""Money that is held: captured, released, expired; and payments that are given up."""

from . import charging, instruments
from .attempts import open_disputes
from .json_types import Json
from .world import World


def capture(world: World, intent: Json, amount: int) -> None:
    """Take what was held, or less; the rest of the hold ends, without a refund (since 2025-03-31.basil)."""
    charge = world.store.get("charge", intent["latest_charge"])
    card = instruments.card_behind(world, charge["payment_method"])
    world.forget_due("expire_hold", intent["id"])
    charging.mark_captured(world, charge, amount)
    charging.settle(world, charge)
    intent["status"], intent["amount_received"] = "succeeded", amount
    intent["amount_capturable"] = 0
    previous = world.save(charge)
    world.emit("charge.captured", charge, previous)
    if card.dispute:
        open_disputes(world, charge, card.dispute)
    world.save(intent)
    world.emit("payment_intent.succeeded", intent)


def cancel(world: World, intent: Json, reason: str | None, *, expired: bool = False) -> None:
    """No more payment; what was held is released, without a refund (since 2025-03-31.basil)."""
    held = intent["status"] == "requires_capture"
    processing = intent["status"] == "processing"
    world.forget_due("expire_hold", intent["id"])
    world.forget_due("answer_debit", intent["id"])
    intent["status"], intent["canceled_at"] = "canceled", world.clock.now()
    intent["cancellation_reason"] = reason
    intent["amount_capturable"] = 0
    intent["next_action"] = intent["processing"] = None
    if held and expired:
        world.emit("charge.expired", world.store.get("charge", intent["latest_charge"]))
    if processing:
        _withdraw_debit(world, intent)
    world.save(intent)
    world.emit("payment_intent.canceled", intent)


def _withdraw_debit(world: World, intent: Json) -> None:
    charge = world.store.get("charge", intent["latest_charge"])
    charge |= {
        "status": "failed",
        "captured": False,
        "amount_captured": 0,
        "failure_code": "payment_intent_canceled",
        "failure_message": "The payment was canceled before it was sent to the bank.",
    }
    world.save(charge)
    world.emit("charge.failed", charge)


def expire(world: World, due: Json) -> None:
    """An authorization that nobody captured ends."""
    intent = world.store.get("payment_intent", due["subject"])
    if intent["status"] == "requires_capture":
        cancel(world, intent, "expired", expired=True)
