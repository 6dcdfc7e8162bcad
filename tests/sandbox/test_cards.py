"""Every test card of https://docs.stripe.com/testing, as a payment method, a token or a number."""

from pathlib import Path

import pytest
import stripe

from sandbox import card_table as cards
from tests.sandbox.server import PUBLISHABLE_KEY, Server, serve
from tests.sandbox.wishes import RETURN_URL, Client, Object, error_of, pay, refused

GOOD = {
    number: card
    for number, card in cards.BY_NUMBER.items()
    if card.decline is None and card.authentication in ("none", "frictionless")
}


@pytest.fixture
def server(server: Server) -> Server:
    """An account that may send card numbers from a server."""
    server.control("account", {"raw_card_data": True})
    return server


def test_numbers_from_a_server_are_refused_unless_the_account_may(client: Client, server: Server) -> None:
    server.control("account", {"raw_card_data": False})
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}

    with pytest.raises(stripe.CardError, match="generally unsafe"):
        client.v1.payment_methods.create({"type": "card", "card": card})
    with pytest.raises(stripe.CardError, match="generally unsafe"):
        pay(client, payment_method=None, payment_method_data={"type": "card", "card": card})

    browser: Client = server.client(key=PUBLISHABLE_KEY)
    assert browser.v1.payment_methods.create({"type": "card", "card": card}).card.last4 == "4242"


@pytest.mark.parametrize("number", GOOD)
def test_a_good_number_pays(client: Client, number: str) -> None:
    card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "1234" if number.startswith("3") else "123"}
    data = {"type": "card", "card": card}

    intent = pay(client, payment_method=None, payment_method_data=data)
    charge = client.v1.charges.retrieve(str(intent.latest_charge))

    assert intent.status == "succeeded"
    assert charge.payment_method_details.card.last4 == number[-4:]
    assert charge.payment_method_details.card.brand == GOOD[number].brand
    assert charge.payment_method_details.card.country == GOOD[number].country


@pytest.mark.parametrize("name", sorted(cards.BY_NAME))
def test_every_name_works_as_payment_method_and_as_token(client: Client, name: str) -> None:
    by_name = client.v1.payment_methods.retrieve(f"pm_card_{name}")
    by_token = client.v1.payment_methods.create({"type": "card", "card": {"token": f"tok_{name}"}})

    assert by_name.card.last4 == by_token.card.last4 == cards.BY_NAME[name].number[-4:]
    assert by_name.id != by_token.id


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
        ("pm_card_radarBlock", "card_declined", "fraudulent"),
    ],
)
def test_a_decline_leaves_intent_and_charge_as_stripe_does(
    client: Client, method: str, code: str, decline_code: str | None
) -> None:
    error = error_of(refused(client, payment_method=method))
    intent = client.v1.payment_intents.retrieve(error["payment_intent"]["id"])
    charge = client.v1.charges.retrieve(str(intent.latest_charge))

    assert (error["type"], error["code"], error.get("decline_code")) == ("card_error", code, decline_code)
    assert error["charge"] == charge.id
    assert (intent.status, intent.payment_method, intent.amount_received) == ("requires_payment_method", None, 0)
    assert intent.last_payment_error.code == code
    assert intent.last_payment_error.payment_method.card.last4 == error["payment_method"]["card"]["last4"]
    assert (charge.status, charge.paid, charge.captured, charge.amount_captured) == ("failed", False, False, 0)
    assert (charge.failure_code, charge.balance_transaction, charge.receipt_url) == (code, None, None)
    assert [event.type for event in client.v1.events.list().data] == [
        "payment_intent.payment_failed", "charge.failed", "payment_intent.created",
    ]  # fmt: skip


def test_a_declined_intent_is_paid_by_a_second_card_and_keeps_both_charges(client: Client) -> None:
    declined = error_of(refused(client, payment_method="pm_card_chargeDeclined"))["payment_intent"]["id"]

    paid = client.v1.payment_intents.confirm(declined, {"payment_method": "pm_card_visa", "return_url": RETURN_URL})

    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    charges = client.v1.charges.list({"payment_intent": declined})
    assert [charge.status for charge in charges.data] == ["succeeded", "failed"]


