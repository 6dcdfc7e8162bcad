"""Bad luck between the steps of road two: nothing twice, nothing for ever in doubt, no fact refused."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.db import connection, transaction

from config.base.actor import Actor
from config.base.clock import real_now
from config.base.models import StripeAccount
from config.base.money import Money
from payments import gateway
from payments.failures import Refused
from payments.models import Customer, OutboundCall, Payment, PaymentAttempt, PaymentMethod, Refund, Root
from payments.services import customers, inbox_drain, outbound, pay_links, payments, recovery, refunds, snapshots
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")
INTENTS = "/v1/payment_intents"


@contextmanager
def meanwhile(act: Callable[[], Any]) -> Iterator[None]:
    """`act` runs in a thread with a connection of its own; it is done at the end of the block."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(run)
        yield
        done.result()


@contextmanager
def away() -> Iterator[None]:
    here, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://127.0.0.1:9"
    gateway.forget_client()
    try:
        yield
    finally:
        settings.STRIPE_API_BASE = here
        gateway.forget_client()


def wait_until(holds: Callable[[], object]) -> None:
    ends_at = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def paid(account: StripeAccount, **wishes: Any) -> Payment:
    wanted: dict[str, Any] = {"payment_method": "pm_card_visa", "confirm": True} | wishes
    return payments.create(account=account, amount=Money(1099, "eur"), by=TEST, **wanted)


def canceling(payment: Payment) -> OutboundCall:
    with transaction.atomic():
        return outbound.prepare(
            account=payment.account,
            action="payment.cancel",
            subject=payment,
            path=f"{INTENTS}/{payment.stripe_id}/cancel",
            params={},
            by=TEST,
            root_kind="payment_intent",
            root_id=payment.stripe_id or "",
        )


def stop_waiting() -> None:
    past = real_now() - timedelta(seconds=1)
    OutboundCall.objects.filter(status="sent").update(valid_until=past, next_check_at=past)


def intent_of(sandbox: LocalStripe, payment: Payment, *expand: str) -> dict[str, Any]:
    body: dict[str, Any] = sandbox.client.raw_request("get", f"{INTENTS}/{payment.stripe_id}", expand=list(expand)).data
    return body


def test_a_call_that_was_settled_meanwhile_does_not_leave(account: StripeAccount, sandbox: LocalStripe) -> None:
    call = canceling(paid(account, capture_method="manual"))
    with transaction.atomic():
        outbound.reject(
            OutboundCall.objects.get(pk=call.pk), code="never_made", message="", by=TEST, resolved_by="list"
        )

    outbound.send(call, by=TEST)

    assert (call.status, call.tries) == ("rejected", 0)
    assert sandbox.requests("POST", call.path) == []


def test_a_call_whose_wisher_left_does_not_leave(account: StripeAccount, sandbox: LocalStripe) -> None:
    call = canceling(paid(account, capture_method="manual"))
    stop_waiting()

    outbound.send(call, by=TEST)

    assert call.status == "sent"
    assert sandbox.requests("POST", call.path) == []
    recovery.sweep()
    assert OutboundCall.objects.get(pk=call.pk).status == "rejected"


