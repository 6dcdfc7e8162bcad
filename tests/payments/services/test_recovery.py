"""The sweep: what is in doubt is settled, once, and nobody is charged after they stopped waiting."""

from datetime import timedelta
from typing import Any

import pytest

from config.base.actor import Actor
from config.base.clock import real_now
from config.base.models import StripeAccount
from config.base.money import Money
from payments.models import OutboundCall, Payment, Refund
from payments.services import payments, recovery, refunds
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")
INTENTS = "/v1/payment_intents"


def ask(account: StripeAccount, **wishes: Any) -> Payment:
    wanted: dict[str, Any] = {"payment_method": "pm_card_visa", "confirm": True} | wishes
    return payments.create(account=account, amount=Money(1099, "eur"), by=TEST, **wanted)


def make_due() -> None:
    OutboundCall.objects.filter(status="sent").update(next_check_at=real_now() - timedelta(seconds=1))


def stop_waiting() -> None:
    OutboundCall.objects.filter(status="sent").update(valid_until=real_now() - timedelta(seconds=1))
    make_due()


def test_a_lost_answer_is_had_by_the_same_key(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", INTENTS, "drop_after", times=3)
    payment = ask(account)
    assert payment.status == "unknown"

    make_due()
    swept = recovery.sweep()

    payment.refresh_from_db()
    assert (swept.settled, swept.in_doubt, payment.status) == (1, 0, "succeeded")
    assert OutboundCall.objects.get().resolved_by == "same key"
    assert len(sandbox.client.v1.payment_intents.list().data) == 1
    assert len(sandbox.client.v1.charges.list().data) == 1


def test_an_unfinished_wish_is_not_sent_again_after_the_customer_left(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    sandbox.fail("POST", INTENTS, "drop_before", times=3)
    payment = ask(account)

    stop_waiting()
    swept = recovery.sweep()

    payment.refresh_from_db()
    assert (swept.settled, payment.status, payment.failure_code) == (1, "rejected", "never_made")
    assert sandbox.client.v1.payment_intents.list().data == []


def test_money_that_arrived_unseen_is_found_in_the_list(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", INTENTS, "drop_after", times=3)
    payment = ask(account)

    stop_waiting()
    recovery.sweep()

    payment.refresh_from_db()
    assert (payment.status, payment.amount_received_minor) == ("succeeded", 1099)
    assert payment.flags == ["arrived_late"]
    assert OutboundCall.objects.get().resolved_by == "list"
    assert len(sandbox.requests("POST", INTENTS)) == 3


def test_a_payment_that_shows_up_late_is_canceled(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", INTENTS, "drop_after", times=3)
    payment = ask(account, confirm=False, payment_method="")

    stop_waiting()
    swept = recovery.sweep()

    payment.refresh_from_db()
    assert (swept.canceled, payment.status, payment.cancellation_reason) == (1, "canceled", "abandoned")
    assert recovery.sweep() == recovery.Swept(0, 0, 0)


def test_a_payment_given_up_and_then_made_is_canceled(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", INTENTS, "drop_before", times=3)
    payment = ask(account, confirm=False, payment_method="")
    stop_waiting()
    recovery.sweep()
    late = sandbox.client.v1.payment_intents.create(
        {"amount": 1099, "currency": "eur", "metadata": {"counterfoil_id": payment.public_id}}
    )

    payment.stripe_id = late.id
    payments.refresh(payment=payment, by=TEST)
    recovery.sweep()

    payment.refresh_from_db()
    assert (payment.status, payment.flags) == ("canceled", ["arrived_late"])


def test_a_stored_500_is_looked_up_and_not_repeated_for_ever(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", INTENTS, "error_500")
    payment = ask(account)
    assert payment.status == "unknown"

    make_due()
    assert recovery.sweep().in_doubt == 1
    stop_waiting()
    recovery.sweep()

    payment.refresh_from_db()
    assert payment.status == "rejected"
    assert sandbox.client.v1.charges.list().data == []


@pytest.mark.parametrize("leave", [make_due, stop_waiting])
def test_a_capture_in_doubt_happens_once(account: StripeAccount, sandbox: LocalStripe, leave) -> None:
    payment = ask(account, capture_method="manual")
    sandbox.fail("POST", f"{INTENTS}/{payment.stripe_id}/capture", "drop_after", times=3)
    call = payments.capture(payment=payment, by=TEST)
    assert (call.status, payment.status) == ("sent", "requires_capture")
    with pytest.raises(payments.ActionInDoubt):
        payments.cancel(payment=payment, by=TEST)

    leave()
    recovery.sweep()

    payment.refresh_from_db()
    assert (payment.status, payment.amount_received_minor) == ("succeeded", 1099)
    assert OutboundCall.objects.filter(action="payment.capture").get().status == "answered"


@pytest.mark.parametrize("leave", [make_due, stop_waiting])
def test_a_refund_in_doubt_happens_once(account: StripeAccount, sandbox: LocalStripe, leave) -> None:
    payment = ask(account)
    sandbox.fail("POST", "/v1/refunds", "drop_after", times=3)
    refund = refunds.create(payment=payment, amount=Money(400, "eur"), by=TEST)
    assert refund.status == "unknown"

    leave()
    recovery.sweep()

    assert [(r.status, r.amount_minor) for r in Refund.objects.all()] == [("succeeded", 400)]
    assert [r.amount for r in sandbox.client.v1.refunds.list().data] == [400]


def test_a_refund_that_never_left_frees_its_amount(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = ask(account)
    sandbox.fail("POST", "/v1/refunds", "drop_before", times=3)
    refund = refunds.create(payment=payment, amount=Money(400, "eur"), by=TEST)

    stop_waiting()
    recovery.sweep()

    refund.refresh_from_db()
    assert refund.status == "rejected"
    assert refunds.refundable(payment) == Money(1099, "eur")
    assert sandbox.client.v1.refunds.list().data == []
