"""Refunds and disputes against their lines."""

from decimal import Decimal

import pytest
from django.db import connection

from config.base import clock
from payments.models import Refund
from tests import factories
from tests.reconciliation.matching.side_by_side import Found, a_dispute, a_refund, again, change, reconcile

pytestmark = pytest.mark.django_db


def test_what_agrees_is_nothing() -> None:
    a_refund()
    a_dispute()

    assert reconcile() == []


def test_a_refund_without_a_line_is_missing_at_stripe() -> None:
    refund, line = a_refund()
    change(line, missing_since=clock.now())

    assert reconcile() == [Found("missing_at_stripe", str(refund.stripe_id), 1099)]


def test_a_line_of_no_refund_is_an_orphan() -> None:
    _, line = a_refund()
    again(line, source_id="re_unknown")

    assert reconcile() == [Found("orphan_refund", "re_unknown", -1099)]


def test_a_refund_that_came_back_at_stripe_alone_is_a_status() -> None:
    refund, line = a_refund()
    again(line, type="refund_failure", amount_minor=1099, net_minor=1099)

    assert reconcile() == [Found("status", str(refund.stripe_id), 1099)]

    change(refund, status=Refund.Status.FAILED)
    assert reconcile() == []


def test_a_refund_of_another_amount_and_one_that_is_there_twice() -> None:
    smaller, line = a_refund()
    change(line, amount_minor=-999, net_minor=-999)
    twice, line = a_refund()
    again(line)

    assert reconcile() == [
        Found("amount", str(smaller.stripe_id), 100), Found("duplicate", str(twice.stripe_id), -1099),
    ]  # fmt: skip


def test_a_refund_is_converted_at_the_rate_of_its_own_line() -> None:
    refund, line = a_refund()
    change(refund, currency="usd", amount_minor=1000)
    change(line, amount_minor=-910, net_minor=-910, exchange_rate=Decimal("0.91"))
    failed, gone = a_refund()
    change(failed, currency="usd", status=Refund.Status.FAILED)
    change(gone, exchange_rate=Decimal("0.9"))
    gone.refresh_from_db()
    again(gone, type="refund_failure", amount_minor=1120, net_minor=1120, exchange_rate=Decimal("0.92"))

    assert reconcile() == []

    change(line, amount_minor=-905, net_minor=-905)
    assert reconcile() == [Found("exchange_difference", str(refund.stripe_id), 5)]


def test_a_refund_whose_payment_is_gone_is_not_an_orphan() -> None:
    refund, _ = a_refund()
    charge = refund.payment.latest_charge_id
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM payments_payment WHERE id = %s", [refund.payment_id])
        cursor.execute("SET session_replication_role = DEFAULT")

    assert reconcile() == [Found("missing_here", charge, 1099)]


def test_refunds_that_took_nothing_have_no_line() -> None:
    refund, _ = a_refund()
    for status in (Refund.Status.REQUIRES_ACTION, Refund.Status.CANCELED):
        factories.make_refund(refund.payment, status=status)

    assert reconcile() == []


def test_a_dispute_that_we_do_not_know_is_not_booked() -> None:
    _, line = a_dispute()
    again(line, source_id="du_unknown")

    assert reconcile() == [Found("dispute_not_booked", "du_unknown", -1099)]


def test_a_dispute_whose_money_came_back_at_stripe_alone_is_not_booked() -> None:
    dispute, line = a_dispute()
    again(line, amount_minor=1099, net_minor=1099)

    assert reconcile() == [Found("dispute_not_booked", dispute.stripe_id, 1099)]

    change(dispute, reinstated_minor=1099, reinstated_at=line.stripe_created_at)
    assert reconcile() == []


def test_an_inquiry_moves_nothing() -> None:
    dispute, line = a_dispute()
    change(line, missing_since=clock.now())
    assert reconcile() == [Found("missing_at_stripe", dispute.stripe_id, 1099)]

    change(dispute, status="warning_needs_response", withdrawn_minor=0, withdrawn_at=None)
    assert reconcile() == []
