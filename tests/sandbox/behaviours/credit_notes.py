"""Sections 4, 9 and 10: credit notes."""

from collections.abc import Callable

from tests.contract.calling import Json, Reply
from tests.sandbox.behaviours.invoices import act, draft, opened, paid
from tests.sandbox.behaviours.shop import Shop

Check = Callable[[Shop], object]


def note(shop: Shop, invoice: Json, **params: object) -> Reply:
    return shop.post("/v1/credit_notes", invoice=invoice["id"], **params)


def of_line(invoice: Json, number: int = 0, **params: object) -> list[Json]:
    line = invoice["lines"]["data"][number]["id"]
    return [{"type": "invoice_line_item", "invoice_line_item": line, **params}]


def algorithm(shop: Shop) -> None:
    """What is still to pay goes down first, never below zero; the rest is given back as was said."""
    invoice = opened(shop, 1000)
    assert note(shop, invoice, amount=300).ok["pre_payment_amount"] == 300
    now = shop.again(invoice)
    assert (now["amount_due"], now["amount_remaining"], now["pre_payment_credit_notes_amount"]) == (700, 700, 300)
    act(shop, invoice, "pay")
    unequal = note(shop, invoice, amount=500, credit_amount=100)
    assert unequal.status == 400
    given = note(shop, invoice, amount=500, credit_amount=100, refund_amount=400).ok
    assert (given["pre_payment_amount"], given["post_payment_amount"], given["type"]) == (0, 500, "post_payment")


def split_example(shop: Shop) -> None:
    invoice = paid(shop, 500)
    given = note(
        shop, invoice, lines=of_line(invoice, amount=500), refund_amount=100, credit_amount=200, out_of_band_amount=200
    ).ok
    assert (given["total"], given["out_of_band_amount"]) == (500, 200)
    assert [each["amount_refunded"] for each in given["refunds"]] == [100]
    assert shop.get(f"/v1/customers/{invoice['customer']}").ok["balance"] == -200


def cap(shop: Shop) -> None:
    invoice = paid(shop, 1000)
    for _ in range(2):
        assert note(shop, invoice, amount=300, out_of_band_amount=300).ok["status"] == "issued"
    payment = shop.get("/v1/invoice_payments", invoice=invoice["id"]).ok["data"][0]["payment"]
    assert shop.post("/v1/refunds", payment_intent=payment["payment_intent"], amount=100).status == 200
    assert note(shop, invoice, amount=301, out_of_band_amount=301).status == 400
    assert note(shop, invoice, amount=300, out_of_band_amount=300).ok["total"] == 300


def line_rules(shop: Shop) -> None:
    made = act(shop, draft(shop), "add_lines", lines=[{"amount": 1000}, {"amount": -200}]).ok
    quarters = {"unit_amount_decimal": "250", "quantity": 4, "currency": "usd"}
    shop.post("/v1/invoiceitems", customer=made["customer"], invoice=made["id"], **quarters)
    invoice = act(shop, made, "finalize").ok
    assert note(shop, invoice, lines=of_line(invoice, 2, quantity=1)).ok["total"] == 250
    assert note(shop, invoice, lines=of_line(invoice, 2, amount=100)).status == 400
    assert note(shop, invoice, lines=of_line(invoice, 0, amount=100)).ok["total"] == 100
    assert note(shop, invoice, lines=of_line(invoice, 0, quantity=1)).status == 400
    both = of_line(invoice, 0, amount=500) + of_line(invoice, 1, amount=-100)
    assert note(shop, invoice, lines=both).ok["total"] == 400
    for wrong in (100, -201):
        assert note(shop, invoice, lines=of_line(invoice, 1, amount=wrong)).status == 400
    assert note(shop, invoice, lines=of_line(invoice, 1, amount=-50)).status == 400
    custom = {"type": "custom_line_item", "description": "x", "unit_amount": -5}
    assert note(shop, invoice, lines=[custom]).status == 400


def out_of_band_is_said(shop: Shop) -> None:
    invoice = paid(shop, 1000)
    assert note(shop, invoice, amount=100).status == 400
    assert note(shop, invoice, amount=100, out_of_band_amount=100).ok["refunds"] == []


def voidable(shop: Shop) -> Json:
    invoice = opened(shop, 1000)
    first, second = (note(shop, invoice, amount=100).ok for _ in range(2))
    gone = shop.post(f"/v1/credit_notes/{first['id']}/void").ok
    assert (gone["status"], shop.again(invoice)["amount_remaining"]) == ("void", 900)
    act(shop, invoice, "pay")
    assert shop.post(f"/v1/credit_notes/{second['id']}/void").status == 400
    return gone


def voided(shop: Shop) -> None:
    assert shop.event_types(voidable(shop)["id"]) == ["credit_note.created", "credit_note.voided"]


def created(shop: Shop) -> None:
    assert shop.event_types(note(shop, opened(shop, 1000), amount=100).ok["id"]) == ["credit_note.created"]


def reasons(shop: Shop) -> None:
    invoice = opened(shop, 1000)
    for reason in ("duplicate", "fraudulent", "order_change", "product_unsatisfactory"):
        assert note(shop, invoice, amount=1, reason=reason).ok["reason"] == reason
    assert note(shop, invoice, amount=1, reason="whim").status == 400


def shape(shop: Shop) -> None:
    given = note(shop, opened(shop, 1000), amount=100).ok
    assert not {"refund", "tax_amounts"} & given.keys()
    assert {"refunds", "total_taxes"} <= given.keys()


HOLDS: dict[str, Check] = {
    "4.event.credit_note.created": created,
    "4.event.credit_note.voided": voided,
    "9.cn.algorithm": algorithm,
    "9.cn.cap": cap,
    "9.cn.line_rules": line_rules,
    "9.cn.oob_required": out_of_band_is_said,
    "9.cn.reason": reasons,
    "9.cn.split_example": split_example,
    "9.cn.void": voidable,
    "10.basil.creditnote": shape,
}
