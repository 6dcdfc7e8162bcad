"""Debits from US, SEPA and Bacs accounts: on their way, answered later, verified, mandated."""

import pytest
import stripe

from tests.sandbox.server import PUBLISHABLE_KEY, Server
from tests.sandbox.wishes import OFFLINE, RETURN_URL, Client, Object, error_of, pay


def debit(client: Client, method: str, currency: str, **more: object) -> Object:
    return pay(client, payment_method=method, currency=currency, mandate_data=OFFLINE, **more)


def us_debit(client: Client, outcome: str) -> Object:
    """A US debit whose account has just been verified."""
    intent = debit(client, f"pm_usBankAccount_{outcome}", "usd")
    return client.v1.payment_intents.verify_microdeposits(intent.id, {"descriptor_code": "SM11AA"})


def settle(server: Server, client: Client, intent: Object) -> Object:
    server.control("clock", {"advance_seconds": 10})
    return client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})


def test_a_sepa_debit_is_processing_and_succeeds_later(client: Client, server: Server) -> None:
    intent = debit(client, "pm_sepaDebit_success_de", "eur", expand=["latest_charge"])

    assert (intent.status, intent.amount_received) == ("processing", 0)
    assert (intent.latest_charge.status, intent.latest_charge.paid) == ("pending", False)
    assert intent.latest_charge.id.startswith("py_")

    paid = settle(server, client, intent)
    row = client.v1.balance_transactions.retrieve(str(paid.latest_charge.balance_transaction))
    assert (paid.status, paid.amount_received, paid.latest_charge.paid) == ("succeeded", 1099, True)
    assert (row.type, row.fee, row.reporting_category) == ("payment", 39, "charge")
    types = {event.type for event in client.v1.events.list({"limit": 100}).data}
    assert {"payment_intent.processing", "charge.pending", "charge.succeeded", "payment_intent.succeeded"} <= types


@pytest.mark.parametrize(
    ("method", "currency", "code"),
    [
        ("pm_sepaDebit_failed_de", "eur", "debit_not_authorized"),
        ("pm_sepaDebit_insufficientFunds_fr", "eur", "insufficient_funds"),
        ("pm_sepaDebit_exceedsWeeklyVolumeLimit_at", "eur", "charge_exceeds_source_limit"),
        ("pm_sepaDebit_exceedsWeeklyTransactionLimit_at", "eur", "charge_exceeds_weekly_limit"),
        ("pm_bacsDebit_insufficientFunds", "gbp", "insufficient_funds"),
        ("pm_bacsDebit_exceedsTransactionLimit", "gbp", "charge_exceeds_transaction_limit"),
    ],
)
def test_a_debit_that_fails_wants_another_method(
    client: Client, server: Server, method: str, currency: str, code: str
) -> None:
    intent = debit(client, method, currency)
    assert intent.status == "processing"

    failed = settle(server, client, intent)

    assert (failed.status, failed.payment_method) == ("requires_payment_method", None)
    assert failed.latest_charge.failure_code == code
    assert (failed.latest_charge.status, failed.latest_charge.balance_transaction) == ("failed", None)


def test_delayed_debits_take_three_minutes(client: Client, server: Server) -> None:
    intent = debit(client, "pm_sepaDebit_successDelayed_de", "eur")
    server.control("clock", {"advance_seconds": 170})
    assert client.v1.payment_intents.retrieve(intent.id).status == "processing"

    server.control("clock", {"advance_seconds": 20})

    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.parametrize(("method", "currency"), [("pm_sepaDebit_disputed_de", "eur"), ("pm_bacsDebit_dispute", "gbp")])
def test_a_disputed_debit_succeeds_and_is_disputed_at_once(
    client: Client, server: Server, method: str, currency: str
) -> None:
    intent = debit(client, method, currency)
    server.control("clock", {"advance_seconds": 200})
    dispute = client.v1.disputes.list({"payment_intent": intent.id}).data[0]

    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert (dispute.status, dispute.amount) == ("needs_response", 1099)


def test_an_iban_can_be_given_by_hand(client: Client, server: Server) -> None:
    details = {"name": "Ada", "email": "ada@example.com"}
    data = {"type": "sepa_debit", "sepa_debit": {"iban": "DE62370400440532013001"}, "billing_details": details}

    intent = pay(client, payment_method=None, payment_method_data=data, currency="eur", mandate_data=OFFLINE)

    assert settle(server, client, intent).status == "requires_payment_method"


def test_bank_data_that_cannot_be_is_refused(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError) as nameless:
        client.v1.payment_methods.create({"type": "sepa_debit", "sepa_debit": {"iban": "DE62370400440532013001"}})
    with pytest.raises(stripe.InvalidRequestError) as invalid:
        client.v1.payment_methods.create(
            {"type": "bacs_debit", "bacs_debit": {"account_number": "00044444", "sort_code": "108800"},
             "billing_details": {"name": "Ada"}}
        )  # fmt: skip

    assert error_of(nameless.value)["param"] == "billing_details[name]"
    assert error_of(invalid.value)["code"] == "account_number_invalid"


