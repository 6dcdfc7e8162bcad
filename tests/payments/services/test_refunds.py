"""Refunds: asked, doubtful and done ones count, also from many connections at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection

from config.base.actor import Actor
from config.base.errors import DomainError
from config.base.models import DomainEvent, StripeAccount
from config.base.money import Money
from payments.models import OutboundCall, Payment, Refund
from payments.services import payments, refunds
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")


@pytest.fixture
def paid(account: StripeAccount) -> Payment:
    return payments.create(
        account=account, amount=Money(1099, "eur"), payment_method="pm_card_visa", confirm=True, by=TEST
    )


def refunded_at_stripe(sandbox: LocalStripe, payment: Payment) -> int:
    return sum(
        refund.amount for refund in sandbox.client.v1.refunds.list({"payment_intent": str(payment.stripe_id)}).data
    )


def test_part_of_a_payment_is_given_back(paid: Payment, sandbox: LocalStripe) -> None:
    refund = refunds.create(payment=paid, amount=Money(300, "eur"), reason="duplicate", note="asked by phone", by=TEST)

    assert (refund.status, refund.amount, refund.reason) == ("succeeded", Money(300, "eur"), "duplicate")
    assert (paid.amount_refunded_minor, refunds.refundable(paid)) == (300, Money(799, "eur"))
    assert refunded_at_stripe(sandbox, paid) == 300
    story = DomainEvent.objects.filter(object_id=refund.public_id).order_by("sequence")
    assert [event.type for event in story] == ["refund.created", "refund.succeeded"]


def test_without_an_amount_the_rest_is_given_back(paid: Payment, sandbox: LocalStripe) -> None:
    refunds.create(payment=paid, amount=Money(300, "eur"), by=TEST)
    refunds.create(payment=paid, by=TEST)

    assert (paid.amount_refunded_minor, refunds.refundable(paid)) == (1099, Money(0, "eur"))
    with pytest.raises(refunds.PaymentNotRefundable):
        refunds.create(payment=paid, by=TEST)
    assert refunded_at_stripe(sandbox, paid) == 1099


def test_more_than_is_left_is_not_asked(paid: Payment, sandbox: LocalStripe) -> None:
    refunds.create(payment=paid, amount=Money(800, "eur"), by=TEST)

    with pytest.raises(refunds.RefundExceedsPayment):
        refunds.create(payment=paid, amount=Money(300, "eur"), by=TEST)

    assert refunded_at_stripe(sandbox, paid) == 800
    assert len(sandbox.requests("POST", "/v1/refunds")) == 1


def test_a_refund_in_doubt_counts(paid: Payment, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", "/v1/refunds", "drop_after", times=3)

    refund = refunds.create(payment=paid, amount=Money(800, "eur"), by=TEST)

    assert refund.status == "unknown"
    assert refunds.refundable(paid) == Money(299, "eur")
    doubt = payments.in_doubt(paid)
    assert doubt
    assert doubt.action == "refund"
    with pytest.raises(refunds.RefundExceedsPayment):
        refunds.create(payment=paid, amount=Money(300, "eur"), by=TEST)
    assert refunded_at_stripe(sandbox, paid) == 800


def test_ten_people_refunding_at_once_give_back_no_more_than_was_received(paid: Payment, sandbox: LocalStripe) -> None:
    def refund(_: int) -> bool:
        try:
            refunds.create(payment=Payment.objects.get(pk=paid.pk), amount=Money(400, "eur"), by=TEST)
        except DomainError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(10) as people:
        won = sum(people.map(refund, range(10)))

    assert won == 2
    assert refunded_at_stripe(sandbox, paid) == 800
    assert Refund.objects.counting().total_minor() == 800


def test_the_database_itself_refuses_a_wish_above_what_was_received(paid: Payment) -> None:
    with pytest.raises(IntegrityError, match="refunds asked would exceed"):
        Refund.objects.create(account=paid.account, payment=paid, amount_minor=1100, currency="eur")


def test_a_refund_made_at_stripe_is_recorded(paid: Payment, sandbox: LocalStripe) -> None:
    theirs = sandbox.client.v1.refunds.create({"payment_intent": str(paid.stripe_id), "amount": 250})

    payments.refresh(payment=paid, by=TEST)

    [refund] = paid.refunds.all()
    assert (refund.stripe_id, refund.status, refund.amount_minor, refund.requested_by) == (
        theirs.id,
        "succeeded",
        250,
        "Stripe",
    )
    assert refunds.refundable(paid) == Money(849, "eur")
    assert not OutboundCall.objects.filter(action="refund.create").exists()


def test_a_refund_that_fails_later_frees_its_amount(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = payments.create(
        account=account, amount=Money(1099, "eur"), payment_method="pm_card_refundFail", confirm=True, by=TEST
    )
    refund = refunds.create(payment=payment, by=TEST)
    assert refund.status == "succeeded"

    sandbox.advance(seconds=7 * 24 * 3600)
    payments.refresh(payment=payment, by=TEST)
    refund.refresh_from_db()

    assert refund.status == "failed"
    assert refunds.refundable(payment) == Money(1099, "eur")


def test_an_unpaid_payment_has_nothing_to_refund(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = payments.create(account=account, amount=Money(1099, "eur"), by=TEST)

    with pytest.raises(refunds.PaymentNotRefundable):
        refunds.create(payment=payment, by=TEST)

    assert sandbox.requests("POST", "/v1/refunds") == []
