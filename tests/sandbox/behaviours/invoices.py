"""Sections 4 to 10: invoices, their items, payments and states."""

from collections.abc import Callable
from typing import Any

from tests.contract.calling import Json, Reply
from tests.sandbox.behaviours.shop import A_DAY, Shop

Check = Callable[[Shop], object]
AN_HOUR = 3600
NOT_OPEN = "You can only pass in open invoices. This invoice isn't open."
GONE = {
    "charge", "payment_intent", "paid", "paid_out_of_band", "subscription", "subscription_details", "tax",
    "total_tax_amounts", "discount", "quote", "transfer_data", "application_fee_amount",
}  # fmt: skip
GONE_FROM_LINES = {
    "price", "plan", "proration", "proration_details", "subscription_item", "tax_amounts", "tax_rates", "type",
    "invoice_item",
}  # fmt: skip


def draft(shop: Shop, *amounts: int, method: str = "pm_card_visa", **params: object) -> Json:
    """A draft of a new customer with a line an amount, in dollars, and a card to pay with."""
    customer, saved = shop.saved(method)
    made = shop.post("/v1/invoices", customer=customer, currency="usd", default_payment_method=saved, **params).ok
    lines = [{"amount": amount, "description": f"Item {number}"} for number, amount in enumerate(amounts, 1)]
    return act(shop, made, "add_lines", lines=lines).ok if lines else made


def act(shop: Shop, invoice: Json, verb: str, **params: object) -> Reply:
    return shop.post(f"/v1/invoices/{invoice['id']}/{verb}", **params)


def opened(shop: Shop, *amounts: int, **params: Any) -> Json:
    return act(shop, draft(shop, *amounts, **params), "finalize").ok


def paid(shop: Shop, *amounts: int, **params: Any) -> Json:
    return act(shop, opened(shop, *amounts, **params), "pay").ok


def told(shop: Shop, invoice: Json) -> list[str]:
    return shop.event_types(invoice["id"])


def refused(reply: Reply) -> str:
    """The message of a refusal that carries no code."""
    assert (reply.status, reply.error["type"]) == (400, "invalid_request_error")
    assert "code" not in reply.error
    return str(reply.error["message"])


def transitions(shop: Shop) -> None:
    gone = draft(shop, 1000)
    assert shop.delete(f"/v1/invoices/{gone['id']}").ok["deleted"] is True
    assert told(shop, gone)[-1] == "invoice.deleted"
    for verb, event, status in [
        ("pay", "invoice.paid", "paid"),
        ("send", "invoice.sent", "open"),
        ("void", "invoice.voided", "void"),
        ("mark_uncollectible", "invoice.marked_uncollectible", "uncollectible"),
    ]:
        invoice = opened(shop, 1000)
        assert invoice["status"] == "open"
        assert act(shop, invoice, verb).ok["status"] == status
        assert {"invoice.finalized", event} <= set(told(shop, invoice))
    declined(shop)
    bad = act(shop, opened(shop, 1000), "mark_uncollectible").ok
    assert act(shop, bad, "pay").ok["status"] == "paid"
    bad = act(shop, opened(shop, 1000, method="pm_card_chargeCustomerFail"), "mark_uncollectible").ok
    assert act(shop, bad, "pay").status == 402
    assert shop.again(bad)["status"] == "uncollectible"
    assert act(shop, bad, "void").ok["status"] == "void"


def declined(shop: Shop) -> Json:
    invoice = opened(shop, 1000, method="pm_card_chargeCustomerFail")
    assert act(shop, invoice, "pay").error["code"] == "card_declined"
    assert told(shop, invoice)[-2:] == ["invoice.updated", "invoice.payment_failed"]
    assert shop.again(invoice)["status"] == "open"
    return shop.again(invoice)


def only_drafts_are_deleted(shop: Shop) -> None:
    invoice = opened(shop, 1000)
    assert refused(shop.delete(f"/v1/invoices/{invoice['id']}")) == "You can only delete draft invoices."


def only_open_ones_are_voided(shop: Shop) -> None:
    assert refused(act(shop, draft(shop, 1000), "void")) == NOT_OPEN
    assert act(shop, opened(shop, 1000), "void").ok["status"] == "void"


