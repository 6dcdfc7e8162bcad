"""Disputes: opened by cards and by the control door, answered, won, lost."""

from urllib.error import HTTPError

import pytest
import stripe

from tests.sandbox.server import Server
from tests.sandbox.wishes import Client, Object, error_of, pay


def dispute_of(client: Client, intent: Object) -> Object:
    return client.v1.disputes.list({"payment_intent": intent.id}).data[0]


def submit(client: Client, dispute: Object, text: str) -> Object:
    return client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": text}})


@pytest.mark.parametrize(
    ("card", "reason", "code"),
    [
        ("pm_card_createDispute", "fraudulent", "10.4"),
        ("pm_card_createDisputeProductNotReceived", "product_not_received", "13.1"),
    ],
)
def test_a_dispute_withdraws_the_money_and_a_fee(client: Client, card: str, reason: str, code: str) -> None:
    intent = pay(client, payment_method=card)
    dispute = dispute_of(client, intent)

    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", reason, 1099)
    assert dispute.payment_method_details.card.network_reason_code == code
    assert [(row.amount, row.fee, row.net, row.type) for row in dispute.balance_transactions] == [
        (-1099, 1500, -2599, "adjustment")
    ]
    assert dispute.evidence_details.due_by % 86400 == 86399
    assert client.v1.charges.retrieve(str(intent.latest_charge)).disputed is True
    assert [event.type for event in reversed(client.v1.events.list().data)] == [
        "payment_intent.created", "charge.succeeded", "charge.dispute.created", "charge.dispute.funds_withdrawn",
        "payment_intent.succeeded",
    ]  # fmt: skip


def test_an_inquiry_moves_no_money_until_it_escalates(client: Client, server: Server) -> None:
    inquiry = dispute_of(client, pay(client, payment_method="pm_card_createDisputeInquiry"))
    assert (inquiry.status, inquiry.balance_transactions, inquiry.is_charge_refundable) == (
        "warning_needs_response", [], True,
    )  # fmt: skip

    assert submit(client, inquiry, "escalate_inquiry_evidence").status == "warning_under_review"
    server.control("clock", {"advance_seconds": 60})

    escalated = client.v1.disputes.retrieve(inquiry.id)
    assert (escalated.status, len(escalated.balance_transactions)) == ("needs_response", 1)


@pytest.mark.parametrize(
    ("evidence", "status", "rows"), [("winning_evidence", "won", 2), ("losing_evidence", "lost", 1)]
)
def test_evidence_decides(client: Client, server: Server, evidence: str, status: str, rows: int) -> None:
    dispute = dispute_of(client, pay(client, payment_method="pm_card_createDispute"))

    submitted = submit(client, dispute, evidence)
    server.control("clock", {"advance_seconds": 60})
    closed = client.v1.disputes.retrieve(dispute.id)

    assert (submitted.status, submitted.evidence_details.submission_count) == ("under_review", 1)
    assert (closed.status, len(closed.balance_transactions)) == (status, rows)
    assert client.v1.events.list({"type": "charge.dispute.closed"}).data[0].data.object["status"] == status
    assert bool(client.v1.events.list({"type": "charge.dispute.funds_reinstated"}).data) == (status == "won")


def test_evidence_can_be_kept_without_sending_it(client: Client) -> None:
    dispute = dispute_of(client, pay(client, payment_method="pm_card_createDispute"))

    kept = client.v1.disputes.update(dispute.id, {"evidence": {"product_description": "Paper"}, "submit": False})

    assert (kept.status, kept.evidence.product_description) == ("needs_response", "Paper")
    assert (kept.evidence_details.has_evidence, kept.evidence_details.submission_count) == (True, 0)


def test_closing_loses_for_good(client: Client) -> None:
    dispute = dispute_of(client, pay(client, payment_method="pm_card_createDispute"))

    assert client.v1.disputes.close(dispute.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        submit(client, dispute, "winning_evidence")


def test_no_answer_in_time_loses(client: Client, server: Server) -> None:
    dispute = dispute_of(client, pay(client, payment_method="pm_card_createDispute"))

    server.control("clock", {"advance_seconds": dispute.evidence_details.due_by - dispute.created + 60})

    lost = client.v1.disputes.retrieve(dispute.id)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)


def test_the_outside_world_disputes_a_charge(client: Client, server: Server) -> None:
    intent = pay(client)

    made = server.control("disputes", {"charge": intent.latest_charge, "reason": "duplicate"})

    assert dispute_of(client, intent).id == made["id"]
    assert client.raw_request("get", f"/v1/charges/{intent.latest_charge}/dispute").data["id"] == made["id"]


