"""Refunds: made, settled late, failed, canceled; and the part of a hold that is given back."""

from . import account, balances, books, instruments, money, settling
from .errors import ApiError
from .json_types import Json
from .world import World

_REFERENCE_SECONDS = 3
_LOST = ("needs_response", "under_review", "lost")


def blank(world: World, charge: Json, amount: int) -> Json:
    """A refund of a charge."""
    return {
        "id": world.ids.new("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": world.clock.now(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": _destination(charge),
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _destination(charge: Json) -> Json:
    kind = charge["payment_method_details"]["type"]
    if kind == "card":
        card = {
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        }
        return {"card": card, "type": "card"}
    name = {"us_bank_account": "us_bank_transfer", "sepa_debit": "eu_bank_transfer", "bacs_debit": "gb_bank_transfer"}[
        kind
    ]
    return {name: {"reference": None, "reference_status": "pending"}, "type": name}


def _card_refund_kind(world: World, charge: Json) -> str:
    if charge["payment_method_details"]["type"] != "card":
        return "succeeded"
    return instruments.card_behind(world, charge["payment_method"]).refund


def book(world: World, charge: Json, refund: Json, *, category: str = "refund") -> None:
    """The money leaves the balance."""
    card = charge["payment_method_details"]["type"] == "card"
    row = books.post(
        world,
        type_="refund" if card else "payment_refund",
        category=category,
        moved=settling.settled(world, -refund["amount"], refund["currency"]),
        source=refund["id"],
        description=f"REFUND FOR CHARGE ({charge['description'] or charge['id']})",
        available_on=None if _settled(world, charge) else settling.available_on(world, "card"),
    )
    refund["balance_transaction"] = row["id"]


def _settled(world: World, charge: Json) -> bool:
    row = world.store.find("balance_transaction", charge["balance_transaction"])
    return row is not None and row["status"] == "available"


def _short_of_money(world: World, amount: int, code: str) -> bool:
    debited = account.of(world)["settings"]["payouts"]["debit_negative_balances"]
    if debited:
        return False
    wanted = settling.settled(world, amount, code)
    return balances.available(world, wanted.currency) < wanted.amount


def refund(world: World, charge: Json, amount: int, reason: str | None, metadata: Json) -> Json:
    """Give money back; events refund.created and charge.refunded."""
    row = blank(world, charge, amount)
    row["reason"], row["metadata"] = reason, metadata
    kind = _card_refund_kind(world, charge)
    short = _short_of_money(world, amount, charge["currency"])
    card = charge["payment_method_details"]["type"] == "card"
    if not card or kind == "pending" or short:
        row["status"] = "pending"
    if short:
        row["pending_reason"] = "insufficient_funds"
    else:
        book(world, charge, row)
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount_captured"]
    before["receipt_url"] = charge["receipt_url"]
    world.save(row)
    world.save(charge)
    world.emit("refund.created", row)
    world.emit("charge.refunded", charge, _changed(before, charge))
    _plan(world, row, kind, card=card, short=short)
    return row


def _changed(before: Json, charge: Json) -> Json:
    return {name: value for name, value in before.items() if charge[name] != value}


def _plan(world: World, row: Json, kind: str, *, card: bool, short: bool) -> None:
    delay = world.config.refund_delay_seconds
    if short and not card:
        world.later(delay, "fail_refund", row["id"], reason="insufficient_funds")
    elif short:
        world.later(delay, "retry_refund", row["id"])
    elif kind == "failed":
        world.later(delay, "fail_refund", row["id"], reason="expired_or_canceled_card")
    elif kind == "pending" or not card:
        world.later(delay, "settle_refund", row["id"])
    else:
        world.later(_REFERENCE_SECONDS, "reference_refund", row["id"])


def _announce(world: World, row: Json, type_: str = "refund.updated") -> None:
    previous = world.save(row)
    world.emit(type_, row, previous)
    if type_ == "refund.updated":
        world.emit("charge.refund.updated", row, previous)


def _give_reference(world: World, row: Json) -> None:
    kind = row["destination_details"]["type"]
    place = row["destination_details"][kind]
    place["reference"] = world.ids.digits(16)
    place["reference_status"] = "available"


def reference(world: World, due: Json) -> None:
    """The acquirer's reference number is known."""
    row = world.store.get("refund", due["subject"])
    if row["status"] == "succeeded":
        _give_reference(world, row)
        _announce(world, row)


def settle(world: World, due: Json) -> None:
    """A pending refund succeeds."""
    row = world.store.get("refund", due["subject"])
    if row["status"] == "pending":
        row["status"] = "succeeded"
        row.pop("pending_reason", None)
        _give_reference(world, row)
        _announce(world, row)


def retry(world: World, due: Json) -> None:
    """A refund that waited for money goes out when there is some."""
    row = world.store.get("refund", due["subject"])
    if row["status"] != "pending":
        return
    if _short_of_money(world, row["amount"], row["currency"]):
        world.later(world.config.refund_delay_seconds, "retry_refund", row["id"])
        return
    book(world, world.store.get("charge", row["charge"]), row)
    settle(world, due)


def fail(world: World, due: Json) -> None:
    """The bank sends the money back."""
    row = world.store.get("refund", due["subject"])
    if row["status"] in ("pending", "succeeded"):
        bounce(world, row, due["details"]["reason"])


def bounce(world: World, row: Json, reason: str) -> Json:
    """A refund fails: its money returns to the balance, and the charge is owed again."""
    row["status"], row["failure_reason"] = "failed", reason
    row.pop("pending_reason", None)
    _return_money(world, row)
    _announce(world, row, "refund.failed")
    world.emit("charge.refund.updated", row)
    return row


def _return_money(world: World, row: Json) -> None:
    charge = world.store.get("charge", row["charge"])
    if row["balance_transaction"]:
        card = charge["payment_method_details"]["type"] == "card"
        back = books.post(
            world,
            type_="refund_failure" if card else "payment_refund",
            category="refund_failure" if card else "refund",
            moved=settling.settled(world, row["amount"], row["currency"]),
            source=row["id"],
            description=f"REFUND FAILURE ({charge['description'] or charge['id']})",
        )
        row["failure_balance_transaction"] = back["id"]
    charge["amount_refunded"] -= row["amount"]
    charge["refunded"] = charge["amount_refunded"] >= charge["amount_captured"]
    world.changed("charge.updated", charge)


def give(world: World, charge: Json, wanted: int | None, reason: str | None, metadata: Json) -> Json:
    """Refund an amount of the charge, or all that is left; raises 400 where that cannot be."""
    _check_refundable(world, charge)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = left if wanted is None else wanted
    money.check_granularity(amount, charge["currency"])
    if amount > left:
        code = charge["currency"]
        raise ApiError(
            f"Refund amount ({money.display(amount, code)}) is greater than unrefunded amount on"
            f" charge ({money.display(left, code)})",
            param="amount",
        )
    return refund(world, charge, amount, reason, metadata)


def _check_refundable(world: World, charge: Json) -> None:
    if charge["status"] != "succeeded":
        raise ApiError(
            f"Charge {charge['id']} is {charge['status']} and can't be refunded.",
            code="charge_not_refundable",
        )
    if charge["refunded"]:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if not charge["captured"]:
        raise ApiError(
            f"This uncaptured Charge was created by a PaymentIntent ({charge['payment_intent']})."
            " You must cancel the PaymentIntent to reverse the authorization instead of refunding"
            " the Charge directly."
        )
    disputes = world.store.children("dispute", "charge", charge["id"])
    if any(row["status"] in _LOST for row in disputes):
        raise ApiError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