def test_who_could_not_leave_does_not_speak_for_a_sweep_that_tries_too(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    call = canceling(paid(account, capture_method="manual"))
    OutboundCall.objects.filter(pk=call.pk).update(tries=1)

    with away():
        outbound.send(call, by=TEST)

    assert OutboundCall.objects.get(pk=call.pk).status == "sent"


def test_a_refused_refund_frees_its_amount_also_when_its_intent_comes_with_the_refusal(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    payment = paid(account)
    sandbox.fail("POST", "/v1/refunds", "drop_before", times=3)
    refund = refunds.create(payment=payment, amount=Money(400, "eur"), by=TEST)
    call = OutboundCall.objects.get(action="refund.create")
    body = {"message": "No.", "payment_intent": intent_of(sandbox, payment)}

    outbound.refused(call, Refused("No.", http_status=400, body=body), by=TEST)

    refund.refresh_from_db()
    assert refund.status == "rejected"
    assert refunds.refundable(payment) == Money(1099, "eur")


def test_a_bare_intent_takes_nothing_away_and_is_read_whole(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = paid(account, capture_method="manual")
    assert payment.capture_before is not None
    call = canceling(payment)
    body = {"message": "Not now.", "payment_intent": intent_of(sandbox, payment)}

    outbound.refused(call, Refused("Not now.", http_status=400, body=body), by=TEST)

    payment.refresh_from_db()
    assert payment.capture_before is not None
    assert Root.objects.get(stripe_id=payment.stripe_id).wanted_at
    inbox_drain.drain(by=TEST)
    assert Root.objects.get(stripe_id=payment.stripe_id).wanted_at is None


def test_what_stripe_says_of_a_person_stays_out_of_the_audit(account: StripeAccount, sandbox: LocalStripe) -> None:
    with pytest.raises(Refused, match="ada at example"):
        customers.create(account=account, email="ada at example.com", by=TEST)

    line = LogEntry.objects.get(object_repr=Customer.objects.get().public_id)
    assert line.changes == {"status": ["unknown", "rejected"]}
    assert "ada" not in str(line.additional_data)


def test_a_sweep_that_was_overtaken_looks_again_before_it_gives_up(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    payment = paid(account)
    sandbox.fail("POST", "/v1/refunds", "drop_after", times=3)
    refund = refunds.create(payment=payment, amount=Money(400, "eur"), by=TEST)
    stop_waiting()
    sandbox.fail("GET", f"{INTENTS}/{payment.stripe_id}", "slow", seconds=1)

    with meanwhile(recovery.sweep):
        wait_until(lambda: sandbox.requests("GET", f"{INTENTS}/{payment.stripe_id}"))
        payments.refresh(payment=payment, by=TEST)

    call = OutboundCall.objects.get(action="refund.create")
    assert (call.status, Refund.objects.get().status) == ("sent", "succeeded")
    stop_waiting()
    recovery.sweep()
    call.refresh_from_db()
    assert (call.status, call.resolved_by) == ("answered", "object")
    refund.refresh_from_db()
    assert refund.status == "succeeded"


def test_a_call_that_cannot_be_settled_holds_up_no_other(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", INTENTS, "drop_after", times=6)
    broken, other = paid(account), paid(account)
    OutboundCall.objects.filter(subject_id=broken.public_id).update(root_kind="nobody_knows")
    stop_waiting()

    assert recovery.sweep() == recovery.Swept(settled=1, in_doubt=1, canceled=0)

    other.refresh_from_db()
    assert other.status == "succeeded"
    call = payments.last_call(broken)
    assert (call.status, call.error_code, call.error_message) == ("sent", "internal_error", "KeyError: 'nobody_knows'")


def test_a_fetch_that_began_before_a_wish_does_not_fulfil_it(account: StripeAccount, sandbox: LocalStripe) -> None:
    ada = sandbox.client.v1.customers.create({"email": "ada@example.com"})
    path = f"/v1/customers/{ada.id}"
    root = snapshots.root_for(account=account, kind="customer", stripe_id=ada.id)
    sandbox.fail("GET", path, "slow", seconds=1)

    with meanwhile(lambda: snapshots.refresh(root, by=TEST)):
        wait_until(lambda: sandbox.requests("GET", path))
        snapshots.want(account=account, kind="customer", stripe_id=ada.id)

    assert len(sandbox.requests("GET", path)) == 2


def test_a_key_of_another_account_deletes_nobody(account: StripeAccount, sandbox: LocalStripe) -> None:
    ada = customers.create(account=account, email="ada@example.com", by=TEST)
    StripeAccount.objects.update(stripe_id="acct_of_before")
    Customer.objects.update(stripe_id="cus_of_before")
    account.refresh_from_db()
    snapshots.want(account=account, kind="customer", stripe_id="cus_of_before")

    inbox_drain.drain(by=TEST)

    ada.refresh_from_db()
    assert ada.status == "active"
    assert Root.objects.get(stripe_id="cus_of_before").wanted_at


def test_a_refund_waits_for_nobody_who_writes_for_the_same_account(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    payment = paid(account)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")

    def write_slowly() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT id FROM base_stripeaccount FOR KEY SHARE")
            wait_until(lambda: OutboundCall.objects.filter(action="refund.create").exists())

    with meanwhile(write_slowly):
        time.sleep(0.2)
        refund = refunds.create(payment=payment, by=TEST)

    assert refund.status == "succeeded"


def test_words_that_are_new_or_long_are_facts_too(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = paid(account, payment_method="pm_card_visa")
    body = intent_of(sandbox, payment, "latest_charge", "payment_method")
    charge, method = body["latest_charge"], body["payment_method"]
    charge |= {"id": "ch_later", "status": "contemplated", "failure_code": "c" * 300}
    charge["payment_method_details"]["card"]["brand"] = "b" * 300
    method |= {"id": "pm_later", "billing_details": {"name": "n" * 5000, "address": {"postal_code": "9" * 5000}}}
    root = payments.root(payment)
    assert root

    assert snapshots.apply(root, snapshots.Snapshot(root.snapshot_no, body), by=TEST)

    attempt = PaymentAttempt.objects.get(source="ch_later")
    assert (attempt.outcome, attempt.failure_code, len(attempt.method_label)) == ("pending", "c" * 64, 120)
    assert PaymentMethod.objects.get(stripe_id="pm_later").billing_name == "n" * 256


def test_the_pay_page_says_of_an_unheard_of_status_that_it_looks_into_it(account: StripeAccount, client: Any) -> None:
    payment = paid(account, payment_method="", confirm=False)
    Payment.objects.update(status="requires_patience")

    page = client.get(f"/pay/{pay_links.token(payment.pay_link)}/")

    assert page.status_code == 200
    assert "We are checking your payment" in page.content.decode()


def test_sweeps_that_meet_the_request_itself_ask_with_it_for_one_payment(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    sandbox.fail("POST", INTENTS, "slow", seconds=1.5)

    with meanwhile(lambda: paid(account)):
        wait_until(lambda: sandbox.requests("POST", INTENTS))
        OutboundCall.objects.update(next_check_at=real_now())
        with meanwhile(recovery.sweep):
            recovery.sweep()

    OutboundCall.objects.filter(status="sent").update(next_check_at=real_now())
    recovery.sweep()
    payment, call = Payment.objects.get(), OutboundCall.objects.get()
    assert (payment.status, payment.flags, call.status) == ("succeeded", [], "answered")
    assert len(sandbox.client.v1.payment_intents.list().data) == len(sandbox.client.v1.charges.list().data) == 1


def test_two_sweeps_cancel_a_late_payment_once(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", INTENTS, "drop_after", times=3)
    payment = paid(account, confirm=False, payment_method="")
    stop_waiting()

    with meanwhile(recovery.sweep):
        recovery.sweep()
    recovery.sweep()

    payment.refresh_from_db()
    assert (payment.status, payment.cancellation_reason) == ("canceled", "abandoned")
    assert len(sandbox.requests("POST", f"{INTENTS}/{payment.stripe_id}/cancel")) == 1
