"""A payment is booked once, against the invoices that take it, whichever is told first; the rest is prepaid."""

from datetime import date, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from billing.models import Entry, Posting
from config.base.models import StripeAccount
from payments.models import Customer, Payment
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply
from tests.billing.handlers.bodies import CREATED
from tests.billing.ledger.money_bodies import (
    CREATED_ON,
    DAY,
    assert_invoices_agree,
    assert_the_books_hold,
    books,
    intent,
    kinds,
    lines,
    lines_paid,
    paid,
)
from tests.factories import make_account, make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(db: None) -> StripeAccount:
    return make_account()


def test_a_payment_without_a_document_is_prepaid(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent())
    apply(account, intent())

    assert books("pi_1") == {"stripe_clearing": 2000, "customer_prepayments": -2000}
    assert kinds("pi_1") == [("received", CREATED_ON)]
    clearing = Posting.objects.get(account__kind="stripe_clearing")
    assert (clearing.reference, clearing.document, clearing.account.account) == ("ch_1", "pi_1", account)
    assert Posting.objects.get(account__kind="customer_prepayments").customer.stripe_id == "cus_1"
    assert_the_books_hold()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_any_order_an_invoices_payment_stands_against_its_lines(
    account: StripeAccount, order: tuple[int, ...]
) -> None:
    told = [bodies.customer(), intent(), paid(*lines(1500, 500))]
    for number in order:
        apply(account, told[number])
        apply(account, told[number])
    apply(account, intent())  # what was asked for is fetched

    assert books("pi_1") == {"stripe_clearing": 2000, "receivable": -2000}
    assert lines_paid() == {"il_1": 1500, "il_2": 500}
    assert {day for _, day in kinds("pi_1")} == {CREATED_ON}
    assert_the_books_hold()
    assert_invoices_agree()


def test_a_document_that_takes_it_later_takes_it_out_of_prepayments_on_its_day(account: StripeAccount) -> None:
    moments = {"paid_at": CREATED + 3 * DAY, "canceled_at": None}
    takes = bodies.invoice_payment(status_transitions=moments)
    apply(account, bodies.customer(), intent())
    apply(account, paid(payments=[takes]))
    apply(account, paid(payments=[takes]), intent())

    assert kinds("pi_1") == [("received", CREATED_ON), ("allocated", CREATED_ON + timedelta(days=3))]
    assert books("pi_1") == {"stripe_clearing": 2000, "receivable": -2000}
    assert_the_books_hold()
    assert_invoices_agree()


def test_told_late_it_is_booked_on_the_same_days(account: StripeAccount) -> None:
    moments = {"paid_at": CREATED + 3 * DAY, "canceled_at": None}
    apply(account, bodies.customer(), paid(payments=[bodies.invoice_payment(status_transitions=moments)]))
    apply(account, intent())

    assert kinds("pi_1") == [("received", CREATED_ON), ("allocated", CREATED_ON + timedelta(days=3))]
    assert_the_books_hold()
    assert_invoices_agree()


def test_partial_payments_come_to_each_lines_whole_amount(account: StripeAccount) -> None:
    """1.00 over lines of 3.34, 3.33 and 3.33, and the rest by two more: no cent is lost between them."""
    parts = [100, 399, 501]
    given = [
        bodies.invoice_payment(
            id=f"inpay_{number}", payment={"type": "payment_intent", "payment_intent": f"pi_{number}"},
            amount_paid=amount, status_transitions={"paid_at": CREATED + number, "canceled_at": None},
        )
        for number, amount in enumerate(parts, 1)
    ]  # fmt: skip
    apply(account, bodies.customer())
    apply(account, *(intent(id=f"pi_{number}", amount=amount) for number, amount in enumerate(parts, 1)))
    for known in (given[:1], given[:2], given):
        apply(account, paid(*lines(334, 333, 333), payments=known, amount_paid=sum(parts[: len(known)])))
        assert_invoices_agree()

    first = Posting.objects.filter(entry__source="pi_1", account__kind="receivable")
    assert dict(first.values_list("line", "amount_minor")) == {"il_1": -34, "il_2": -33, "il_3": -33}
    assert lines_paid() == {"il_1": 334, "il_2": 333, "il_3": 333}
    assert_the_books_hold()