def editable(shop: Shop) -> None:
    invoice = draft(shop, 1000)
    assert shop.post(f"/v1/invoices/{invoice['id']}", description="Paper").ok["description"] == "Paper"
    act(shop, invoice, "finalize")
    late = act(shop, invoice, "add_lines", lines=[{"amount": 1}])
    assert (late.status, late.error["code"]) == (400, "invoice_not_editable")
    assert shop.post(f"/v1/invoices/{invoice['id']}", collection_method="send_invoice").status == 400


def needs_action(shop: Shop) -> Json:
    invoice = opened(shop, 1000, method="pm_card_authenticationRequired")
    error = act(shop, invoice, "pay").error
    assert error["code"] == "invoice_payment_intent_requires_action"
    assert told(shop, invoice)[-1] == "invoice.payment_action_required"
    shop.authenticate(error["payment_intent"])
    assert shop.again(invoice)["status"] == "paid"
    return shop.again(invoice)


def other_codes(shop: Shop) -> None:
    nothing = shop.post("/v1/invoices", customer=shop.customer(), pending_invoice_items_behavior="include")
    assert (nothing.status, nothing.error["code"]) == (400, "invoice_no_customer_line_items")
    kinds = {"payment_method_types": ["sepa_debit"]}
    unpayable = act(shop, draft(shop, 1000, payment_settings=kinds), "finalize")
    assert unpayable.error["code"] == "invoice_no_payment_method_types"


def attempted(shop: Shop) -> None:
    invoice = draft(shop, 1000, method="pm_card_chargeCustomerFail", auto_advance=True)
    shop.wait(AN_HOUR - 60)
    assert (shop.again(invoice)["attempted"], shop.again(invoice)["status"]) == (False, "draft")
    shop.wait(120)
    assert (shop.again(invoice)["attempted"], shop.again(invoice)["attempt_count"]) == (True, 1)
    act(shop, invoice, "pay")
    assert shop.again(invoice)["attempt_count"] == 1
    shop.wait(3 * A_DAY)
    assert shop.again(invoice)["attempt_count"] == 2


def created_gate(shop: Shop) -> None:
    invoice = draft(shop, 1000, auto_advance=True)
    shop.wait(AN_HOUR + 1)
    assert shop.again(invoice)["status"] == "paid"
    shop.post("/v1/webhook_endpoints", url="http://127.0.0.1:9/", enabled_events=["invoice.created"])
    held_up = draft(shop, 1000, auto_advance=True)
    for _ in range(3):
        shop.server.control("deliveries", {"drain": True})
        shop.wait(2 * AN_HOUR)
    assert shop.again(held_up)["status"] == "draft"
    shop.wait(72 * AN_HOUR)
    assert shop.again(held_up)["status"] == "paid"


def updated_on_payment(shop: Shop) -> None:
    """A payment that succeeds or fails updates the invoice; a failed one leaves it open."""
    assert "invoice.updated" in told(shop, paid(shop, 1000))
    failed = declined(shop)
    assert (failed["status"], told(shop, failed)[-2]) == ("open", "invoice.updated")


def paid_event(shop: Shop) -> None:
    by_card = paid(shop, 1000)
    elsewhere = act(shop, opened(shop, 1000), "pay", paid_out_of_band=True).ok
    assert {"invoice.paid", "invoice.payment_succeeded"} <= set(told(shop, by_card))
    assert "invoice.paid" in told(shop, elsewhere)
    assert "invoice.payment_succeeded" not in told(shop, elsewhere)


def payment_failed_event(shop: Shop) -> None:
    declined(shop)
    invoice = shop.post("/v1/invoices", customer=shop.customer(), currency="usd", auto_advance=True).ok
    act(shop, invoice, "add_lines", lines=[{"amount": 1000}])
    shop.wait(AN_HOUR + 1)
    assert "invoice.payment_failed" in told(shop, invoice)


