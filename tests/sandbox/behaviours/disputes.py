"""Section 8, and what sections 1, 4, 5 and 7 say of disputes."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from tests.contract.calling import Json
from tests.sandbox.behaviours.banks import us_dispute_is_final
from tests.sandbox.behaviours.shop import A_DAY, A_MOMENT, Shop
from tests.sandbox.behaviours.webhooks import dispute

Check = Callable[[Shop], object]


def kind(found: Json) -> tuple[str, str, str, str]:
    card = found["payment_method_details"]["card"]
    return found["status"], found["reason"], card["case_type"], card["network_reason_code"]


def flavours(shop: Shop) -> None:
    assert kind(dispute(shop)) == ("needs_response", "fraudulent", "chargeback", "10.4")
    missing = kind(dispute(shop, "createDisputeProductNotReceived"))
    assert missing == ("needs_response", "product_not_received", "chargeback", "13.1")
    inquiry = dispute(shop, "createDisputeInquiry")
    status, _, case_type, code = kind(inquiry)
    assert (status, case_type, code) == ("warning_needs_response", "inquiry", "10")
    assert inquiry["is_charge_refundable"] is True
    assert inquiry["balance_transactions"] == []


def answer(shop: Shop, found: Json, text: str = "We sent the books.") -> Json:
    """Submit evidence; Stripe submits by default."""
    return shop.post(f"/v1/disputes/{found['id']}", evidence={"uncategorized_text": text}).ok


def decided(shop: Shop, found: Json, text: str) -> Json:
    answer(shop, found, text)
    shop.wait(A_MOMENT)
    return shop.again(found)


def sends(type_: str, text: str, shop: Shop) -> None:
    found = dispute(shop)
    decided(shop, found, text)
    assert type_ in shop.event_types(found["id"])


def flow(shop: Shop) -> None:
    won = dispute(shop)
    decided(shop, won, "winning_evidence")
    types = shop.event_types(won["id"])
    assert types[:2] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert {"charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_reinstated"} <= set(types)


def states(shop: Shop) -> None:
    seen = {
        dispute(shop)["status"],
        dispute(shop, "createDisputeInquiry")["status"],
        answer(shop, dispute(shop))["status"],
        answer(shop, dispute(shop, "createDisputeInquiry"))["status"],
        decided(shop, dispute(shop), "winning_evidence")["status"],
        decided(shop, dispute(shop), "losing_evidence")["status"],
        decided(shop, dispute(shop, "createDisputeInquiry"), "losing_evidence")["status"],
    }
    assert seen == {
        "needs_response", "warning_needs_response", "under_review", "warning_under_review", "won", "lost",
        "warning_closed",
    }  # fmt: skip


def transitions(shop: Shop) -> None:
    states(shop)
    found = dispute(shop)
    assert shop.post(f"/v1/disputes/{found['id']}/close").ok["status"] == "lost"
    late, inquiry = dispute(shop), dispute(shop, "createDisputeInquiry")
    shop.wait(30 * A_DAY)
    assert shop.again(late)["status"] == "lost"
    assert shop.again(inquiry)["status"] == "warning_needs_response"
    shop.wait(91 * A_DAY)
    assert shop.again(inquiry)["status"] == "warning_closed"


def evidence_of_the_testing_page(shop: Shop) -> None:
    assert decided(shop, dispute(shop), "winning_evidence")["status"] == "won"
    assert decided(shop, dispute(shop), "losing_evidence")["status"] == "lost"
    inquiry = decided(shop, dispute(shop, "createDisputeInquiry"), "losing_evidence")
    assert inquiry["status"] == "warning_closed"
    escalated = decided(shop, dispute(shop, "createDisputeInquiry"), "escalate_inquiry_evidence")
    assert escalated["status"] == "needs_response"
    assert escalated["balance_transactions"][0]["amount"] == -1099


def no_refund_meanwhile(shop: Shop) -> None:
    found = dispute(shop)
    refused = shop.post("/v1/refunds", charge=found["charge"])
    assert (refused.status, refused.error["code"]) == (400, "charge_disputed")


def several(shop: Shop) -> None:
    intent = shop.paid("pm_card_createMultipleDisputes")
    by_intent = shop.get("/v1/disputes", payment_intent=intent["id"]).ok["data"]
    by_charge = shop.get("/v1/disputes", charge=intent["latest_charge"]).ok["data"]
    assert len(by_intent) > 1
    assert by_intent == by_charge


def money(shop: Shop) -> None:
    found = dispute(shop)
    (row,) = found["balance_transactions"]
    assert (row["type"], row["reporting_category"]) == ("adjustment", "dispute")
    assert (row["amount"], row["fee"]) == (-1099, 1500)
    assert (row["fee_details"][0]["description"], row["fee_details"][0]["type"]) == ("Dispute fee", "stripe_fee")
    assert row["description"] == f"Chargeback withdrawal for {found['charge']}"
    won = decided(shop, found, "winning_evidence")
    _, back = won["balance_transactions"]
    assert (back["type"], back["reporting_category"]) == ("adjustment", "dispute_reversal")
    assert (back["amount"], back["fee"]) == (1099, 0)
    assert back["description"] == f"Chargeback reversal for {found['charge']}"


def inquiry_moves_no_money(shop: Shop) -> None:
    found = dispute(shop, "createDisputeInquiry")
    assert found["balance_transactions"] == []
    assert found.get("balance_transaction") is None


def identifier(shop: Shop) -> None:
    assert dispute(shop)["id"].startswith("du_")


def due_by(shop: Shop) -> None:
    found = dispute(shop)
    due = found["evidence_details"]["due_by"]
    assert (due + 1) % A_DAY == 0
    days = datetime.fromtimestamp(due, UTC).date() - datetime.fromtimestamp(found["created"], UTC).date()
    assert days.days == 8


def submitted(shop: Shop) -> None:
    for name, status in (("createDispute", "under_review"), ("createDisputeInquiry", "warning_under_review")):
        sent = answer(shop, dispute(shop, name))
        assert sent["status"] == status
        assert (sent["evidence_details"]["has_evidence"], sent["evidence_details"]["submission_count"]) == (True, 1)
        shop.wait(A_MOMENT)
        assert shop.again(sent)["status"] == status


def filled_in(shop: Shop) -> None:
    customer = shop.customer(name="Ada Lovelace", email="ada@example.com")
    token = shop.post("/v1/payment_methods", type="card", card={"token": "tok_createDispute"}).ok["id"]
    intent = shop.paid(token, customer=customer, description="two books")
    (found,) = shop.get("/v1/disputes", payment_intent=intent["id"]).ok["data"]
    evidence = found["evidence"]
    assert evidence["customer_name"] == "Ada Lovelace"
    assert evidence["customer_email_address"] == "ada@example.com"
    assert evidence["product_description"]


def none_to_find(shop: Shop) -> None:
    charge = shop.paid()["latest_charge"]
    refused = shop.get(f"/v1/charges/{charge}/dispute")
    assert (refused.status, refused.error["message"]) == (404, f"No dispute for charge: {charge}")


HOLDS: dict[str, Check] = {
    "1.live.dispute_flavours": flavours,
    "4.event.charge.dispute.updated": partial(sends, "charge.dispute.updated", "We sent the books."),
    "4.event.charge.dispute.closed": partial(sends, "charge.dispute.closed", "losing_evidence"),
    "4.event.charge.dispute.funds_reinstated": partial(sends, "charge.dispute.funds_reinstated", "winning_evidence"),
    "4.flow.dispute": flow,
    "5.dispute.states": states,
    "5.dispute.transitions": transitions,
    "5.dispute.unchallengeable": us_dispute_is_final,
    "7.live.bt.dispute": money,
    "7.live.bt.inquiry": inquiry_moves_no_money,
    "8.test.evidence": evidence_of_the_testing_page,
    "8.refund_in_dispute": no_refund_meanwhile,
    "8.multi": several,
    "8.live.dispute_id": identifier,
    "8.live.due_by": due_by,
    "8.live.submit": submitted,
    "8.live.enrichment": filled_in,
    "8.live.no_dispute": none_to_find,
}
