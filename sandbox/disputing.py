"""Disputes: opened by the bank, answered with evidence, won or lost.

Sources: https://docs.stripe.com/disputes, https://docs.stripe.com/testing#disputes
"""

from . import books, settling, tariff
from .json_types import Json
from .world import World

RESPONSE_DAYS = 8
INQUIRY_DAYS = 120
DECISION_SECONDS = 5
MONEY_DAYS = 7
_FEE = "Dispute fee"
_DAY = 86400
_TEXTS = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
]
REASONS = {
    "bank_cannot_process": None,
    "check_returned": None,
    "credit_not_processed": "13.7",
    "customer_initiated": None,
    "debit_not_authorized": None,
    "duplicate": "12.6.1",
    "fraudulent": "10.4",
    "general": "10",
    "incorrect_account_details": None,
    "insufficient_funds": None,
    "noncompliant": "10.5",
    "product_not_received": "13.1",
    "product_unacceptable": "13.3",
    "subscription_canceled": "13.2",
    "unrecognized": "10.4",
}
_OPEN = ("needs_response", "warning_needs_response")
_ENDED = ("won", "lost", "warning_closed")


def _due_by(now: int) -> int:
    return settling.midnight_after(now, RESPONSE_DAYS + 1) - 1


def _available_on(world: World) -> int:
    return settling.midnight_after(world.clock.now(), MONEY_DAYS)


def _method_details(charge: Json, reason: str, *, inquiry: bool) -> Json | None:
    details = charge["payment_method_details"]
    if details["type"] != "card":
        return None
    card = {
        "brand": details["card"]["brand"],
        "case_type": "inquiry" if inquiry else "chargeback",
        "network": details["card"]["network"],
        "network_reason_code": "10" if inquiry else REASONS[reason],
    }
    if reason == "noncompliant":
        card["case_type"] = "compliance"
    return {"card": card, "type": "card"}