def test_a_line_below_zero_is_paid_with_the_others(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(), paid(*lines(3000, -1000)))

    assert lines_paid() == {"il_1": 3000, "il_2": -1000}
    assert_the_books_hold()
    assert_invoices_agree()


def test_tax_and_discount_belong_to_their_lines(account: StripeAccount) -> None:
    taxed = bodies.line(id="il_1", amount=1000, taxes=[bodies.tax(190)])
    included = bodies.line(id="il_2", amount=1190, taxes=[bodies.tax(190, inclusive=True)],
                           parent=bodies.of_invoice_item())  # fmt: skip
    apply(account, bodies.customer(), intent(amount=2380), paid(taxed, included))

    assert lines_paid() == {"il_1": 1190, "il_2": 1190}
    assert_invoices_agree()


def test_one_payment_pays_several_invoices_and_the_rest_stays_prepaid(account: StripeAccount) -> None:
    second = bodies.invoice_payment(id="inpay_2", amount_paid=700)
    other = bodies.line(id="il_9", amount=700, parent=bodies.of_invoice_item("ii_9"))
    apply(account, bodies.customer(), intent(amount=3000), paid())
    apply(account, paid(other, id="in_2", number="ADA-0002", payments=[second]))

    assert books("pi_1") == {"stripe_clearing": 3000, "receivable": -2700, "customer_prepayments": -300}
    assert (lines_paid("in_1"), lines_paid("in_2")) == ({"il_1": 2000}, {"il_9": 700})
    assert_invoices_agree()
    assert_the_books_hold()


def test_an_invoice_takes_no_more_than_was_received(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(amount=1500), paid())

    assert books("pi_1") == {"stripe_clearing": 1500, "receivable": -1500}


def test_a_payment_that_leaves_an_invoice_is_prepaid_again(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(), paid())
    apply(account, paid(payments=[bodies.invoice_payment(status="canceled", amount_paid=None)]))

    assert books("pi_1") == {"stripe_clearing": 2000, "customer_prepayments": -2000}
    assert [kind for kind, _ in kinds("pi_1")] == ["received", "allocated", "allocated:2"]
    assert_the_books_hold()


def test_only_what_was_captured_is_booked(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(status="requires_capture", amount_received=0))
    assert not Entry.objects.exists()

    apply(account, intent(amount_received=1200))

    assert books("pi_1") == {"stripe_clearing": 1200, "customer_prepayments": -1200}
    assert_the_books_hold()


def test_what_is_received_later_is_a_second_entry(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(amount_received=1200), intent(amount_received=2000))

    assert [kind for kind, _ in kinds("pi_1")] == ["received", "received:2"]
    assert books("pi_1") == {"stripe_clearing": 2000, "customer_prepayments": -2000}
    assert_the_books_hold()


@pytest.mark.parametrize("status", ["requires_payment_method", "requires_action", "processing", "canceled"])
def test_before_it_succeeded_nothing_is_booked(account: StripeAccount, status: str) -> None:
    apply(account, bodies.customer(), intent(status=status, amount_received=0))

    assert not Entry.objects.exists()


def test_each_currency_has_its_own_books(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(id="pi_2", currency="jpy", amount=1099), intent())

    held = Posting.objects.order_by("pk").values_list("account__currency", "account__kind", "amount_minor")
    assert list(held) == [
        ("jpy", "stripe_clearing", 1099),
        ("jpy", "customer_prepayments", -1099),
        ("eur", "stripe_clearing", 2000),
        ("eur", "customer_prepayments", -2000),
    ]
    assert_the_books_hold()