def test_declining_cards_cannot_be_attached(client: Client, ada: Object) -> None:
    with pytest.raises(stripe.CardError) as caught:
        client.v1.payment_methods.attach("pm_card_visa_chargeDeclined", {"customer": ada.id})

    assert caught.value.http_status == 402
    assert client.v1.payment_methods.list({"customer": ada.id}).data == []


def test_the_customer_fail_card_attaches_and_then_declines(client: Client, ada: Object) -> None:
    method = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": ada.id})

    error = refused(client, customer=ada.id, payment_method=method.id, off_session=True)

    assert error_of(error)["decline_code"] == "generic_decline"


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "card[number]"),
        ({"number": "42"}, "incorrect_number", "card[number]"),
        ({"exp_month": 13}, "invalid_expiry_month", "card[exp_month]"),
        ({"exp_year": 95}, "invalid_expiry_year", "card[exp_year]"),
        ({"exp_year": 2020}, "invalid_expiry_year", "card[exp_year]"),
        ({"cvc": "99"}, "invalid_cvc", "card[cvc]"),
    ],
)
def test_card_data_that_cannot_be_is_refused(client: Client, change: dict[str, object], code: str, param: str) -> None:
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123", **change}

    with pytest.raises(stripe.CardError) as caught:
        client.v1.payment_methods.create({"type": "card", "card": card})

    assert (caught.value.http_status, error_of(caught.value)["code"]) == (402, code)
    assert error_of(caught.value)["param"] == param


def test_a_real_card_number_is_declined_in_test_mode(client: Client) -> None:
    data = {"type": "card", "card": {"number": "4111111111111111", "exp_month": 1, "exp_year": 2034, "cvc": "123"}}

    error = error_of(refused(client, payment_method=None, payment_method_data=data))

    assert (error["code"], error["decline_code"]) == ("card_declined", "test_mode_live_card")


def test_no_number_is_ever_shown(client: Client, server: Server) -> None:
    pay(client, payment_method=None, payment_method_data={
        "type": "card", "card": {"number": "5555555555554444", "exp_month": 1, "exp_year": 2034, "cvc": "123"},
    })  # fmt: skip

    for path in ("/v1/payment_methods/pm_card_mastercard", "/v1/charges", "/v1/events"):
        assert "5555555555554444" not in str(client.raw_request("get", path).data)


def test_the_same_card_has_the_same_fingerprint(client: Client) -> None:
    visa, again, other = (
        client.v1.payment_methods.retrieve(f"pm_card_{name}").card for name in ("visa", "visa", "mastercard")
    )

    assert visa.fingerprint == again.fingerprint != other.fingerprint


def test_a_token_made_of_a_card_is_used_once(client: Client) -> None:
    card: stripe.params.TokenCreateParamsCard = {
        "number": "4242424242424242", "exp_month": "12", "exp_year": "2034", "cvc": "123",
    }  # fmt: skip
    token = client.v1.tokens.create({"card": card})

    assert client.v1.payment_methods.create({"type": "card", "card": {"token": token.id}}).card.last4 == "4242"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_methods.create({"type": "card", "card": {"token": token.id}})
    assert error_of(caught.value)["code"] == "token_already_used"
    assert client.v1.tokens.retrieve(token.id).used is True


def test_a_token_spelled_like_a_payment_method_is_refused(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="not valid: 'card'"):
        client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_card_visa"}})


def test_a_number_that_is_no_test_card_is_not_kept(tmp_path: Path) -> None:
    number = "4111111111111111"
    with serve("--store", str(tmp_path), "--raw-card-data", "yes") as server:
        client: Client = server.client()
        card = {"number": number, "exp_month": "1", "exp_year": "2034", "cvc": "987"}
        refused(client, payment_method=None, payment_method_data={"type": "card", "card": card})
        token = client.v1.tokens.create({"card": card})
        log = str(server.control("requests"))

    assert token.card.last4 == "1111"
    assert number not in log
    assert "'cvc': '***'" in log
    assert all(number.encode() not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_card_expires_when_its_month_has_passed(client: Client, server: Server, ada: Object) -> None:
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": ada.id})
    server.control("clock", {"advance_seconds": 3 * 366 * 86400})

    error = refused(client, customer=ada.id, payment_method=method.id, off_session=True)
    assert error_of(error)["code"] == "expired_card"

    client.v1.payment_methods.update(method.id, {"card": {"exp_year": 2060}})
    assert pay(client, customer=ada.id, payment_method=method.id, off_session=True).status == "succeeded"
