"""Credit notes: an invoice that is open asks for less; of one that was paid, money or credit goes back.

Sources: https://docs.stripe.com/invoicing/credit-notes, https://docs.stripe.com/invoicing/integration/programmatic-credit-notes
"""

from collections.abc import Iterable

from sandbox import disputing, finding, money, refunding
from sandbox.errors import ApiError, InvalidParameters, missing
from sandbox.json_types import Json
from sandbox.world import World

from . import balance, credit_note_lines, endings, invoice_payments, item_terms, taxes
from .invoice_rows import announce, customer_of, find

SHOWN = 10
_CREDITABLE = ("open", "paid", "uncollectible")
_REFUND_REASONS = frozenset({"duplicate", "fraudulent"})


def issue(world: World, params: Json) -> Json:
    """A credit note with all that comes of it; event credit_note.created. Raises 400 for what cannot be credited."""
    item_terms.refuse_unsupported(params, ("shipping_cost",))
    invoice = find(world, params["invoice"], param="invoice")
    if invoice["status"] not in _CREDITABLE:
        raise ApiError("You can only create credit notes for open, paid, or uncollectible invoices.", param="invoice")
    if ("amount" in params) == ("lines" in params):
        raise missing("amount") if "amount" not in params else _exclusive()
    found = [credit_note_lines.line(world, invoice, each) for each in params.get("lines", ())]
    row = _blank(world, invoice, params)
    _sum(row, found, params.get("amount"))
    if row["total"] <= 0:
        raise ApiError("The total of a credit note must be positive.", param="amount")
    row["pre_payment_amount"] = min(row["total"], invoice["amount_remaining"])
    row["post_payment_amount"] = row["total"] - row["pre_payment_amount"]
    row["type"] = _type(row)
    _check_split(row, params, _linked(world, invoice, row, params))
    world.save({"object": "_credit_note", "id": row["id"], "lines": found})
    row["lines"] = shown(row["id"], found)
    _give_back(world, invoice, row, params)
    world.save(row)
    world.emit("credit_note.created", row)
    _lower(world, invoice, row)
    return row


def _exclusive() -> ApiError:
    return InvalidParameters(
        "You may only specify one of these parameters: amount, lines.", code="parameters_exclusive", param="amount"
    )


def _blank(world: World, invoice: Json, params: Json) -> Json:
    id_, now = world.ids.new("cn"), world.clock.now()
    count = len(world.store.children("credit_note", "invoice", invoice["id"])) + 1
    return {
        "id": id_,
        "object": "credit_note",
        "amount_shipping": 0,
        "created": now,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "customer_account": None,
        "customer_balance_transaction": None,
        "effective_at": params.get("effective_at", now),
        "invoice": invoice["id"],
        "livemode": False,
        "memo": params.get("memo") or None,
        "metadata": item_terms.metadata(params),
        "number": f"{invoice['number']}-CN-{count:02d}",
        "out_of_band_amount": params.get("out_of_band_amount"),
        "pdf": f"{world.base_url}/_sandbox/credit_notes/{id_}/pdf",
        "pretax_credit_amounts": [],
        "reason": params.get("reason"),
        "refunds": [],
        "shipping_cost": None,
        "status": "issued",
        "voided_at": None,
    }


def shown(id_: str, found: list[Json]) -> Json:
    """``credit_note.lines``: the first page."""
    return {
        "object": "list",
        "data": found[:SHOWN],
        "has_more": len(found) > SHOWN,
        "total_count": len(found),
        "url": f"/v1/credit_notes/{id_}/lines",
    }


def _sum(row: Json, found: list[Json], amount: int | None) -> None:
    subtotal = amount if amount is not None else sum(line["amount"] for line in found)
    by_discount: dict[str, int] = {}
    for each in (each for line in found for each in line["discount_amounts"]):
        by_discount[each["discount"]] = by_discount.get(each["discount"], 0) + each["amount"]
    total_taxes = taxes.totals(found)
    added = sum(each["amount"] for each in total_taxes if each["tax_behavior"] == "exclusive")
    within = sum(each["amount"] for each in total_taxes if each["tax_behavior"] == "inclusive")
    off = sum(by_discount.values())
    total = subtotal - off + added
    row |= {
        "amount": total,
        "discount_amount": off,
        "discount_amounts": [{"amount": part, "discount": id_} for id_, part in by_discount.items()],
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - within,
        "total": total,
        "total_excluding_tax": total - added - within,
        "total_taxes": total_taxes,
    }
    row["pretax_credit_amounts"] = [{**each, "type": "discount"} for each in row["discount_amounts"]]


def creditable(world: World, invoice: Json) -> int:
    """What of the invoice can still be credited; refunds that no credit note explains lower it."""
    before = invoice["pre_payment_credit_notes_amount"] + invoice["post_payment_credit_notes_amount"]
    unexplained = sum(left for _, left in _unlinked(world, invoice))
    return int(invoice["total"] - before - unexplained)


def _unlinked(world: World, invoice: Json) -> Iterable[tuple[Json, int]]:
    """Refunds of the invoice's payments, with what no credit note has of each."""
    linked: dict[str, int] = {}
    for note in world.store.children("credit_note", "invoice", invoice["id"]):
        for each in note["refunds"]:
            linked[each["refund"]] = linked.get(each["refund"], 0) + each["amount_refunded"]
    for payment in invoice_payments.of(world, invoice):
        for refund in world.store.children("refund", "payment_intent", payment["payment"]["payment_intent"]):
            if refund["status"] not in ("failed", "canceled"):
                yield refund, refund["amount"] - linked.get(refund["id"], 0)