def open_(world: World, charge: Json, reason: str, *, inquiry: bool = False, amount: int | None = None) -> Json:
    """The bank disputes a charge; a dispute withdraws the money, an inquiry does not."""
    now = world.clock.now()
    row: Json = {
        "id": world.ids.new("du"),
        "object": "dispute",
        "amount": amount or charge["amount_captured"] - charge["amount_refunded"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(_TEXTS), "enhanced_evidence": {}, **_known(world, charge)},
        "evidence_details": {
            "due_by": _due_by(now),
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": _method_details(charge, reason, inquiry=inquiry),
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    if row["payment_method_details"] is None:
        del row["payment_method_details"]
    charge["disputed"] = not inquiry or charge["disputed"]
    world.save(charge)
    _begin(world, row, charge, inquiry=inquiry)
    return row


def _begin(world: World, row: Json, charge: Json, *, inquiry: bool) -> None:
    if not inquiry:
        _withdraw(world, row)
    world.save(row)
    world.emit("charge.dispute.created", row)
    if not inquiry:
        world.emit("charge.dispute.funds_withdrawn", row)
    if charge["payment_method_details"]["type"] == "us_bank_account":
        _close(world, row, "lost")
        return
    deadline = INQUIRY_DAYS * _DAY if inquiry else row["evidence_details"]["due_by"] - row["created"]
    world.later(deadline + 1, "dispute_deadline", row["id"])


def _known(world: World, charge: Json) -> Json:
    """What Stripe fills into the evidence by itself."""
    customer = world.store.find("customer", charge["customer"]) or {}
    billing = charge["billing_details"]
    return {
        "customer_email_address": customer.get("email") or billing["email"],
        "customer_name": customer.get("name") or billing["name"],
        "product_description": charge["description"],
    }


def _withdraw(world: World, row: Json) -> None:
    entry = books.post(
        world,
        type_="adjustment",
        category="dispute",
        moved=settling.settled(world, -row["amount"], row["currency"]),
        source=row["id"],
        description=f"Chargeback withdrawal for {row['charge']}",
        fees=[(tariff.DISPUTE_FEE, _FEE)],
        available_on=_available_on(world),
    )
    row["balance_transactions"].append(dict(entry))


def _reinstate(world: World, row: Json, fee: int) -> None:
    entry = books.post(
        world,
        type_="adjustment",
        category="dispute_reversal",
        moved=settling.settled(world, row["amount"], row["currency"]),
        source=row["id"],
        description=f"Chargeback reversal for {row['charge']}",
        fees=[(-fee, _FEE)],
        available_on=_available_on(world),
    )
    row["balance_transactions"].append(dict(entry))


def _close(world: World, row: Json, status: str, *, fee: int = 0) -> None:
    row["status"] = status
    world.forget_due("dispute_deadline", row["id"])
    if status == "won":
        _reinstate(world, row, fee)
    previous = world.save(row)
    if status == "won":
        world.emit("charge.dispute.funds_reinstated", row)
    world.emit("charge.dispute.closed", row, previous)


def settle(world: World, row: Json, status: str, *, fee_refunded: bool = False) -> Json:
    """The bank decides: won or lost; Stripe keeps its fee unless told otherwise. Inquiries just end.

    Raises ValueError where nothing is left to decide.
    """
    if row["status"] in _ENDED:
        raise ValueError(f"{row['id']} is {row['status']}")
    if row["status"].startswith("warning_"):
        status = "warning_closed"
    if status not in _ENDED:
        raise ValueError("status must be won or lost")
    _close(world, row, status, fee=tariff.DISPUTE_FEE if fee_refunded else 0)
    world.emit("charge.updated", world.store.get("charge", row["charge"]))
    return row


def refunded(world: World, charge: Json) -> None:
    """Nothing is left to ask about: a full refund ends an inquiry."""
    for row in world.store.children("dispute", "charge", charge["id"]):
        if charge["refunded"] and row["status"].startswith("warning_") and row["status"] != "warning_closed":
            _close(world, row, "warning_closed")


def close(world: World, row: Json) -> Json:
    """Accept the dispute: lost, and no way back."""
    _close(world, row, "lost" if row["status"] == "needs_response" else "warning_closed")
    world.emit("charge.updated", world.store.get("charge", row["charge"]))
    return row


def submit(world: World, row: Json) -> None:
    """Send the evidence to the bank, which decides a little later."""
    text = row["evidence"]["uncategorized_text"] or ""
    row["evidence_details"]["submission_count"] += 1
    row["status"] = "under_review" if row["status"] == "needs_response" else "warning_under_review"
    world.forget_due("dispute_deadline", row["id"])
    if text in ("winning_evidence", "losing_evidence", "escalate_inquiry_evidence"):
        world.later(DECISION_SECONDS, "decide_dispute", row["id"], evidence=text)


def decide(world: World, due: Json) -> None:
    """The bank's answer to the evidence of Stripe's testing page."""
    row = world.store.get("dispute", due["subject"])
    evidence = due["details"]["evidence"]
    if row["status"] == "under_review":
        _close(world, row, "won" if evidence == "winning_evidence" else "lost")
    elif row["status"] == "warning_under_review" and evidence == "escalate_inquiry_evidence":
        escalate(world, row)
    elif row["status"] == "warning_under_review":
        _close(world, row, "warning_closed")


def escalate(world: World, row: Json) -> None:
    """An inquiry becomes a dispute, and the money is withdrawn."""
    charge = world.store.get("charge", row["charge"])
    row["status"], row["is_charge_refundable"] = "needs_response", False
    row["evidence_details"]["due_by"] = _due_by(world.clock.now())
    row["evidence_details"]["submission_count"] = 0
    if row.get("payment_method_details"):
        row["payment_method_details"]["card"]["case_type"] = "chargeback"
    charge["disputed"] = True
    world.save(charge)
    _withdraw(world, row)
    previous = world.save(row)
    world.emit("charge.dispute.updated", row, previous)
    world.emit("charge.dispute.funds_withdrawn", row)
    deadline = row["evidence_details"]["due_by"] - world.clock.now()
    world.later(deadline + 1, "dispute_deadline", row["id"])


def deadline(world: World, due: Json) -> None:
    """Nobody answered in time: a dispute is lost, an inquiry ends."""
    row = world.store.get("dispute", due["subject"])
    if row["status"] in _OPEN:
        row["evidence_details"]["past_due"] = True
        _close(world, row, "lost" if row["status"] == "needs_response" else "warning_closed")
