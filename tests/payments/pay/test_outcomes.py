"""Every state of a payment has its words, and only some of them a form."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from config.base import clock
from config.base.money import Money
from payments.models import Payment
from payments.services import pay_links, payments, refunds
from payments.services.pay_links import LinkDetails
from tests.plugins.pay_links import SHOP

INTENTS = "/v1/payment_intents"


def status_of(link) -> dict[str, Any]:
    response = Client(headers={"accept-language": "en"}).get(f"{pay_links.url(link)}status")
    assert response.status_code == 200
    return dict(response.json())


def told(link) -> tuple[str, bool]:
    status = status_of(link)
    html = Client(headers={"accept-language": "en"}).get(pay_links.url(link)).content.decode()
    assert status["title"].replace("'", "&#x27;") in html
    assert ('id="form" novalidate aria-labelledby="form-title" hidden' in html) is not status["payable"]
    return status["state"], status["payable"]


def test_a_new_payment_is_open(make_link):
    assert told(make_link()) == ("open", True)


def test_a_decline_says_what_to_do_and_leaves_the_form(make_link):
    link = make_link("pm_card_visa_chargeDeclinedInsufficientFunds")

    assert told(link) == ("declined", True)
    assert "not enough money" in status_of(link)["text"]


def test_a_stolen_card_is_declined_like_any_other(make_link):
    stolen, plain = make_link("pm_card_visa_chargeDeclinedStolenCard"), make_link("pm_card_visa_chargeDeclined")

    assert stolen.payment.decline_code == "stolen_card"
    assert status_of(stolen)["text"] == status_of(plain)["text"]


def test_a_payment_that_waits_for_the_bank_may_be_finished(make_link):
    assert told(make_link("pm_card_threeDSecure2Required")) == ("action", True)


def test_a_paid_payment_shows_what_was_received_and_its_receipt(make_link):
    link = make_link("pm_card_visa")

    assert told(link) == ("paid", False)
    assert status_of(link)["text"] == "Ada Papers GmbH has received €10.99."
    assert status_of(link)["receipt_url"] == link.payment.receipt_url != ""


def test_a_reserved_amount_is_not_called_paid(make_link):
    link = make_link("pm_card_visa", capture_method="manual")

    assert told(link) == ("reserved", False)
    assert status_of(link)["title"] == "Reserved, not yet charged"


@pytest.mark.parametrize(("minor", "state"), [(500, "partly_refunded"), (1099, "refunded")])
def test_a_refund_shows(make_link, minor, state):
    link = make_link("pm_card_visa")
    refunds.create(payment=link.payment, amount=Money(minor, "eur"), by=SHOP)

    assert told(link) == (state, False)
    assert str(Money(minor, "eur")) in status_of(link)["text"]


def test_a_canceled_payment_cannot_be_paid(make_link):
    link = make_link()
    payments.cancel(payment=link.payment, by=SHOP)

    assert told(link) == ("canceled", False)


def test_an_expired_link_cannot_be_paid_and_cancels_nothing(make_link, sandbox):
    link = make_link(details=LinkDetails(expires_at=clock.now() + timedelta(hours=1)))
    assert told(link) == ("open", True)

    sandbox.advance(seconds=3601)

    assert told(link) == ("expired", False)
    assert sandbox.client.v1.payment_intents.retrieve(link.payment.stripe_id).status == "requires_payment_method"


def test_a_payment_that_stripe_has_not_answered_for_is_being_prepared(make_link, sandbox):
    sandbox.fail("POST", INTENTS, "drop_before", times=3)
    link = make_link()

    assert link.payment.status == Payment.Status.UNKNOWN
    assert told(link) == ("preparing", False)
    assert status_of(link)["poll_seconds"] == 3


def test_a_payment_that_was_never_made_says_so(make_link, sandbox):
    link = make_link("pm_that_is_not_there")

    assert link.payment.status == Payment.Status.REJECTED
    assert told(link) == ("rejected", False)


def test_while_a_wish_is_in_doubt_nobody_is_asked_to_pay(make_link, sandbox):
    link = make_link()
    sandbox.fail("POST", f"{INTENTS}/{link.payment.stripe_id}/cancel", "drop_before", times=3)
    payments.cancel(payment=link.payment, by=SHOP)

    assert told(link) == ("in_doubt", False)
    assert "do not pay again" in status_of(link)["text"]