def _type(row: Json) -> str:
    if row["pre_payment_amount"] and row["post_payment_amount"]:
        return "mixed"
    return "post_payment" if row["post_payment_amount"] else "pre_payment"


def _linked(world: World, invoice: Json, row: Json, params: Json) -> int:
    """Note the refunds that the credit note explains; returns their sum."""
    left = {refund["id"]: rest for refund, rest in _unlinked(world, invoice)}
    for each in params.get("refunds", ()):
        if each.get("type", "refund") != "refund" or not each.get("refund"):
            raise InvalidParameters("The local Stripe links refunds only, not payment records.", param="refunds")
        refund = finding.one(world, "refund", each["refund"], param="refunds", status=400)
        if refund["id"] not in left:
            raise ApiError(f"The refund {refund['id']} is not of a payment of this invoice.", param="refunds")
        amount = each.get("amount_refunded", left[refund["id"]])
        if not 0 < amount <= left[refund["id"]]:
            raise ApiError(f"The refund {refund['id']} has {left[refund['id']]} left to be credited.", param="refunds")
        left[refund["id"]] -= amount
        row["refunds"].append(_reference(refund, amount))
    most = creditable(world, invoice) + sum(each["amount_refunded"] for each in row["refunds"])
    if row["total"] > most:
        raise _too_much(row, most)
    return sum(each["amount_refunded"] for each in row["refunds"])


def _reference(refund: Json, amount: int) -> Json:
    return {"amount_refunded": amount, "payment_record_refund": None, "refund": refund["id"], "type": "refund"}


def _too_much(row: Json, most: int) -> ApiError:
    code = row["currency"]
    return ApiError(
        f"The credit note amount ({money.display(row['total'], code)}) is greater than the amount that can be credited"
        f" on the invoice ({money.display(most, code)}).",
        param="amount",
    )


def _check_split(row: Json, params: Json, linked: int) -> None:
    """What is given back must be said to the cent: as refunds, credit, or elsewhere."""
    parts = [params.get(name, 0) for name in ("refund_amount", "credit_amount", "out_of_band_amount")]
    if any(part < 0 for part in parts):
        raise InvalidParameters("Amounts of a credit note can't be negative.", param="amount")
    if sum(parts) + linked != row["post_payment_amount"]:
        code = row["currency"]
        raise ApiError(
            "The sum of credit amount, refund amount and out of band amount"
            f" ({money.display(sum(parts) + linked, code)}) must equal the post payment credit note amount"
            f" ({money.display(row['post_payment_amount'], code)})."
        )


def _give_back(world: World, invoice: Json, row: Json, params: Json) -> None:
    if params.get("refund_amount"):
        _refund(world, invoice, row, params["refund_amount"])
    if params.get("credit_amount"):
        change = balance.change(
            world,
            customer_of(world, invoice),
            -params["credit_amount"],
            "credit_note",
            currency=row["currency"],
            invoice=invoice["id"],
            credit_note=row["id"],
        )
        row["customer_balance_transaction"] = change["id"]


def _refund(world: World, invoice: Json, row: Json, amount: int) -> None:
    """Refund the charge that paid the invoice."""
    for payment in invoice_payments.of(world, invoice):
        if payment["status"] != "paid":
            continue
        intent = world.store.get("payment_intent", payment["payment"]["payment_intent"])
        charge = world.store.get("charge", intent["latest_charge"])
        reason = row["reason"] if row["reason"] in _REFUND_REASONS else "requested_by_customer"
        made = refunding.give(world, charge, amount, reason, {})
        disputing.refunded(world, charge)
        row["refunds"].append(_reference(made, amount))
        return
    raise ApiError("This invoice has no charge that could be refunded.", param="refund_amount")


def _lower(world: World, invoice: Json, row: Json) -> None:
    """The invoice asks for less, and is paid where it asks for nothing any more."""
    invoice["pre_payment_credit_notes_amount"] += row["pre_payment_amount"]
    invoice["post_payment_credit_notes_amount"] += row["post_payment_amount"]
    invoice["amount_due"] -= row["pre_payment_amount"]
    invoice["amount_remaining"] -= row["pre_payment_amount"]
    if row["pre_payment_amount"] and invoice["amount_remaining"] == 0:
        endings.credited(world, invoice)
        return
    invoice_payments.follow_remaining(world, invoice)
    announce(world, invoice)


def void(world: World, row: Json) -> Json:
    """Take the credit note back while its invoice is open; event credit_note.voided."""
    invoice = find(world, row["invoice"])
    if row["status"] == "void":
        raise ApiError("This credit note has already been voided.")
    if invoice["status"] != "open" or row["post_payment_amount"]:
        raise ApiError("You can only void credit notes that are issued on open invoices.")
    for line in world.store.get("_credit_note", row["id"])["lines"]:
        credit_note_lines.keep(world, line, -1)
    row["status"], row["voided_at"] = "void", world.clock.now()
    world.save(row)
    world.emit("credit_note.voided", row)
    invoice["pre_payment_credit_notes_amount"] -= row["pre_payment_amount"]
    invoice["amount_due"] += row["pre_payment_amount"]
    invoice["amount_remaining"] += row["pre_payment_amount"]
    invoice_payments.follow_remaining(world, invoice)
    announce(world, invoice)
    return row