def test_a_charge_without_a_dispute_says_so(client: Client) -> None:
    intent = pay(client)

    with pytest.raises(stripe.InvalidRequestError, match=f"No dispute for charge: {intent.latest_charge}") as caught:
        client.raw_request("get", f"/v1/charges/{intent.latest_charge}/dispute")

    assert caught.value.http_status == 404


def test_a_charge_can_be_disputed_several_times(client: Client) -> None:
    intent = pay(client, payment_method="pm_card_createMultipleDisputes")

    disputes = client.v1.disputes.list({"charge": str(intent.latest_charge)}).data
    assert len(disputes) == 2
    assert sum(dispute.amount for dispute in disputes) == 1099


def test_overlong_evidence_is_refused_and_kept_out(client: Client) -> None:
    dispute = dispute_of(client, pay(client, payment_method="pm_card_createDispute"))

    with pytest.raises(stripe.InvalidRequestError) as caught:
        submit(client, dispute, "x" * 20_001)

    assert error_of(caught.value)["param"] == "evidence[uncategorized_text]"
    assert client.v1.disputes.retrieve(dispute.id).evidence.uncategorized_text is None


def test_a_full_refund_ends_an_inquiry(client: Client) -> None:
    intent = pay(client, payment_method="pm_card_createDisputeInquiry")

    client.v1.refunds.create({"payment_intent": intent.id, "amount": 99})
    assert dispute_of(client, intent).status == "warning_needs_response"
    client.v1.refunds.create({"payment_intent": intent.id})

    assert dispute_of(client, intent).status == "warning_closed"


def test_a_part_of_a_charge_can_be_disputed(client: Client, server: Server) -> None:
    intent = pay(client)
    server.control("disputes", {"charge": intent.latest_charge, "amount": 400})

    dispute = dispute_of(client, intent)
    assert dispute.amount == 400
    assert [(row.amount, row.fee) for row in dispute.balance_transactions] == [(-400, 1500)]


def test_after_a_refund_the_rest_is_disputed(client: Client, server: Server) -> None:
    intent = pay(client)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 99})
    server.control("disputes", {"charge": intent.latest_charge})

    assert dispute_of(client, intent).amount == 1000


@pytest.mark.parametrize(
    ("status", "rows"),
    [("won", [("dispute", -1099, 1500), ("dispute_reversal", 1099, 0)]), ("lost", [("dispute", -1099, 1500)])],
)
def test_the_bank_decides_months_later(
    client: Client, server: Server, status: str, rows: list[tuple[str, int, int]]
) -> None:
    dispute = dispute_of(client, pay(client, payment_method="pm_card_createDispute"))
    submit(client, dispute, "We sent the books.")
    server.control("clock", {"advance_seconds": 90 * 86400})
    server.control("disputes", {"close": dispute.id, "status": status})

    closed = client.v1.disputes.retrieve(dispute.id)
    assert closed.status == status
    assert [(row.reporting_category, row.amount, row.fee) for row in closed.balance_transactions] == rows
    assert client.v1.events.list({"type": "charge.dispute.closed"}).data[0].data.object["status"] == status
    with pytest.raises(HTTPError):
        server.control("disputes", {"close": dispute.id, "status": "won"})


def test_the_fee_may_come_back_with_the_money(client: Client, server: Server) -> None:
    dispute = dispute_of(client, pay(client, payment_method="pm_card_createDispute"))
    server.control("disputes", {"close": dispute.id, "status": "won", "fee_refunded": True})

    rows = client.v1.disputes.retrieve(dispute.id).balance_transactions
    assert [(row.amount, row.fee, row.net) for row in rows] == [(-1099, 1500, -2599), (1099, -1500, 2599)]


def test_an_inquiry_that_is_closed_moves_no_money(client: Client, server: Server) -> None:
    inquiry = dispute_of(client, pay(client, payment_method="pm_card_createDisputeInquiry"))
    server.control("disputes", {"close": inquiry.id, "status": "lost"})

    closed = client.v1.disputes.retrieve(inquiry.id)
    assert (closed.status, closed.balance_transactions) == ("warning_closed", [])


@pytest.mark.parametrize("wanted", [{"amount": 1100}, {"amount": 0}, {"reason": "whim"}, {"charge": "ch_none"}])
def test_a_dispute_that_cannot_be_is_refused(client: Client, server: Server, wanted: dict[str, object]) -> None:
    charge = pay(client).latest_charge
    with pytest.raises(HTTPError):
        server.control("disputes", {"charge": charge, **wanted})

    assert client.v1.disputes.list().data == []
