"""Setup intents: a payment method saved for later, its attempts, its mandate."""

import pytest
import stripe

from tests.sandbox.server import Server
from tests.sandbox.wishes import OFFLINE, RETURN_URL, Client, Object, error_of, pay


def save(client: Client, customer: Object, method: str, **more: object) -> Object:
    params = {"customer": customer.id, "payment_method": method, "confirm": True, "return_url": RETURN_URL, **more}
    return client.v1.setup_intents.create(params)


def test_a_saved_card_is_attached_and_told(client: Client, ada: Object) -> None:
    setup = save(client, ada, "pm_card_visa")

    saved = client.v1.payment_methods.list({"customer": ada.id}).data
    types = [event.type for event in reversed(client.v1.events.list().data)]
    assert (setup.status, setup.usage, setup.payment_method) == ("succeeded", "off_session", saved[0].id)
    assert types == ["customer.created", "setup_intent.created", "payment_method.attached", "setup_intent.succeeded"]


def test_a_declined_card_leaves_the_error_and_a_failed_attempt(client: Client, ada: Object) -> None:
    with pytest.raises(stripe.CardError) as caught:
        save(client, ada, "pm_card_chargeDeclinedExpiredCard")

    error = error_of(caught.value)
    setup = client.v1.setup_intents.retrieve(error["setup_intent"]["id"])
    attempts = client.v1.setup_attempts.list({"setup_intent": setup.id}).data
    assert (caught.value.http_status, error["decline_code"], error["param"]) == (402, "expired_card", "exp_month")
    assert (setup.status, setup.payment_method) == ("requires_payment_method", None)
    assert setup.last_setup_error.code == "expired_card"
    assert [(attempt.status, attempt.setup_error.code) for attempt in attempts] == [("failed", "expired_card")]
    assert client.v1.events.list({"type": "setup_intent.setup_failed"}).data


@pytest.mark.parametrize(("succeed", "status"), [(True, "succeeded"), (False, "requires_payment_method")])
def test_authentication_decides(client: Client, server: Server, ada: Object, succeed: bool, status: str) -> None:
    setup = save(client, ada, "pm_card_authenticationRequired")
    assert setup.next_action.redirect_to_url.url.endswith(setup.id)

    server.control("3ds", {"intent": setup.id, "succeed": succeed})

    after = client.v1.setup_intents.retrieve(setup.id, {"expand": ["latest_attempt"]})
    assert after.status == status
    assert after.latest_attempt.status == ("succeeded" if succeed else "failed")
    assert len(client.v1.setup_attempts.list({"setup_intent": setup.id}).data) == 1
    assert (after.last_setup_error is None) == succeed


def test_a_saved_us_account_needs_no_second_verification(client: Client, server: Server, ada: Object) -> None:
    setup = save(client, ada, "pm_usBankAccount_success", mandate_data=OFFLINE)
    assert setup.next_action.type == "verify_with_microdeposits"
    saved = client.v1.setup_intents.verify_microdeposits(setup.id, {"amounts": [32, 45]})
    assert (saved.status, client.v1.mandates.retrieve(str(saved.mandate)).type) == ("succeeded", "multi_use")

    paid = pay(client, customer=ada.id, payment_method=str(saved.payment_method), off_session=True)

    assert paid.status == "processing"


def test_microdeposits_that_cannot_be_sent_fail_the_setup(client: Client, ada: Object) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        save(client, ada, "pm_usBankAccount_failMicrodeposits", mandate_data=OFFLINE)

    assert error_of(caught.value)["setup_intent"]["status"] == "requires_payment_method"


def test_verification_of_what_is_not_waiting_is_refused(client: Client, ada: Object) -> None:
    setup = save(client, ada, "pm_card_visa")

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.setup_intents.verify_microdeposits(setup.id, {"amounts": [32, 45]})

    assert error_of(caught.value)["code"] == "intent_invalid_state"


def test_the_customers_default_method_is_not_taken(client: Client) -> None:
    settings = {"default_payment_method": "pm_card_visa"}
    ada = client.v1.customers.create({"payment_method": "pm_card_visa", "invoice_settings": settings})

    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method") as caught:
        client.v1.setup_intents.create({"customer": ada.id, "confirm": True, "return_url": RETURN_URL})

    assert error_of(caught.value)["code"] == "setup_intent_unexpected_state"


def test_a_finished_setup_cannot_be_canceled(client: Client, ada: Object) -> None:
    done = save(client, ada, "pm_card_visa")
    waiting = client.v1.setup_intents.create({"customer": ada.id})

    with pytest.raises(stripe.InvalidRequestError, match="requires_payment_method, requires_confirmation") as caught:
        client.v1.setup_intents.cancel(done.id)
    canceled = client.v1.setup_intents.cancel(waiting.id, {"cancellation_reason": "abandoned"})

    assert error_of(caught.value)["setup_intent"]["id"] == done.id
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")


def test_lists_filter_by_customer(client: Client, ada: Object) -> None:
    hers = client.v1.setup_intents.create({"customer": ada.id, "metadata": {"a": "1"}})
    client.v1.setup_intents.create({})

    assert [row.id for row in client.v1.setup_intents.list({"customer": ada.id}).data] == [hers.id]
    assert client.v1.setup_intents.update(hers.id, {"metadata": {"b": "2"}}).metadata.to_dict() == {"a": "1", "b": "2"}