def test_a_debit_without_a_mandate_is_refused(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="requires a mandate"):
        pay(client, payment_method="pm_sepaDebit_success_de", currency="eur")


def test_a_us_account_is_verified_before_it_is_debited(client: Client, server: Server) -> None:
    intent = debit(client, "pm_usBankAccount_success", "usd")
    assert intent.next_action.type == "verify_with_microdeposits"

    with pytest.raises(stripe.InvalidRequestError, match="do not match"):
        client.v1.payment_intents.verify_microdeposits(intent.id, {"amounts": [1, 2]})
    sent = client.v1.payment_intents.verify_microdeposits(intent.id, {"amounts": [32, 45]})
    paid = settle(server, client, sent)

    assert (sent.status, paid.status) == ("processing", "succeeded")
    row = client.v1.balance_transactions.retrieve(str(paid.latest_charge.balance_transaction))
    assert (row.status, row.fee) == ("available", 9)


@pytest.mark.parametrize(
    ("proof", "outcome"), [({"amounts": [10, 11]}, "attempts_exceeded"), ({"descriptor_code": "SM44DD"}, "timeout")]
)
def test_microdeposits_can_fail_for_good(client: Client, proof: dict[str, object], outcome: str) -> None:
    intent = debit(client, "pm_usBankAccount_success", "usd")

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.verify_microdeposits(intent.id, proof)

    assert error_of(caught.value)["code"] == f"payment_method_microdeposit_verification_{outcome}"
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("accountClosed", "account_closed"), ("noAccount", "no_account"), ("insufficientFunds", "insufficient_funds"),
        ("invalidCurrency", "invalid_currency"), ("weeklyLimitExceeded", "charge_exceeds_weekly_limit"),
        ("debitNotAuthorized", "debit_not_authorized"),
    ],
)  # fmt: skip
def test_a_us_debit_fails_as_its_account_says(client: Client, server: Server, outcome: str, code: str) -> None:
    failed = settle(server, client, us_debit(client, outcome))

    assert (failed.status, failed.latest_charge.failure_code) == ("requires_payment_method", code)


def test_a_us_debit_can_stay_processing_and_be_canceled(client: Client, server: Server) -> None:
    intent = us_debit(client, "processing")
    server.control("clock", {"advance_seconds": 86400})
    assert client.v1.payment_intents.retrieve(intent.id).status == "processing"

    assert client.v1.payment_intents.cancel(intent.id).status == "canceled"


def test_a_sepa_debit_that_is_processing_cannot_be_canceled(client: Client) -> None:
    intent = debit(client, "pm_sepaDebit_success_de", "eur")

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.cancel(intent.id)

    assert error_of(caught.value)["code"] == "payment_intent_unexpected_state"


def test_a_risky_account_is_blocked(client: Client) -> None:
    with pytest.raises(stripe.CardError) as caught:
        debit(client, "pm_usBankAccount_riskLevelHighest", "usd")

    assert error_of(caught.value)["payment_intent"]["status"] == "requires_payment_method"


def test_a_us_dispute_is_lost_as_soon_as_it_opens(client: Client, server: Server) -> None:
    intent = us_debit(client, "dispute")
    settle(server, client, intent)

    dispute = client.v1.disputes.list({"payment_intent": intent.id}).data[0]
    types = {event.type for event in client.v1.events.list({"limit": 100}).data}
    assert dispute.status == "lost"
    assert {"charge.dispute.created", "charge.dispute.closed"} <= types


def test_a_debit_from_the_browser_carries_its_own_mandate(client: Client, server: Server) -> None:
    intent = client.v1.payment_intents.create({"amount": 1099, "currency": "eur"})
    browser: Client = server.client(key=PUBLISHABLE_KEY)

    paid = browser.raw_request(
        "post", f"/v1/payment_intents/{intent.id}/confirm", client_secret=intent.client_secret,
        payment_method="pm_sepaDebit_success_de", return_url=RETURN_URL,
    )  # fmt: skip
    charge = client.v1.charges.list({"payment_intent": intent.id}).data[0]

    assert paid.data["status"] == "processing"
    mandate = client.v1.mandates.retrieve(str(charge.payment_method_details.sepa_debit.mandate))
    assert (mandate.type, mandate.status, mandate.customer_acceptance.type) == ("single_use", "active", "online")


def test_the_currency_must_fit_the_debit(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="support the following currencies: eur"):
        client.v1.payment_intents.create({"amount": 1099, "currency": "usd", "payment_method_types": ["sepa_debit"]})
    with pytest.raises(stripe.InvalidRequestError, match="is not allowed for this PaymentIntent"):
        debit(client, "pm_sepaDebit_success_de", "usd")


def test_a_refused_bacs_mandate_is_inactive(client: Client, ada: Object) -> None:
    setup = client.v1.setup_intents.create(
        {"customer": ada.id, "payment_method": "pm_bacsDebit_mandateRefused", "payment_method_types": ["bacs_debit"],
         "confirm": True, "mandate_data": OFFLINE}
    )  # fmt: skip

    assert client.v1.mandates.retrieve(str(setup.mandate)).status == "inactive"