def will_be_due(shop: Shop) -> None:
    invoice = opened(shop, 1000, collection_method="send_invoice", days_until_due=10)
    shop.wait(6 * A_DAY)
    assert "invoice.will_be_due" not in told(shop, invoice)
    shop.wait(A_DAY)
    assert told(shop, invoice)[-1] == "invoice.will_be_due"
    shop.wait(3 * A_DAY)
    assert told(shop, invoice)[-1] == "invoice.overdue"


def sent(shop: Shop) -> None:
    invoice = draft(shop, 1000, collection_method="send_invoice", days_until_due=30)
    assert act(shop, invoice, "send").ok["status"] == "open"
    assert told(shop, invoice)[-1] == "invoice.sent"


def refusals(shop: Shop) -> None:
    done = paid(shop, 1000)
    assert refused(act(shop, done, "pay")) == "Invoice is already paid"
    assert refused(act(shop, done, "finalize")) == (
        "This invoice is already finalized, you can't re-finalize a non-draft invoice."
    )
    assert refused(act(shop, done, "void")) == "Invoices with `paid` payments cannot be voided."
    assert refused(act(shop, done, "mark_uncollectible")) == NOT_OPEN
    assert refused(act(shop, done, "send")).startswith("This invoice cannot be sent right now.")
    changed = shop.post(f"/v1/invoices/{done['id']}", description="x")
    assert refused(changed) == "Finalized invoices can't be updated in this way"
    assert changed.error["param"] == "description"
    given_up = act(shop, opened(shop, 1000), "mark_uncollectible").ok
    assert refused(act(shop, given_up, "mark_uncollectible")) == ("This invoice has already been marked uncollectible.")
    late = act(shop, done, "add_lines", lines=[{"amount": 1}])
    assert late.error["message"] == "Invalid invoice: This invoice is no longer editable"
    customer = shop.customer()
    undated = shop.post("/v1/invoices", customer=customer, collection_method="send_invoice")
    assert refused(undated).startswith("If invoice collection method is 'send_invoice', you must specify")
    dated = shop.post("/v1/invoices", customer=customer, days_until_due=3)
    assert refused(dated).startswith("You can only specify 'due_date' or 'days_until_due' if invoice collection")
    only_drafts_are_deleted(shop)


def pay_draft(shop: Shop) -> None:
    done = act(shop, draft(shop, 1000), "pay").ok
    moments = done["status_transitions"]
    assert moments["finalized_at"] == moments["paid_at"] == done["effective_at"]
    assert (done["status"], done["attempt_count"]) == ("paid", 1)


def out_of_band(shop: Shop) -> None:
    invoice = opened(shop, 1000, auto_advance=True)
    done = act(shop, invoice, "pay", paid_out_of_band=True).ok
    assert (done["status"], done["amount_paid"], done["amount_paid_off_stripe"]) == ("paid", 1000, 1000)
    assert (done["attempted"], done["attempt_count"], done["auto_advance"]) == (False, 0, False)


def nothing_due(shop: Shop) -> None:
    settings: list[dict[str, Any]] = [{}, {"auto_advance": True}]
    for params in settings:
        done = act(shop, draft(shop, **params), "finalize").ok
        assert (done["status"], done["attempted"], done["attempt_count"]) == ("paid", True, 0)


def metadata_when_paid(shop: Shop) -> None:
    done = paid(shop, 1000)
    assert shop.post(f"/v1/invoices/{done['id']}", metadata={"a": "1"}).ok["metadata"] == {"a": "1"}


def pending_default(shop: Shop) -> None:
    customer = shop.customer()
    shop.post("/v1/invoiceitems", customer=customer, amount=1000, currency="usd")
    made = shop.post("/v1/invoices", customer=customer).ok
    assert (made["lines"]["data"], made["auto_advance"]) == ([], False)
    assert made["period_start"] == made["period_end"] == made["created"]
    swept = shop.post("/v1/invoices", customer=customer, pending_invoice_items_behavior="include").ok
    assert swept["total"] == 1000


def swept_then_deleted(shop: Shop) -> tuple[Json, Json]:
    customer = shop.customer()
    item = shop.post("/v1/invoiceitems", customer=customer, amount=1000, currency="usd").ok
    made = shop.post("/v1/invoices", customer=customer, pending_invoice_items_behavior="include").ok
    shop.delete(f"/v1/invoices/{made['id']}")
    assert shop.get("/v1/invoiceitems", customer=customer, pending=True).ok["data"] == []
    return item, made