def test_a_payment_in_another_currency_than_the_invoice_stays_prepaid(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(currency="usd"), paid())

    assert books("pi_1") == {"stripe_clearing": 2000, "customer_prepayments": -2000}


def test_a_payment_of_nobody_is_prepaid_all_the_same(account: StripeAccount) -> None:
    apply(account, intent(customer=None))

    assert Posting.objects.get(account__kind="customer_prepayments").customer is None


def test_a_customer_that_turns_out_to_be_another_keeps_the_money(account: StripeAccount) -> None:
    """The payment is told before the answer that made the customer; then it is ours, with all that hangs on it."""
    ours = make_customer(account=account, stripe_id=None, status=Customer.Status.UNKNOWN)
    apply(account, intent())
    apply(account, bodies.customer(metadata={"counterfoil_id": ours.public_id}))
    apply(account, intent())

    rows = Posting.objects.filter(account__kind="customer_prepayments").values_list("customer__public_id")
    held = {public_id: amount for public_id, amount in rows.annotate(Sum("amount_minor")).order_by() if amount}
    assert held == {ours.public_id: -2000}
    assert [kind for kind, _ in kinds("pi_1")] == ["received", "allocated"]
    assert_the_books_hold()


@pytest.mark.parametrize(("zone", "day"), [("Pacific/Auckland", date(2026, 9, 22)), ("America/Lima", CREATED_ON)])
def test_the_day_is_the_legal_entitys(account: StripeAccount, zone: str, day: date) -> None:
    account.legal_entity.time_zone = ZoneInfo(zone).key
    account.legal_entity.save()
    apply(account, bodies.customer(), intent())

    assert kinds("pi_1") == [("received", day)]


def test_a_fact_of_a_closed_month_is_booked_on_the_first_open_day(account: StripeAccount) -> None:
    account.legal_entity.books_closed_through = date(2026, 9, 30)
    account.legal_entity.save()
    apply(account, bodies.customer(), intent())

    assert kinds("pi_1") == [("received", date(2026, 10, 1))]


def test_before_the_books_began_nothing_is_booked(account: StripeAccount, settings) -> None:
    settings.BOOKS_START = CREATED_ON + timedelta(days=1)
    apply(account, bodies.customer(), intent(), paid())

    assert not Entry.objects.filter(source="pi_1").exists()


def test_a_payment_from_before_the_books_that_is_used_later_stands_against_opening(
    account: StripeAccount, settings
) -> None:
    settings.BOOKS_START = CREATED_ON + timedelta(days=1)
    moments = {"paid_at": CREATED + 3 * DAY, "canceled_at": None}
    late = paid(payments=[bodies.invoice_payment(status_transitions=moments)])
    late["status_transitions"] |= {"finalized_at": CREATED + 2 * DAY}
    apply(account, bodies.customer(), intent(), late)

    assert books("pi_1") == {"opening": 2000, "receivable": -2000}
    assert kinds("pi_1") == [("allocated", CREATED_ON + timedelta(days=3))]


def test_an_invoice_from_before_the_books_that_is_paid_later_stands_in_opening(
    account: StripeAccount, settings
) -> None:
    settings.BOOKS_START = CREATED_ON + timedelta(days=1)
    late = {"paid_at": CREATED + 3 * DAY, "canceled_at": None}
    apply(account, bodies.customer(), paid(payments=[bodies.invoice_payment(status_transitions=late)]))
    apply(account, intent(created=CREATED + 3 * DAY))

    assert books("pi_1") == {"stripe_clearing": 2000, "opening": -2000}


def test_when_nothing_moved_one_statement_is_all_it_takes(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(), paid())
    with CaptureQueriesContext(connection) as captured:
        apply(account, intent())

    asked = [query["sql"] for query in captured if "billing_entry" in query["sql"]]
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as captured:
        apply(account, paid())
    assert not [query["sql"] for query in captured if "billing_entry" in query["sql"] and "'pi_1'" in query["sql"]]
    assert Payment.objects.get().status == "succeeded"
