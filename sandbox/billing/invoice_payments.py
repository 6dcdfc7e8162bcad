"""Payments of an invoice: the default one, which follows what remains due, and those that were attached.

Source: https://docs.stripe.com/api/invoice-payment
"""

from sandbox import holds, intents, payment_intent_shape
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from .invoice_rows import customer_of, subscription_id

_LIVE = ("requires_payment_method", "requires_confirmation", "requires_action", "processing", "requires_capture")


def of(world: World, invoice: Json) -> list[Json]:
    """The invoice's payments, oldest first."""
    return world.store.children("invoice_payment", "invoice", invoice["id"])


def default(world: World, invoice: Json) -> Json | None:
    """The payment that Stripe made at finalization, unless it was canceled."""
    found = [row for row in of(world, invoice) if row["is_default"] and row["status"] != "canceled"]
    return found[-1] if found else None


def default_intent(world: World, invoice: Json) -> Json | None:
    """The payment intent of the default payment."""
    row = default(world, invoice)
    return world.store.get("payment_intent", row["payment"]["payment_intent"]) if row else None


def of_intent(world: World, intent: Json) -> Json | None:
    """The invoice payment that a payment intent pays for."""
    found = world.store.children("invoice_payment", "payment.payment_intent", intent["id"])
    return found[-1] if found else None


def kinds(invoice: Json) -> list[str]:
    """The payment methods that can pay the invoice in its currency."""
    wanted = invoice["payment_settings"]["payment_method_types"]
    return [kind for kind in intents.configured_kinds(invoice["currency"]) if not wanted or kind in wanted]


def open_default(world: World, invoice: Json) -> Json:
    """The payment intent of what is due, and the invoice payment that asks for it."""
    params: Json = {
        "amount": invoice["amount_remaining"],
        "currency": invoice["currency"],
        "customer": None if customer_of(world, invoice).get("deleted") else invoice["customer"],
        "payment_method_types": kinds(invoice),
    }
    options = invoice["payment_settings"]["payment_method_options"]
    intent = payment_intent_shape.blank(world, params | ({"payment_method_options": options} if options else {}))
    intent["description"] = _description(invoice)
    intent["statement_descriptor_suffix"] = invoice["statement_descriptor"]
    intent["receipt_email"] = None
    if subscription_id(invoice) and invoice["collection_method"] == "charge_automatically":
        intent["setup_future_usage"] = "off_session"
    world.save(intent)
    world.emit("payment_intent.created", intent)
    return link(world, invoice, intent, invoice["amount_remaining"], is_default=True)


def _description(invoice: Json) -> str:
    if invoice["billing_reason"] == "subscription_create":
        return "Subscription creation"
    if invoice["billing_reason"] in ("subscription_cycle", "subscription_update"):
        return "Subscription update"
    return f"Payment for Invoice {invoice['number']}"


def link(world: World, invoice: Json, intent: Json, amount: int, *, is_default: bool) -> Json:
    """An open invoice payment by this intent."""
    row: Json = {
        "id": world.ids.new("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": amount,
        "created": world.clock.now(),
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": is_default,
        "livemode": False,
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
    world.save(row)
    return row


def follow_remaining(world: World, invoice: Json) -> None:
    """The default payment asks for what remains due, or for nothing any more."""
    row = default(world, invoice)
    if row is None or row["status"] != "open":
        return
    if invoice["amount_remaining"] <= 0:
        give_up(world, invoice)
        return
    intent = world.store.get("payment_intent", row["payment"]["payment_intent"])
    intent["amount"] = row["amount_requested"] = invoice["amount_remaining"]
    world.save(intent)
    world.save(row)


def give_up(world: World, invoice: Json) -> None:
    """Cancel every open payment; raises 400 where one is on its way and cannot be called back."""
    for row in of(world, invoice):
        if row["status"] != "open":
            continue
        intent = world.store.get("payment_intent", row["payment"]["payment_intent"])
        if row["is_default"] and intent["status"] in _LIVE:
            _refuse_on_its_way(world, intent)
            holds.cancel(world, intent, "void_invoice")
        cancel(world, row)


def _refuse_on_its_way(world: World, intent: Json) -> None:
    if intent["status"] != "processing":
        return
    method = world.store.find("payment_method", intent["payment_method"])
    if method is None or method["type"] != "us_bank_account":
        raise ApiError("You can't change this invoice while a payment for it is processing.")


def cancel(world: World, row: Json) -> None:
    """The payment is not awaited any more."""
    if row["status"] == "open":
        row["status"] = "canceled"
        row["status_transitions"] = {**row["status_transitions"], "canceled_at": world.clock.now()}
        world.save(row)


def settle(world: World, row: Json, amount: int) -> None:
    """The payment was made; event invoice_payment.paid."""
    row["status"], row["amount_paid"] = "paid", amount
    row["status_transitions"] = {**row["status_transitions"], "paid_at": world.clock.now()}
    world.save(row)
    world.emit("invoice_payment.paid", row)
