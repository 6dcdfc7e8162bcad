"""Refunds: part, all, late, failed, refused."""

from urllib.error import HTTPError

import pytest
import stripe

from tests.sandbox.server import Server
from tests.sandbox.wishes import OFFLINE, Client, Object, error_of, pay


def charge_of(client: Client, intent: Object) -> Object:
    return client.v1.charges.retrieve(str(intent.latest_charge))


def test_parts_add_up_until_all_is_refunded(client: Client) -> None:
    intent = pay(client, amount=10000)
    first = client.v1.refunds.create({"payment_intent": intent.id, "amount": 4000, "reason": "duplicate"})
    part = charge_of(client, intent)
    client.v1.refunds.create({"charge": str(intent.latest_charge)})
    whole = charge_of(client, intent)

    assert (first.status, first.reason, first.currency) == ("succeeded", "duplicate", "usd")
    assert first.destination_details.card.reference_status == "pending"
    assert (part.amount_refunded, part.refunded) == (4000, False)
    assert (whole.amount_refunded, whole.refunded) == (10000, True)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_refund_is_told_twice_and_once_more_with_its_reference(client: Client, server: Server) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay(client).id, "amount": 99})
    newest = client.v1.events.list({"limit": 2}).data
    assert [event.type for event in newest] == ["charge.refunded", "refund.created"]
    assert newest[0].data.previous_attributes["amount_refunded"] == 0

    server.control("clock", {"advance_seconds": 60})
    types = {event.type for event in client.v1.events.list({"limit": 3}).data}
    card = client.v1.refunds.retrieve(refund.id).destination_details.card

    assert {"refund.updated", "charge.refund.updated"} <= types
    assert (card.reference_status, len(card.reference)) == ("available", 16)


def test_a_refund_is_on_the_books_without_a_fee(client: Client) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay(client, description="Paper").id, "amount": 99})
    row = client.v1.balance_transactions.retrieve(str(refund.balance_transaction), {"expand": ["source"]})

    assert (row.type, row.reporting_category, row.amount, row.fee, row.net) == ("refund", "refund", -99, 0, -99)
    assert row.description == "REFUND FOR CHARGE (Paper)"
    assert row.source.id == refund.id


@pytest.mark.parametrize(
    ("params", "code", "param", "message"),
    [
        ({"amount": 0}, "parameter_invalid_integer", "amount", "This value must be greater than or equal to 1."),
        (
            {"amount": 20000},
            None,
            "amount",
            "Refund amount ($200.00) is greater than unrefunded amount on charge ($100.00)",
        ),
        ({"reason": "expired_uncaptured_charge"}, None, "reason", "Invalid reason: must be one of"),
    ],
)
def test_refunds_that_cannot_be_are_refused(
    client: Client, params: dict[str, object], code: str | None, param: str, message: str
) -> None:
    intent = pay(client, amount=10000)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.raw_request("post", "/v1/refunds", payment_intent=intent.id, **params)

    error = error_of(caught.value)
    assert (caught.value.http_status, error.get("code"), error["param"]) == (400, code, param)
    assert str(error["message"]).startswith(message)


def test_what_is_refunded_is_not_refunded_again(client: Client) -> None:
    intent = pay(client)
    client.v1.refunds.create({"payment_intent": intent.id})

    with pytest.raises(stripe.InvalidRequestError, match="has already been refunded") as caught:
        client.v1.refunds.create({"payment_intent": intent.id})

    assert error_of(caught.value)["code"] == "charge_already_refunded"


def test_a_hold_is_not_refunded_but_canceled(client: Client) -> None:
    held = pay(client, capture_method="manual")

    with pytest.raises(stripe.InvalidRequestError, match="You must cancel the PaymentIntent"):
        client.v1.refunds.create({"payment_intent": held.id})


def test_a_partly_captured_payment_refunds_what_was_captured(client: Client) -> None:
    held = pay(client, capture_method="manual")
    client.v1.payment_intents.capture(held.id, {"amount_to_capture": 700})

    refund = client.v1.refunds.create({"payment_intent": held.id})

    assert (refund.amount, charge_of(client, held).refunded) == (700, True)


def test_a_disputed_charge_is_not_refunded(client: Client) -> None:
    intent = pay(client, payment_method="pm_card_createDispute")

    with pytest.raises(stripe.InvalidRequestError, match="has been charged back") as caught:
        client.v1.refunds.create({"payment_intent": intent.id})

    assert error_of(caught.value)["code"] == "charge_disputed"


def test_a_refund_needs_something_to_refund(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        client.v1.refunds.create({"amount": 5})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"charge": "ch_nothing"})
    assert (caught.value.http_status, error_of(caught.value)["param"]) == (404, "id")


