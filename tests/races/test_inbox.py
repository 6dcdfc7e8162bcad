"""Many at once: connections of their own, committed for real."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection, transaction
from djstripe import models as djstripe
from stripe.params import PaymentIntentCreateParams

from config.base.actor import Actor
from config.base.clock import real_now
from config.base.models import DomainEvent, StripeAccount
from payments.models import InboxEvent, Payment, PaymentAttempt, Root
from payments.services import inbox_claims, inbox_drain, poller
from tests.payments.inbox.posting import event, events_of, post
from tests.plugins.stripe import LocalStripe

T = TypeVar("T")


def at_once(number: int, act: Callable[[], T]) -> list[T]:
    """Run it in so many threads that start together; what each returned."""
    gate = threading.Barrier(number)

    def run(_: int) -> T:
        gate.wait()
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(run, range(number)))


def drain() -> dict[str, int]:
    return dict(inbox_drain.drain(by=Actor.system("test")))


def paid(sandbox: LocalStripe, number: int) -> list[str]:
    wishes: PaymentIntentCreateParams = {
        "amount": 1099,
        "currency": "eur",
        "payment_method": "pm_card_visa",
        "confirm": True,
        "return_url": "https://example.com",
    }
    return [sandbox.client.v1.payment_intents.create(wishes).id for _ in range(number)]


def test_a_hundred_copies_at_once_are_one_row_and_one_effect(account: StripeAccount, sandbox: LocalStripe) -> None:
    [intent] = paid(sandbox, 1)
    [told] = [event for event in events_of(sandbox) if event["type"] == "charge.succeeded"]

    answers = at_once(100, lambda: post(told).status_code)

    assert set(answers) == {200}
    assert InboxEvent.objects.count() == 1
    at_once(4, drain)
    assert Payment.objects.get().stripe_id == intent
    assert PaymentAttempt.objects.count() == 1
    assert DomainEvent.objects.filter(type="payment.succeeded").count() == 1
    assert djstripe.Event.objects.count() == 1


def test_several_drains_share_the_work_and_do_nothing_twice(account: StripeAccount, sandbox: LocalStripe) -> None:
    intents = paid(sandbox, 12)
    for told in events_of(sandbox):
        post(told)

    counts = at_once(4, drain)

    assert not InboxEvent.objects.filter(status="waiting").exists()
    assert sum(count.get("handled", 0) for count in counts) == InboxEvent.objects.count()
    assert Payment.objects.filter(status="succeeded").count() == 12
    assert PaymentAttempt.objects.count() == 12
    assert all(len(sandbox.requests("GET", f"/v1/payment_intents/{intent}")) == 1 for intent in intents)
    assert not Root.objects.exclude(mirror_error="").exists()


def test_drains_that_lost_their_leases_still_do_nothing_twice(account: StripeAccount, sandbox: LocalStripe) -> None:
    [intent] = paid(sandbox, 1)
    for told in events_of(sandbox):
        post(told)
    sandbox.fail("GET", f"/v1/payment_intents/{intent}", "slow", times=4, seconds=0.5)

    def impatient() -> object:
        Root.objects.update(lease_until=None)
        return drain()

    at_once(4, impatient)

    assert Payment.objects.get().status == "succeeded"
    assert PaymentAttempt.objects.count() == 1
    assert DomainEvent.objects.filter(type="payment.succeeded").count() == 1
    assert not InboxEvent.objects.filter(status="waiting").exists()


@pytest.mark.django_db
def test_two_pollers_at_once_store_each_event_once(account: StripeAccount, sandbox: LocalStripe) -> None:
    for number in range(30):
        sandbox.client.v1.customers.create({"name": str(number)})

    counts = at_once(2, lambda: poller.fetch_missed(account=StripeAccount.objects.get())["missed"])

    assert InboxEvent.objects.count() == 30
    assert sum(counts) == 30


@pytest.mark.django_db
def test_a_drain_takes_what_another_that_claims_right_now_leaves(account: StripeAccount) -> None:
    for number in range(inbox_claims.ROOTS_A_ROUND + 4):
        post(event(object_id=f"cus_{number}"))
    inbox_claims.release(inbox_claims.claim(now=real_now()))
    is_claiming, is_done = threading.Event(), threading.Event()

    def claim_slowly() -> None:
        with transaction.atomic():
            list(Root.objects.order_by("pk").select_for_update()[: inbox_claims.ROOTS_A_ROUND])
            is_claiming.set()
            is_done.wait(10)
        connection.close()

    with ThreadPoolExecutor(1) as other:
        other.submit(claim_slowly)
        is_claiming.wait(10)
        left = inbox_claims.claim(now=real_now())
        is_done.set()

    assert len(left) == 4
