"""Lines of credit notes: what is given back of an invoice's line, or something of its own.

Parts of a line are rounded from the beginning on, so that all parts together are the line, to the cent.
Source: https://docs.stripe.com/api/credit_notes/create
"""

from decimal import Decimal

from sandbox.errors import ApiError, InvalidParameters, missing
from sandbox.json_types import Json
from sandbox.world import World

from . import item_terms, rounding, taxes


def line(world: World, invoice: Json, params: Json) -> Json:
    """The line that the parameters ask for; raises 400 for what cannot be credited."""
    item_terms.refuse_unsupported(params, ("tax_amounts",))
    if params["type"] == "custom_line_item":
        return _custom(world, invoice, params)
    return _of_invoice(world, invoice, params)


def _blank(world: World, params: Json, type_: str) -> Json:
    return {
        "id": world.ids.new("cnli"),
        "object": "credit_note_line_item",
        "amount": 0,
        "description": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "invoice_line_item": None,
        "livemode": False,
        "metadata": item_terms.metadata(params),
        "pretax_credit_amounts": [],
        "quantity": None,
        "tax_rates": [],
        "taxes": [],
        "type": type_,
        "unit_amount": None,
        "unit_amount_decimal": None,
    }


def _custom(world: World, invoice: Json, params: Json) -> Json:
    if invoice["automatic_tax"]["enabled"]:
        raise InvalidParameters("Custom lines can't be used where tax is calculated automatically.", param="lines")
    for name in ("amount", "invoice_line_item"):
        if name in params:
            raise InvalidParameters(f"`{name}` is only valid on lines of type `invoice_line_item`.", param="lines")
    if "unit_amount" not in params and "unit_amount_decimal" not in params:
        raise missing("lines[0][unit_amount]")
    unit = Decimal(str(params.get("unit_amount_decimal", params.get("unit_amount"))))
    quantity = params.get("quantity", 1)
    if unit < 0:
        raise InvalidParameters("Custom lines of a credit note can't be negative.", param="lines")
    row = _blank(world, params, "custom_line_item")
    row |= {
        "amount": rounding.half_up(unit * quantity),
        "description": params.get("description"),
        "quantity": quantity,
        "tax_rates": item_terms.tax_rates(world, params),
        "unit_amount": int(unit) if unit == unit.to_integral_value() else None,
        "unit_amount_decimal": f"{unit.normalize():f}",
    }
    taxed: Json = {"amount": row["amount"], "discount_amounts": []}
    taxes.on_line(taxed, row["tax_rates"], exempt=invoice["customer_tax_exempt"] or "none")
    row["taxes"] = taxed["taxes"]
    return row


def credited(world: World, line_id: str) -> Json:
    """How much of an invoice's line was credited before, and by what."""
    return world.store.find("_credited", line_id) or {
        "object": "_credited",
        "id": line_id,
        "amount": 0,
        "quantity": 0,
        "by": None,
    }


def _of_invoice(world: World, invoice: Json, params: Json) -> Json:
    if not params.get("invoice_line_item"):
        raise missing("lines[0][invoice_line_item]")
    source = world.store.find("line_item", params["invoice_line_item"])
    if source is None or source["invoice"] != invoice["id"]:
        raise ApiError(
            f"No such invoice line item: '{params['invoice_line_item']}'", code="resource_missing", param="lines"
        )
    for name in ("tax_rates", "unit_amount", "unit_amount_decimal", "description"):
        if params.get(name):
            raise InvalidParameters(f"`{name}` is only valid on lines of type `custom_line_item`.", param="lines")
    before = credited(world, source["id"])
    amount, quantity = _wanted(source, params, before)
    after = before["amount"] + amount
    _check_within(source, amount, after)
    row = _blank(world, params, "invoice_line_item")
    pricing = source["pricing"]["unit_amount_decimal"]
    row |= {
        "amount": amount,
        "description": source["description"],
        "discount_amounts": [
            {"amount": _part(source, each["amount"], before["amount"], after), "discount": each["discount"]}
            for each in source["discount_amounts"]
        ],
        "invoice_line_item": source["id"],
        "quantity": quantity,
        "taxes": [_tax_part(source, tax, before["amount"], after) for tax in source["taxes"] or ()],
        "unit_amount": int(pricing) if quantity and pricing and pricing.isdecimal() else None,
        "unit_amount_decimal": pricing if quantity else None,
    }
    row["discount_amount"] = sum(each["amount"] for each in row["discount_amounts"])
    row["pretax_credit_amounts"] = [{**each, "type": "discount"} for each in row["discount_amounts"]]
    rates = (world.store.find("tax_rate", tax["tax_rate_details"]["tax_rate"]) for tax in row["taxes"])
    row["tax_rates"] = [rate for rate in rates if rate]
    keep(world, row, 1)
    return row


def _wanted(source: Json, params: Json, before: Json) -> tuple[int, int | None]:
    """Amount and quantity to credit: by one or the other, and always by the same."""
    if ("amount" in params) == ("quantity" in params):
        raise InvalidParameters("You must specify either `amount` or `quantity` of an invoice's line.", param="lines")
    by = "amount" if "amount" in params else "quantity"
    if before["by"] not in (None, by):
        raise ApiError(
            f"This line was credited by {before['by']} before and must be credited by {before['by']} again.",
            param="lines",
        )
    if by == "amount":
        return params["amount"], None
    quantity = before["quantity"] + params["quantity"]
    if params["quantity"] < 1 or quantity > source["quantity"]:
        raise ApiError(
            f"The quantity to credit ({params['quantity']}) is more than what is left of the line"
            f" ({source['quantity'] - before['quantity']}).",
            param="lines",
        )
    return _rounded(source["amount"], quantity, source["quantity"]) - before["amount"], params["quantity"]


def _check_within(source: Json, amount: int, after: int) -> None:
    whole = source["amount"]
    if amount == 0 or (amount > 0) != (whole > 0):
        raise ApiError("The amount to credit must have the sign of its invoice line.", param="lines")
    if abs(after) > abs(whole):
        raise ApiError(
            f"The amount to credit ({amount}) is more than what is left of the line ({whole - after + amount}).",
            param="lines",
        )


def _rounded(amount: int, numerator: int, denominator: int) -> int:
    return rounding.half_up(Decimal(amount) * numerator / denominator)


def _part(source: Json, of: int, before: int, after: int) -> int:
    """What of an amount of the line goes with the credit from ``before`` to ``after``."""
    return _rounded(of, after, source["amount"]) - _rounded(of, before, source["amount"])


def _tax_part(source: Json, tax: Json, before: int, after: int) -> Json:
    amounts = {name: _part(source, tax[name] or 0, before, after) for name in ("amount", "taxable_amount")}
    return tax | amounts


def keep(world: World, row: Json, sign: int) -> None:
    """Remember what was credited of the invoice's line; with ``sign`` -1 it no longer was."""
    if row["invoice_line_item"] is None:
        return
    known = credited(world, row["invoice_line_item"])
    known["amount"] += sign * row["amount"]
    known["quantity"] += sign * (row["quantity"] or 0)
    known["by"] = ("quantity" if row["quantity"] else "amount") if known["amount"] else None
    world.save(known)