def test_a_pending_refund_succeeds_later(client: Client, server: Server) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay(client, payment_method="pm_card_pendingRefund").id})
    assert refund.status == "pending"

    server.control("clock", {"advance_seconds": 60})

    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert client.v1.events.list({"type": "refund.updated"}).data[0].data.previous_attributes["status"] == "pending"


def test_a_refund_that_fails_gives_the_money_back_to_us(client: Client, server: Server) -> None:
    intent = pay(client, payment_method="pm_card_refundFail")
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert (refund.status, charge_of(client, intent).refunded) == ("succeeded", True)

    server.control("clock", {"advance_seconds": 60})
    failed = client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    charge = charge_of(client, intent)

    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert failed.failure_balance_transaction.amount == 1099
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert client.v1.events.list({"type": "refund.failed"}).data[0].data.object["id"] == refund.id


def test_a_debit_is_refunded_later(client: Client, server: Server) -> None:
    intent = pay(client, payment_method="pm_sepaDebit_success_de", currency="eur", mandate_data=OFFLINE)
    server.control("clock", {"advance_seconds": 10})

    refund = client.v1.refunds.create({"payment_intent": intent.id})
    server.control("clock", {"advance_seconds": 10})

    assert (refund.status, refund.destination_details.type) == ("pending", "eu_bank_transfer")
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_refund_waits_when_money_is_short(client: Client, server: Server) -> None:
    server.control("account", {"debit_negative_balances": False})
    refund = client.v1.refunds.create({"payment_intent": pay(client).id})
    assert (refund.status, refund.balance_transaction) == ("pending", None)

    pay(client, amount=5000, payment_method="pm_card_bypassPending")
    server.control("clock", {"advance_seconds": 60})

    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_refund_cannot_be_canceled(client: Client) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay(client).id})

    with pytest.raises(stripe.InvalidRequestError, match="Canceling this refund is unsupported"):
        client.v1.refunds.cancel(refund.id)


def test_refunds_are_listed_by_charge_and_intent_and_carry_metadata(client: Client) -> None:
    intent = pay(client)
    pay(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 5, "metadata": {"a": "1"}})
    client.v1.refunds.create({"payment_intent": pay(client).id})

    by_intent = client.v1.refunds.list({"payment_intent": intent.id}).data
    by_charge = client.v1.refunds.list({"charge": str(intent.latest_charge)}).data
    updated = client.v1.refunds.update(refund.id, {"metadata": {"b": "2"}})

    assert [row.id for row in by_intent] == [row.id for row in by_charge] == [refund.id]
    assert updated.metadata.to_dict() == {"a": "1", "b": "2"}


@pytest.mark.parametrize("times", [2, 3])
def test_several_refunds_never_exceed_the_charge(client: Client, times: int) -> None:
    intent = pay(client, amount=1000)
    refused = 0
    for _ in range(times):
        try:
            client.v1.refunds.create({"payment_intent": intent.id, "amount": 600})
        except stripe.InvalidRequestError:
            refused += 1

    assert refused == times - 1
    assert charge_of(client, intent).amount_refunded == 600


def test_staff_refund_more_than_was_captured(client: Client, server: Server) -> None:
    intent = pay(client)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
    made = server.control("refunds", {"charge": intent.latest_charge, "amount": 500, "reason": "duplicate"})

    charge = charge_of(client, intent)
    assert (charge.amount_refunded, charge.refunded) == (1500, True)
    assert client.v1.balance_transactions.list({"source": made["id"]}).data[0].net == -500
    assert "refund.created" in [event.type for event in client.v1.events.list({"limit": 3}).data]


def test_staff_refund_what_is_left(client: Client, server: Server) -> None:
    intent = pay(client)
    made = server.control("refunds", {"charge": intent.latest_charge})

    assert made["amount"] == 1099
    for wanted in ({"charge": intent.latest_charge}, {"charge": "ch_none"}, {"fail": "re_none"}):
        with pytest.raises(HTTPError):
            server.control("refunds", wanted)


def test_a_refund_fails_long_after_it_succeeded(client: Client, server: Server) -> None:
    intent = pay(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 99})
    server.control("clock", {"advance_seconds": 20 * 86400})
    server.control("refunds", {"fail": refund.id, "reason": "lost_or_stolen_card"})

    failed = client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    back = failed.failure_balance_transaction
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    assert (back.type, back.reporting_category, back.net) == ("refund_failure", "refund_failure", 99)
    assert charge_of(client, intent).amount_refunded == 0
    with pytest.raises(HTTPError):
        server.control("refunds", {"fail": refund.id})