def dead_items(shop: Shop) -> None:
    item, _ = swept_then_deleted(shop)
    details = opened(shop, 1000)["lines"]["data"][0]["parent"]["invoice_item_details"]
    for id_ in (item["id"], details["invoice_item"]):
        assert refused(shop.delete(f"/v1/invoiceitems/{id_}")) == (
            "Can't delete an invoice item that is attached to an invoice that is no longer editable"
        )


def due(shop: Shop) -> None:
    made = draft(shop, collection_method="send_invoice", days_until_due=7)
    assert made["due_date"] == made["created"] + 7 * A_DAY


def balance_applies(shop: Shop) -> None:
    """The balance goes to what is finalized next, whole; an open invoice stays as it is."""
    invoice = draft(shop, 1000)
    already_open = act(shop, shop.post("/v1/invoices", customer=invoice["customer"]).ok, "finalize").ok
    credit(shop, invoice["customer"], -300)
    done = act(shop, invoice, "finalize").ok
    assert (done["starting_balance"], done["ending_balance"], done["amount_due"], done["total"]) == (-300, 0, 700, 1000)
    assert shop.again(already_open)["starting_balance"] == 0


def credit(shop: Shop, customer: str, amount: int) -> Json:
    path = f"/v1/customers/{customer}/balance_transactions"
    return shop.post(path, amount=amount, currency="usd").ok


def balance_returns(shop: Shop) -> None:
    invoice = draft(shop, 1000)
    credit(shop, invoice["customer"], -300)
    act(shop, act(shop, invoice, "finalize").ok, "void")
    customer = shop.get(f"/v1/customers/{invoice['customer']}").ok
    rows = shop.get(f"/v1/customers/{customer['id']}/balance_transactions").ok["data"]
    assert customer["balance"] == -300
    assert [row["type"] for row in rows] == ["unapplied_from_invoice", "applied_to_invoice", "adjustment"]


def shape(shop: Shop) -> None:
    invoice = opened(shop, 1000)
    path = f"/v1/invoices/{invoice['id']}"
    shown = shop.get(path, expand=["payments", "confirmation_secret"]).ok
    assert not GONE & shown.keys()
    assert {"parent", "total_taxes", "amount_overpaid"} <= shown.keys()
    assert shown["payments"]["data"][0]["payment"]["type"] == "payment_intent"
    assert shown["confirmation_secret"]["client_secret"].startswith("pi_")


def line_shape(shop: Shop) -> None:
    line = draft(shop, 1000)["lines"]["data"][0]
    assert not GONE_FROM_LINES & line.keys()
    assert {"parent", "pricing", "taxes"} <= line.keys()


HOLDS: dict[str, Check] = {
    "4.event.invoice.paid": paid_event,
    "4.event.invoice.payment_action_required": needs_action,
    "4.event.invoice.payment_failed": payment_failed_event,
    "4.event.invoice.sent": sent,
    "4.event.invoice.updated": updated_on_payment,
    "4.event.invoice.will_be_due": will_be_due,
    "4.invoice.created_gate": created_gate,
    "4.invoice.updated_docs": updated_on_payment,
    "5.inv.attempted": attempted,
    "5.inv.delete": only_drafts_are_deleted,
    "5.inv.edit": editable,
    "5.inv.other_codes": other_codes,
    "5.inv.requires_action_code": needs_action,
    "5.inv.transitions": transitions,
    "5.inv.void": only_open_ones_are_voided,
    "5.live.ii.dead": dead_items,
    "5.live.inv.delete_draft": swept_then_deleted,
    "5.live.inv.metadata": metadata_when_paid,
    "5.live.inv.oob": out_of_band,
    "5.live.inv.pay_draft": pay_draft,
    "5.live.inv.pending_default": pending_default,
    "5.live.inv.refusals": refusals,
    "5.live.inv.zero": nothing_due,
    "6.live.due": due,
    "9.bal.apply": balance_applies,
    "9.bal.void": balance_returns,
    "10.basil.invoice": shape,
    "10.basil.lines": line_shape,
}
