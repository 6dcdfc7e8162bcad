"""The ground floor: ids, secrets, the clock for rules, audit lines and domain events."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from config.base import audit, clock, domain_events
from config.base.actor import Actor, ActorKind
from config.base.ids import public_id
from config.base.models import DomainEvent, StripeAccount, User
from config.base.money import Money
from payments.models import Payment, Refund
from payments.services import payments, refunds
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test", request_id="req_of_the_test")


def pay(account: StripeAccount, **wishes: Any) -> Payment:
    return payments.create(
        account=account, amount=Money(1099, "eur"), payment_method="pm_card_visa", confirm=True, by=TEST, **wishes
    )


def test_ids_are_prefixed_and_never_the_same() -> None:
    made = {public_id("pay") for _ in range(1000)}

    assert len(made) == 1000
    assert all(re.fullmatch("pay_[0-9A-Za-z]{22}", id_) for id_ in made)


def test_a_client_secret_is_not_readable_in_the_database(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = pay(account)

    with connection.cursor() as cursor:
        cursor.execute("SELECT client_secret FROM payments_payment")
        [(stored,)] = cursor.fetchall()
    assert payment.client_secret not in stored
    assert "_secret_" not in stored
    assert Payment.objects.get().client_secret == payment.client_secret


def test_what_a_former_key_encrypted_stays_readable(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = pay(account)
    former = settings.SECRET_KEY

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a-new-key-" + "n" * 50, [former]
    try:
        assert Payment.objects.get().client_secret == payment.client_secret
    finally:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = former, []


def test_the_clock_follows_the_local_stripe(sandbox: LocalStripe) -> None:
    before = clock.now()

    sandbox.advance(seconds=30 * 24 * 3600)

    assert timedelta(days=30) <= clock.now() - before < timedelta(days=30, minutes=1)


def test_beside_the_real_stripe_the_clock_is_the_systems() -> None:
    local, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, ""
    try:
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    finally:
        settings.STRIPE_API_BASE = local


def test_every_move_of_a_payment_and_its_refund_has_its_audit_line(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    payment = pay(account, capture_method="manual")
    payments.capture(payment=payment, by=TEST)
    refund = refunds.create(payment=payment, by=TEST)
    canceled = pay(account, capture_method="manual")
    payments.cancel(payment=canceled, by=TEST)
    sandbox.fail("POST", "/v1/payment_intents", "error_500")
    rejected = pay(account)
    audit.move(rejected, from_=["unknown"], to="rejected", by=TEST, reason="given up")

    def moves(row: Payment | Refund) -> list[list[str]]:
        lines = LogEntry.objects.get_for_object(row).order_by("id")
        return [line.changes["status"] for line in lines if "status" in (line.changes or {})]

    assert moves(payment) == [["unknown", "requires_capture"], ["requires_capture", "succeeded"]]
    assert moves(refund) == [["unknown", "succeeded"]]
    assert moves(canceled) == [["unknown", "requires_capture"], ["requires_capture", "canceled"]]
    assert moves(rejected) == [["unknown", "rejected"]]
    line = LogEntry.objects.get_for_object(rejected).latest("id")
    assert line.additional_data == {"actor": "test", "reason": "given up", "request_id": "req_of_the_test"}


def test_a_move_by_staff_names_the_person(account: StripeAccount, sandbox: LocalStripe) -> None:
    ada = User.objects.create_user(email="ada@example.com", password="a-long-password")
    payment = pay(account, capture_method="manual")

    payments.cancel(payment=payment, by=Actor(ActorKind.STAFF, str(ada.pk), str(ada)))

    assert LogEntry.objects.get_for_object(payment).latest("id").actor == ada


def test_who_comes_second_moves_nothing_and_writes_no_line(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = pay(account)
    lines = LogEntry.objects.count()

    assert not audit.move(payment, from_=["unknown"], to="rejected", by=TEST)

    assert (Payment.objects.get().status, LogEntry.objects.count()) == ("succeeded", lines)


def test_terminal_states_never_leave(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = pay(account)

    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(status="requires_payment_method")

    assert Payment.objects.get().status == "succeeded"


def test_domain_events_are_told_once_a_source_and_never_changed(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = pay(account)
    first = domain_events.append(payment, type="payment.noted", by=TEST, source="evt_1")

    assert domain_events.append(payment, type="payment.noted", by=TEST, source="evt_1") is None
    assert first
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        DomainEvent.objects.filter(public_id=first).update(type="payment.forgotten")
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        DomainEvent.objects.get(public_id=first).delete()
    sequences = DomainEvent.objects.filter(object_id=payment.public_id).order_by("sequence")
    assert list(sequences.values_list("sequence", flat=True)) == [1, 2, 3]
