"""3-D Secure: asked for, passed, failed, remembered."""

import pytest
import stripe

from tests.sandbox.server import Server
from tests.sandbox.wishes import RETURN_URL, Client, Object, pay


def decide(server: Server, intent: Object, *, succeed: bool) -> dict[str, object]:
    return server.control("3ds", {"intent": intent.id, "succeed": succeed})


def test_the_customer_is_sent_to_the_bank_and_comes_back_paid(client: Client, server: Server) -> None:
    intent = pay(client, payment_method="pm_card_authenticationRequired")

    assert intent.status == "requires_action"
    assert intent.next_action.redirect_to_url.return_url == RETURN_URL
    assert intent.next_action.redirect_to_url.url == f"{server.url}/_sandbox/3ds/{intent.id}"
    assert client.v1.charges.list({"payment_intent": intent.id}).data == []

    decide(server, intent, succeed=True)
    paid = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})

    assert (paid.status, paid.next_action) == ("succeeded", None)
    assert paid.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"


def test_without_a_return_url_stripe_js_does_it(client: Client) -> None:
    intent = pay(
        client, payment_method="pm_card_authenticationRequired", payment_method_types=["card"], return_url=None
    )

    assert intent.next_action.type == "use_stripe_sdk"


def test_failing_leaves_an_intent_that_wants_another_method(client: Client, server: Server) -> None:
    intent = pay(client, payment_method="pm_card_authenticationRequired")

    decide(server, intent, succeed=False)
    failed = client.v1.payment_intents.retrieve(intent.id)

    assert (failed.status, failed.payment_method) == ("requires_payment_method", None)
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    assert client.v1.events.list({"type": "payment_intent.payment_failed"}).data
    assert client.v1.charges.list({"payment_intent": intent.id}).data == []


@pytest.mark.parametrize(
    "method",
    ["pm_card_threeDSecureRequiredChargeDeclined", "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds"],
)
def test_a_bank_may_decline_after_authentication(client: Client, server: Server, method: str) -> None:
    intent = pay(client, payment_method=method)
    assert intent.status == "requires_action"

    decide(server, intent, succeed=True)

    declined = client.v1.payment_intents.retrieve(intent.id)
    assert (declined.status, declined.last_payment_error.code) == ("requires_payment_method", "card_declined")


def test_a_lookup_that_fails_declines(client: Client) -> None:
    with pytest.raises(stripe.CardError) as caught:
        pay(client, payment_method="pm_card_threeDSecureRequiredProcessingError")

    assert caught.value.code == "card_declined"


def test_a_card_set_up_for_later_pays_off_session(client: Client, server: Server, ada: Object) -> None:
    setup = client.v1.setup_intents.create(
        {"customer": ada.id, "payment_method": "pm_card_authenticationRequiredOnSetup", "confirm": True,
         "return_url": RETURN_URL}
    )  # fmt: skip
    assert setup.status == "requires_action"
    decide(server, setup, succeed=True)
    method = str(client.v1.setup_intents.retrieve(setup.id).payment_method)

    assert pay(client, customer=ada.id, payment_method=method, off_session=True).status == "succeeded"
    assert pay(client, customer=ada.id, payment_method=method).status == "requires_action"


def test_a_card_that_was_only_attached_is_not_set_up(client: Client, ada: Object) -> None:
    method = client.v1.payment_methods.attach("pm_card_authenticationRequiredOnSetup", {"customer": ada.id})

    with pytest.raises(stripe.CardError) as caught:
        pay(client, customer=ada.id, payment_method=method.id, off_session=True)

    assert caught.value.code == "authentication_required"


def test_an_already_set_up_card_pays_off_session_only(client: Client, ada: Object) -> None:
    method = client.v1.payment_methods.attach("pm_card_authenticationRequiredSetupForOffSession", {"customer": ada.id})

    assert pay(client, customer=ada.id, payment_method=method.id, off_session=True).status == "succeeded"
    assert pay(client, customer=ada.id, payment_method=method.id).status == "requires_action"


def test_any_card_can_be_asked_to_authenticate(client: Client) -> None:
    options = {"card": {"request_three_d_secure": "any"}}

    assert pay(client, payment_method_options=options).status == "requires_action"
    assert pay(client, payment_method="pm_card_amex", payment_method_options=options).status == "succeeded"


def test_an_action_can_be_an_error_instead(client: Client) -> None:
    with pytest.raises(stripe.CardError) as caught:
        pay(client, payment_method="pm_card_authenticationRequired", error_on_requires_action=True)

    assert caught.value.code == "authentication_required"


def test_a_waiting_intent_can_be_confirmed_with_another_card(client: Client) -> None:
    intent = pay(client, payment_method="pm_card_authenticationRequired")

    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa", "return_url": RETURN_URL})

    assert (paid.status, paid.next_action) == ("succeeded", None)


def test_a_waiting_intent_can_be_canceled(client: Client, server: Server) -> None:
    intent = pay(client, payment_method="pm_card_authenticationRequired")

    canceled = client.v1.payment_intents.cancel(intent.id)

    assert (canceled.status, canceled.next_action) == ("canceled", None)
    with pytest.raises(Exception, match="400"):
        decide(server, intent, succeed=True)
