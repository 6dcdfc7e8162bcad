"""Payments against their lines: each fault is found as what it is, once, and nothing else is."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from config.base import clock
from payments.models import Payment
from reconciliation.models import Discrepancy
from tests import factories
from tests.reconciliation.console.rows import make_line
from tests.reconciliation.matching.side_by_side import Found, a_sale, again, change, reconcile

pytestmark = pytest.mark.django_db


def test_what_agrees_is_nothing() -> None:
    a_sale()
    a_sale()

    assert reconcile() == []


def test_a_payment_without_a_line_is_missing_at_stripe_once_its_day_has_passed() -> None:
    payment, line = a_sale()
    change(line, missing_since=clock.now())

    assert reconcile() == [Found("missing_at_stripe", payment.latest_charge_id, -1099)]

    change(line, missing_since=None)
    assert reconcile() == []


def test_before_that_it_is_timing_with_its_day() -> None:
    factories.make_account()
    payment = factories.make_payment(succeeded_at=clock.now() - timedelta(hours=1))

    assert reconcile() == [Found("timing", payment.latest_charge_id, -1099)]
    assert Discrepancy.objects.get().expected_on == (clock.now() + timedelta(hours=23)).date()


def test_timing_becomes_what_it_is() -> None:
    payment = factories.make_payment(succeeded_at=clock.now() - timedelta(hours=1))
    reconcile()
    change(payment, succeeded_at=clock.now() - timedelta(days=2))

    assert reconcile() == [Found("missing_at_stripe", payment.latest_charge_id, -1099)]
    assert Discrepancy.objects.get(type="timing").notes.last().text == "It is now: missing at stripe."


def test_a_line_of_no_payment_is_missing_here() -> None:
    line = make_line(source_id="ch_unknown", stripe_created_at=clock.now() - timedelta(days=2), is_posted=True)

    assert reconcile() == [Found("missing_here", "ch_unknown", 1099)]

    payment = factories.make_payment(latest_charge_id=line.source_id, succeeded_at=line.stripe_created_at)
    assert reconcile() == []
    assert payment.latest_charge_id == "ch_unknown"


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_another_amount_on_either_side_is_found(side: str) -> None:
    payment, line = a_sale()
    a_sale()
    if side == "ours":
        change(payment, amount_received_minor=1299)
    else:
        change(line, amount_minor=1299, net_minor=1242)

    assert reconcile() == [Found("amount", payment.latest_charge_id, 200 if side == "theirs" else -200)]


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_another_currency_on_either_side_is_found(side: str) -> None:
    payment, line = a_sale()
    change(payment if side == "ours" else line, currency="chf")

    assert reconcile() == [Found("currency", payment.latest_charge_id, 1099)]


def test_a_line_that_is_there_twice_is_a_duplicate() -> None:
    payment, line = a_sale()
    second = again(line)

    assert reconcile() == [Found("duplicate", payment.latest_charge_id, 1099)]

    change(second, missing_since=clock.now())
    assert reconcile() == []


def test_two_payments_for_one_charge_are_a_duplicate() -> None:
    payment, _ = a_sale()
    factories.make_payment(latest_charge_id=payment.latest_charge_id, succeeded_at=payment.succeeded_at)

    assert reconcile() == [Found("duplicate", payment.latest_charge_id, -1099)]


def test_captures_in_parts_are_no_duplicate() -> None:
    payment, line = a_sale()
    again(line, amount_minor=500, net_minor=443)
    change(payment, amount_received_minor=1599)

    assert reconcile() == []


def test_a_payment_that_did_not_succeed_has_no_line() -> None:
    payment, _ = a_sale()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        change(payment, status=Payment.Status.PROCESSING)
        cursor.execute("SET session_replication_role = DEFAULT")

    assert reconcile() == [Found("status", payment.latest_charge_id, 1099)]


def test_a_bank_debit_under_way_has_a_pending_line() -> None:
    _, line = a_sale()
    debit = factories.make_payment(status=Payment.Status.PROCESSING, latest_charge_id="py_1")
    later = clock.now() + timedelta(days=3)
    again(line, source_id=debit.latest_charge_id, type="payment", status="pending", available_on=later)

    assert reconcile() == [Found("timing", "py_1", 1099)]
    assert Discrepancy.objects.get().expected_on == (later + timedelta(days=1)).date()


def test_payments_that_were_never_charged_are_nothing() -> None:
    factories.make_account()
    for status in (Payment.Status.REQUIRES_CAPTURE, Payment.Status.CANCELED, Payment.Status.REQUIRES_PAYMENT_METHOD):
        factories.make_payment(status=status, latest_charge_id=factories.stripe_id("ch"), created_at=clock.now())

    assert reconcile() == []


@pytest.mark.parametrize(
    ("currency", "amount", "rate", "settled"), [("usd", 1000, "0.9", 900), ("jpy", 1000, "0.0062", 620)]
)
def test_a_conversion_that_fits_its_rate_agrees(currency: str, amount: int, rate: str, settled: int) -> None:
    payment, line = a_sale()
    change(payment, currency=currency, amount_received_minor=amount)
    change(line, amount_minor=settled, net_minor=settled - 57, exchange_rate=Decimal(rate))

    assert reconcile() == []

    change(line, amount_minor=settled + 5, net_minor=settled - 52)
    assert reconcile() == [Found("exchange_difference", payment.latest_charge_id, 5)]


def test_a_doubled_conversion_is_a_duplicate_only() -> None:
    payment, line = a_sale()
    change(payment, currency="usd", amount_received_minor=1000)
    change(line, amount_minor=900, net_minor=843, exchange_rate=Decimal("0.9"))
    line.refresh_from_db()
    again(line)

    assert reconcile() == [Found("duplicate", payment.latest_charge_id, 900)]


def test_what_was_before_the_books_is_out(settings: pytest.FixtureRequest) -> None:
    settings.BOOKS_START = (clock.now() - timedelta(days=1)).date()  # type: ignore[attr-defined]
    payment, line = a_sale()
    change(line, missing_since=clock.now())

    assert reconcile() == []
    assert payment.status == Payment.Status.SUCCEEDED
