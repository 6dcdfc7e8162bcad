"""A bank that asks the customer to confirm: there is a quarter of an hour for that, then the change is undone."""

from datetime import timedelta

import pytest

from billing.models import Invoice, Price, Quote, Subscription
from billing.services import access, first_payment, quote_sweep, subscriptions
from config.base.clock import real_now
from payments.models import Customer, OutboundCall
from tests.billing.conftest import use_card
from tests.billing.quotes.asking import DAY, TEST, at_stripe, collected, confirmed, hear, priced, running
from tests.plugins.stripe import LocalStripe


@pytest.fixture
def asked(ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe) -> Quote:
    """A confirmed change whose payment waits for the customer."""
    subscription = running(ada, basic)
    use_card(ada, "pm_card_authenticationRequired")
    ada.refresh_from_db()
    assert ada.default_payment_method
    subscriptions.set_payment_method(
        subscription=subscription, payment_method=ada.default_payment_method.stripe_id, by=TEST
    )
    sandbox.advance(seconds=10 * DAY)
    return confirmed(priced(subscription, price=pro))


def look_again() -> None:
    """The sweep, a minute later."""
    OutboundCall.objects.update(sent_at=real_now() - timedelta(minutes=1))
    quote_sweep.sweep()


def intent_of(quote: Quote) -> str:
    return Invoice.objects.get(stripe_id=quote.invoice_id).payments.get().payment_intent_id


def test_it_waits_and_lets_the_customer_in_meanwhile(asked: Quote, ada: Customer, sandbox: LocalStripe) -> None:
    look_again()

    asked.refresh_from_db()
    assert asked.status == Quote.Status.CONFIRMING
    assert access.of(customer=ada).allowed
    hear(asked.subscription)
    waiting = first_payment.waiting(asked.subscription)
    assert waiting
    assert waiting.client_secret
    assert collected(sandbox) == 2900


def test_once_the_customer_confirms_it_is_made(asked: Quote, pro: Price, sandbox: LocalStripe) -> None:
    sandbox.control("3ds", {"intent": intent_of(asked), "succeed": True})
    hear(asked.subscription)
    look_again()

    asked.refresh_from_db()
    assert asked.status == Quote.Status.ACCEPTED
    assert collected(sandbox) == 2900 + asked.total_now_minor
    assert at_stripe(sandbox, asked.subscription) == [(pro.stripe_id, 1)]


def test_a_customer_who_does_not_confirm_keeps_the_old_plan(asked: Quote, basic: Price, sandbox: LocalStripe) -> None:
    OutboundCall.objects.update(sent_at=real_now() - timedelta(minutes=16))

    quote_sweep.sweep()

    asked.refresh_from_db()
    assert asked.status == Quote.Status.FAILED
    assert collected(sandbox) == 2900
    assert at_stripe(sandbox, asked.subscription) == [(basic.stripe_id, 1)]
    hear(asked.subscription)
    assert Subscription.objects.get(pk=asked.subscription.pk).status == "active"
