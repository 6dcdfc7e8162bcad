"""Payments, from our wish to Stripe's word, over HTTP to the local Stripe."""

import pytest

from config.base.actor import Actor
from config.base.errors import DomainError
from config.base.models import DomainEvent, StripeAccount
from config.base.money import Money
from payments.models import OutboundCall, Payment, PaymentAttempt
from payments.services import inbox_drain, outbound, payments, poller
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")
INTENTS = "/v1/payment_intents"


def pay(account: StripeAccount, method: str = "pm_card_visa", **wishes) -> Payment:
    return payments.create(
        account=account, amount=Money(1099, "eur"), payment_method=method, confirm=True, by=TEST, **wishes
    )


def test_a_card_payment_is_made_once_and_its_story_is_told(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = pay(account, description="Two notebooks", metadata={"order": "17"})

    assert payment.status == "succeeded"
    assert (payment.amount_minor, payment.amount_received_minor, payment.amount_refunded_minor) == (1099, 1099, 0)
    assert payment.metadata == {"order": "17"}
    assert payment.payment_method
    assert payment.payment_method.last4 == "4242"
    assert [attempt.outcome for attempt in payment.attempts.all()] == ["succeeded"]
    story = DomainEvent.objects.filter(object_id=payment.public_id).order_by("sequence")
    assert [(event.sequence, event.type) for event in story] == [(1, "payment.created"), (2, "payment.succeeded")]
    [call] = OutboundCall.objects.all()
    assert (call.status, call.tries, call.resolved_by) == ("answered", 1, "reply")
    assert call.reply
    assert call.reply["client_secret"] == ""
    assert payment.client_secret.startswith(f"{payment.stripe_id}_secret_")
    assert len(sandbox.requests("POST", INTENTS)) == 1


def test_a_declined_card_leaves_a_payment_with_its_codes(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = pay(account, "pm_card_visa_chargeDeclinedInsufficientFunds")

    assert payment.status == "requires_payment_method"
    assert (payment.failure_code, payment.decline_code) == ("card_declined", "insufficient_funds")
    assert payment.amount_received_minor == 0
    call = payments.last_call(payment)
    assert (call.status, call.http_status, call.error_code) == ("refused", 402, "insufficient_funds")
    assert len(sandbox.requests("POST", INTENTS)) == 1


def test_two_declines_and_a_success_are_three_facts(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = pay(account, "pm_card_visa_chargeDeclinedInsufficientFunds")
    with pytest.raises(DomainError, match="expired"):
        payments.confirm(payment=payment, payment_method="pm_card_chargeDeclinedExpiredCard", by=TEST)
    payments.confirm(payment=payment, payment_method="pm_card_visa", by=TEST)
    poller.fetch_missed(account=account)
    inbox_drain.drain(by=TEST)

    attempts = PaymentAttempt.objects.filter(payment=payment).order_by("id")
    assert {(attempt.outcome, attempt.decline_code) for attempt in attempts} == {
        ("failed", "insufficient_funds"),
        ("failed", "expired_card"),
        ("succeeded", ""),
    }
    charges = sandbox.client.v1.charges.list({"payment_intent": str(payment.stripe_id)}).data
    assert sorted(attempt.source for attempt in attempts) == sorted(charge.id for charge in charges)


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (Money(0, "eur"), "invalid_amount"),
        (Money(-5, "eur"), "invalid_amount"),
        (Money(10**12, "eur"), "invalid_amount"),
        (Money(5124, "kwd"), "invalid_amount"),
        (Money(550, "isk"), "invalid_amount"),
        (Money(1050, "ugx"), "invalid_amount"),
        (Money(500, "xyz"), "unknown_currency"),
    ],
)
def test_an_amount_that_stripe_cannot_charge_asks_nothing(
    account: StripeAccount, sandbox: LocalStripe, amount: Money, code: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        payments.create(account=account, amount=amount, by=TEST)

    assert refusal.value.code == code
    assert not Payment.objects.exists()
    assert sandbox.requests("POST", INTENTS) == []


@pytest.mark.parametrize("amount", [Money(500, "jpy"), Money(5120, "kwd"), Money(50000, "isk"), Money(17533, "huf")])
def test_currencies_with_other_units_are_paid_as_asked(
    account: StripeAccount, sandbox: LocalStripe, amount: Money
) -> None:
    payment = payments.create(account=account, amount=amount, payment_method="pm_card_visa", confirm=True, by=TEST)

    assert (payment.status, payment.received) == ("succeeded", amount)
    [request] = sandbox.requests("POST", INTENTS)
    assert (request["params"]["amount"], request["params"]["currency"]) == (str(amount.minor), amount.currency)


def test_an_authorized_payment_is_captured_in_part_once(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = pay(account, capture_method="manual")
    assert (payment.status, payment.amount_capturable_minor) == ("requires_capture", 1099)

    payments.capture(payment=payment, amount=Money(900, "eur"), by=TEST)

    assert (payment.status, payment.amount_received_minor, payment.amount_capturable_minor) == ("succeeded", 900, 0)
    with pytest.raises(payments.PaymentNotCapturable):
        payments.capture(payment=payment, by=TEST)
    assert len(sandbox.requests("POST", f"{INTENTS}/{payment.stripe_id}/capture")) == 1


def test_more_than_was_authorized_is_not_captured(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = pay(account, capture_method="manual")

    with pytest.raises(payments.InvalidPayment):
        payments.capture(payment=payment, amount=Money(1100, "eur"), by=TEST)

    assert sandbox.requests("POST", f"{INTENTS}/{payment.stripe_id}/capture") == []


def test_a_canceled_payment_stays_canceled(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = pay(account, capture_method="manual")

    payments.cancel(payment=payment, reason="requested_by_customer", by=TEST)

    assert (payment.status, payment.cancellation_reason) == ("canceled", "requested_by_customer")
    with pytest.raises(payments.PaymentNotCancelable):
        payments.cancel(payment=payment, by=TEST)
    assert len(sandbox.requests("POST", f"{INTENTS}/{payment.stripe_id}/cancel")) == 1


def test_an_answer_lost_after_stripe_acted_is_fetched_with_the_same_key(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    sandbox.fail("POST", INTENTS, "drop_after")

    payment = pay(account)

    assert payment.status == "succeeded"
    requests = sandbox.requests("POST", INTENTS)
    assert len({request["idempotency_key"] for request in requests}) == 1
    assert len(sandbox.client.v1.payment_intents.list().data) == 1


def test_a_stripe_that_does_not_answer_leaves_the_payment_unknown(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", INTENTS, "drop_after", times=3)

    payment = pay(account)

    assert (payment.status, payment.stripe_id) == ("unknown", None)
    doubt = payments.in_doubt(payment)
    assert doubt
    assert doubt.action == "create"
    assert isinstance(outbound.failure(payments.last_call(payment)), DomainError)
    assert len(sandbox.client.v1.payment_intents.list().data) == 1


def test_what_stripe_refuses_is_rejected_and_says_why(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = pay(account, "pm_that_nobody_made")

    assert (payment.status, payment.failure_code) == ("rejected", "resource_missing")
    failure = outbound.failure(payments.last_call(payment))
    assert failure
    assert "pm_that_nobody_made" in failure.detail
    assert sandbox.client.v1.payment_intents.list().data == []


def test_a_flag_stays_until_staff_clear_it_and_comes_back_only_with_a_new_fact(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    payment = pay(account)
    Payment.objects.filter(pk=payment.pk).update(amount_minor=999)  # as if Stripe had said so before
    payments.refresh(payment=payment, by=TEST)
    assert payment.flags == ["amount_changed"]

    payments.clear_flags(payment=payment, by=TEST, reason="The customer agreed by phone.")
    payments.refresh(payment=payment, by=TEST)

    payment.refresh_from_db()
    assert payment.flags == []
    assert DomainEvent.objects.filter(object_id=payment.public_id, type="payment.flags_cleared").count() == 1
    with pytest.raises(payments.NothingFlagged):
        payments.clear_flags(payment=payment, by=TEST, reason="again")
