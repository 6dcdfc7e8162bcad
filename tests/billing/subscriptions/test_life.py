"""Paused, resumed, canceled, taken back: each once, each with who and why."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry

from billing.models import CreditNote, Price, Quote, Subscription
from billing.services import (
    access,
    cancel_with_refund,
    cancellations,
    plan_changes,
    quote_sweep,
    schedules,
    subscriptions,
)
from billing.services.cancellations import Rest
from config.base import clock
from config.base.clock import real_now
from config.base.models import DomainEvent
from config.base.money import Money
from payments.models import Customer, OutboundCall
from payments.services import recovery
from tests.billing.conftest import NewCustomer
from tests.billing.quotes.asking import DAY, TEST, balance, collected, confirmed, hear, priced, refused, running
from tests.plugins.stripe import LocalStripe


def test_a_pause_stops_collecting_until_it_is_resumed(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)

    subscriptions.pause(subscription=subscription, reason="On leave", by=TEST)

    assert (subscription.status, subscription.pause_behavior) == ("active", "void")
    assert access.of(customer=ada).reason == "paused"
    line = LogEntry.objects.get(additional_data__reason="On leave")
    assert line.changes == {"asked": ["", "subscription.pause"]}
    sandbox.advance(seconds=32 * DAY)
    hear(subscription)
    assert collected(sandbox) == 2900
    subscriptions.resume(subscription=subscription, by=TEST)
    assert subscription.pause_behavior == ""
    sandbox.advance(seconds=31 * DAY)
    assert collected(sandbox) == 5800


def test_it_can_resume_by_itself(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    at = clock.now().replace(microsecond=0) + timedelta(days=5)

    subscriptions.pause(subscription=subscription, behavior="keep_as_draft", resumes_at=at, by=TEST)

    assert subscription.pause_resumes_at == at
    sandbox.advance(seconds=6 * DAY)
    hear(subscription)
    assert subscription.pause_behavior == ""


def test_a_pause_into_the_past_is_refused(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)

    with refused("invalid_subscription"):
        subscriptions.pause(subscription=subscription, resumes_at=clock.now() - timedelta(hours=1), by=TEST)


def test_what_is_not_paused_is_not_resumed(ada: Customer, basic: Price) -> None:
    with refused("subscription_not_changeable"):
        subscriptions.resume(subscription=running(ada, basic), by=TEST)


def test_a_trial_that_ended_without_a_card_goes_on_with_one(
    new_customer: NewCustomer, basic: Price, sandbox: LocalStripe
) -> None:
    nobody = new_customer(card="")
    subscription = running(nobody, basic, trial_days=3, trial_end_behavior="pause")
    sandbox.advance(seconds=4 * DAY)
    hear(subscription)
    assert (subscription.status, access.of(customer=nobody).allowed) == ("paused", False)

    subscriptions.resume(subscription=subscription, by=TEST)

    assert subscription.status in {"paused", "active", "past_due"}


def test_at_the_end_of_its_period_it_ends_and_is_not_renewed(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)

    subscriptions.cancel_at_period_end(subscription=subscription, reason="Moves", comment="Too far", by=TEST)

    assert (subscription.status, access.of(customer=ada).reason) == ("active", "ends")
    sandbox.advance(seconds=32 * DAY)
    hear(subscription)
    assert (subscription.status, access.of(customer=ada).reason) == ("canceled", "canceled")
    assert collected(sandbox) == 2900


def test_a_cancellation_is_taken_back_before_it_comes(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    subscriptions.cancel_at_period_end(subscription=subscription, by=TEST)
    with refused("subscription_not_changeable"):
        subscriptions.cancel_at_period_end(subscription=subscription, by=TEST)

    subscriptions.undo_cancel(subscription=subscription, by=TEST)

    assert not subscription.cancel_at_period_end
    assert subscription.cancel_at is None
    sandbox.advance(seconds=32 * DAY)
    assert collected(sandbox) == 5800


def test_what_ends_now_keeps_the_rest_unless_told_otherwise(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)

    cancellations.cancel(subscription=subscription, comment="Closed the shop", by=TEST)

    assert subscription.status == "canceled"
    assert (balance(sandbox, ada), collected(sandbox)) == (0, 2900)
    assert not access.of(customer=ada).allowed
    with refused("subscription_not_changeable"):
        cancellations.cancel(subscription=subscription, by=TEST)


def test_the_rest_is_credited_as_was_shown(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    shown = cancellations.effect(subscription=subscription, rest=Rest.CREDIT)
    assert 0 < shown.given_back.minor < 2900

    cancellations.cancel(subscription=subscription, rest=Rest.CREDIT, by=TEST)

    assert subscription.status == "canceled"
    assert abs(balance(sandbox, ada) + shown.given_back.minor) <= 1


def test_the_rest_is_refunded_by_a_credit_note(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    shown = cancellations.effect(subscription=subscription, rest=Rest.REFUND)

    cancellations.cancel(subscription=subscription, rest=Rest.REFUND, reason="Goodwill", by=TEST)

    assert subscription.status == "canceled"
    [note] = CreditNote.objects.all()
    assert (note.status, note.refund_minor) == ("issued", note.total_minor)
    assert abs(note.total_minor - shown.given_back.minor) <= 1
    [refund] = sandbox.client.v1.refunds.list().data
    assert refund.amount == note.total_minor
    assert balance(sandbox, ada) == 0
    assert Quote.objects.get().status == "accepted"


def test_the_rest_is_refunded_from_all_that_paid_for_it(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    confirmed(priced(subscription, price=pro))
    hear(subscription)
    shown = cancellations.effect(subscription=subscription, rest=Rest.REFUND)
    assert shown.given_back.minor > 3900

    cancellations.cancel(subscription=subscription, rest=Rest.REFUND, by=TEST)

    refunds = sandbox.client.v1.refunds.list().data
    assert len(refunds) == 2
    assert abs(sum(refund.amount for refund in refunds) - shown.given_back.minor) <= 2
    assert Quote.objects.get(change__has_key="cancel").status == "accepted"


def test_a_refund_left_in_the_middle_is_finished_once(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    sandbox.fail("POST", "/v1/credit_notes", "drop_before", times=3)
    cancellations.cancel(subscription=subscription, rest=Rest.REFUND, by=TEST)
    assert subscription.status == "canceled"
    assert Quote.objects.get().status == "confirming"

    for _ in range(2):
        long_ago = real_now() - timedelta(hours=2)
        OutboundCall.objects.filter(status="sent").update(next_check_at=long_ago, valid_until=long_ago)
        OutboundCall.objects.update(sent_at=long_ago)
        recovery.sweep()
        quote_sweep.sweep()

    assert Quote.objects.get().status == "accepted"
    assert len(sandbox.client.v1.refunds.list().data) == 1


def test_an_end_that_was_never_asked_leaves_the_subscription_free(
    ada: Customer, basic: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    parts = cancel_with_refund.refundable(subscription, Money(2900, "eur"))
    quote = cancel_with_refund.begin(subscription, parts, {"prorate": False}, by=TEST, reason="")
    long_ago = real_now() - timedelta(hours=3)
    OutboundCall.objects.filter(status="sent").update(sent_at=long_ago, next_check_at=long_ago, valid_until=long_ago)

    recovery.sweep()
    quote_sweep.sweep()

    quote.refresh_from_db()
    assert quote.status == Quote.Status.FAILED
    assert subscriptions.pause(subscription=subscription, by=TEST).status == "answered"


@pytest.mark.parametrize("path", ["/v1/credit_notes", "/v1/credit_notes/preview"])
def test_a_refund_of_the_rest_that_meets_a_limit_is_made_by_the_sweep(
    ada: Customer, basic: Price, sandbox: LocalStripe, path: str
) -> None:
    subscription = running(ada, basic)
    sandbox.fail("GET" if "preview" in path else "POST", path, "rate_limit_429", times=3)

    cancellations.cancel(subscription=subscription, rest=Rest.REFUND, by=TEST)
    assert sandbox.client.v1.refunds.list().data == []
    OutboundCall.objects.update(sent_at=real_now() - timedelta(minutes=2))
    quote_sweep.sweep()

    assert Quote.objects.get().status == Quote.Status.ACCEPTED
    assert len(sandbox.client.v1.refunds.list().data) == 1
    hear(subscription)
    assert subscription.flags == []


def test_a_rest_that_the_bank_takes_back_is_not_promised(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    sandbox.control("disputes", {"charge": sandbox.client.v1.charges.list().data[0].id, "reason": "fraudulent"})
    hear(subscription)

    shown = cancellations.effect(subscription=subscription, rest=Rest.REFUND)
    cancellations.cancel(subscription=subscription, rest=Rest.REFUND, by=TEST)

    assert shown.given_back.minor == 0
    assert (subscription.status, subscription.flags) == ("canceled", [])
    assert sandbox.requests("POST", "/v1/credit_notes") == []


def test_a_trial_is_ended_without_a_refund(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic, trial_days=14)

    cancellations.cancel(subscription=subscription, rest=Rest.REFUND, by=TEST)

    assert subscription.status == "canceled"
    assert not CreditNote.objects.exists()


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
def test_a_lost_answer_cancels_once(ada: Customer, basic: Price, sandbox: LocalStripe, kind: str) -> None:
    subscription = running(ada, basic)
    sandbox.fail("DELETE", f"/v1/subscriptions/{subscription.stripe_id}", kind, times=3)

    cancellations.cancel(subscription=subscription, by=TEST)
    assert subscription.status == "active"
    with refused("action_in_doubt"):
        subscriptions.pause(subscription=subscription, by=TEST)
    OutboundCall.objects.filter(status="sent").update(next_check_at=real_now())
    recovery.sweep()

    subscription.refresh_from_db()
    assert subscription.status == "canceled"
    assert DomainEvent.objects.filter(object_id=subscription.public_id, type="subscription.canceled").count() == 1


def test_another_card_is_used_from_now_on(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    method = sandbox.client.v1.payment_methods.attach("pm_card_mastercard", {"customer": str(ada.stripe_id)})

    subscriptions.set_payment_method(subscription=subscription, payment_method=method.id, by=TEST)

    assert subscription.default_payment_method
    assert subscription.default_payment_method.stripe_id == method.id


def test_a_change_at_the_end_of_the_period_comes_with_it(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, pro)
    quote = _planned(subscription, basic)

    assert (quote.status, quote.total_now_minor, quote.total_next_minor) == ("accepted", 0, 2900)
    assert subscription.schedule_id
    assert [item.price for item in plan_changes.items_of(subscription)] == [pro]
    sandbox.advance(seconds=32 * DAY)
    hear(subscription)
    assert [item.price for item in plan_changes.items_of(subscription)] == [basic]
    assert collected(sandbox) == 5900 + 2900


def test_a_planned_change_is_taken_back(ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, pro)
    _planned(subscription, basic)
    with refused("change_scheduled"):
        subscriptions.cancel_at_period_end(subscription=subscription, by=TEST)

    schedules.release(subscription=subscription, by=TEST)

    assert subscription.schedule_id == ""
    sandbox.advance(seconds=32 * DAY)
    hear(subscription)
    assert [item.price for item in plan_changes.items_of(subscription)] == [pro]


def _planned(subscription: Subscription, price: Price) -> Quote:
    quote = confirmed(priced(subscription, price=price, when="period_end"))
    subscription.refresh_from_db()
    return quote
