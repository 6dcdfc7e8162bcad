"""What is given back is booked once, against what it was given back for; a refund that failed is reversed."""

from datetime import timedelta
from itertools import permutations

import pytest

from billing.models import Entry, Posting
from config.base import clock
from config.base.models import StripeAccount
from payments.models import Payment, Refund
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
    note,
    paid,
    refund,
)
from tests.factories import make_account

pytestmark = pytest.mark.django_db
NEXT_DAY = CREATED_ON + timedelta(days=1)


@pytest.fixture
def account(db: None) -> StripeAccount:
    return make_account()


def test_the_refund_of_a_prepayment_takes_it_back(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(), intent(refund(500)), intent(refund(500)))

    assert books("re_1") == {"customer_prepayments": 500, "stripe_clearing": -500}
    assert kinds("re_1") == [("refunded", NEXT_DAY)]
    assert Posting.objects.get(entry__source="re_1", account__kind="stripe_clearing").reference == "re_1"
    assert books() == {"stripe_clearing": 1500, "customer_prepayments": -1500}
    assert_the_books_hold()


def test_what_a_credit_note_gives_back_settles_what_the_note_opened(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(), paid(), note(500, "re_1"), intent(refund(500)))

    assert books("re_1") == {"receivable": 500, "stripe_clearing": -500}
    assert Posting.objects.get(entry__source="re_1", account__kind="receivable").document == "in_1"
    assert_the_books_hold()
    assert_invoices_agree()


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_any_order_a_noted_refund_ends_the_same(account: StripeAccount, order: tuple[int, ...]) -> None:
    told = [bodies.customer(), intent(refund(500)), paid(), note(500, "re_1")]
    for number in order:
        apply(account, told[number])
        apply(account, told[number])
    apply(account, intent(refund(500)))  # what the note and the invoice asked for is fetched

    assert books() == {"stripe_clearing": 1500, "receivable": -1500}
    assert {day for _, day in kinds("re_1")} == {NEXT_DAY}
    assert_the_books_hold()
    assert_invoices_agree()


def test_a_refund_of_an_invoices_payment_without_a_note_is_a_write_off(account: StripeAccount) -> None:
    """The invoice stays paid and its tax owed; nothing stands in prepayments."""
    apply(account, bodies.customer(), intent(), paid(), intent(refund(500)))

    assert books("re_1") == {"write_offs": 500, "stripe_clearing": -500}
    assert Posting.objects.get(entry__source="re_1", account__kind="write_offs").document == "in_1"
    assert "customer_prepayments" not in books()
    assert_the_books_hold()
    assert_invoices_agree()


def test_a_note_that_comes_later_takes_the_refund_over_on_its_day(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(), paid(), intent(refund(500)))
    apply(account, note(500, "re_1", at=CREATED + 5 * DAY), intent(refund(500)))

    assert kinds("re_1") == [("refunded", NEXT_DAY), ("assigned", CREATED_ON + timedelta(days=5))]
    assert books("re_1") == {"receivable": 500, "stripe_clearing": -500}
    assert_the_books_hold()
    assert_invoices_agree()


def test_a_note_that_is_void_gives_the_refund_back(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(), paid(), note(500, "re_1"), intent(refund(500)))
    apply(account, note(500, "re_1", status="void"), intent(refund(500)))

    assert books("re_1") == {"write_offs": 500, "stripe_clearing": -500}
    assert kinds("re_1")[-1] == ("assigned", clock.now().date())
    assert_the_books_hold()
    assert_invoices_agree()


def test_a_refund_larger_than_its_note_is_split(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(), paid(), note(500, "re_1"), intent(refund(800)))

    assert books("re_1") == {"receivable": 500, "write_offs": 300, "stripe_clearing": -800}
    assert_invoices_agree()


def test_one_note_given_back_by_two_refunds_is_covered_by_both(account: StripeAccount) -> None:
    two = (refund(250), refund(250, id="re_2", created=CREATED + 2 * DAY))
    apply(account, bodies.customer(), intent(), paid(), note(500, "re_1", "re_2"), intent(*two))

    assert books("re_1", "re_2") == {"receivable": 500, "stripe_clearing": -500}
    assert_the_books_hold()
    assert_invoices_agree()


def test_what_is_prepaid_is_given_back_before_what_an_invoice_took(account: StripeAccount) -> None:
    two = (refund(600), refund(600, id="re_2", created=CREATED + 2 * DAY))
    apply(account, bodies.customer(), intent(amount=3000), paid(), intent(*two, amount=3000))

    assert books("re_1") == {"customer_prepayments": 600, "stripe_clearing": -600}
    assert books("re_2") == {"customer_prepayments": 400, "write_offs": 200, "stripe_clearing": -600}
    assert "customer_prepayments" not in books()
    assert_the_books_hold()


def test_a_refund_above_what_was_received_is_booked_whole(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(), intent(refund(2500)))

    assert books("re_1") == {"customer_prepayments": 2000, "write_offs": 500, "stripe_clearing": -2500}
    assert books() == {"stripe_clearing": -500, "write_offs": 500}
    assert_the_books_hold()


def test_a_refund_is_booked_as_soon_as_stripe_takes_the_money_and_once(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(refund(500, status="pending")), intent(refund(500)))

    assert kinds("re_1") == [("refunded", NEXT_DAY)]


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_fails_later_is_reversed_once(account: StripeAccount, status: str) -> None:
    failed = intent(refund(500, status=status))
    apply(account, bodies.customer(), intent(refund(500)), failed, failed)

    assert kinds("re_1") == [("refunded", NEXT_DAY), (status, clock.now().date())]
    assert Entry.objects.get(source="re_1", kind=status).reverses == Entry.objects.get(source="re_1", kind="refunded")
    assert books() == {"stripe_clearing": 2000, "customer_prepayments": -2000}
    assert_the_books_hold()


@pytest.mark.parametrize("status", ["failed", "canceled", "requires_action"])
def test_a_refund_that_never_moved_money_is_not_booked(account: StripeAccount, status: str) -> None:
    apply(account, bodies.customer(), intent(refund(500, status=status)))

    assert kinds("re_1") == []
    assert_the_books_hold()


def test_a_refund_that_stripe_does_not_know_is_not_booked(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent())
    Refund.objects.create(account=account, payment=Payment.objects.get(), amount_minor=500, currency="eur")
    apply(account, intent())

    assert books() == {"stripe_clearing": 2000, "customer_prepayments": -2000}


def test_a_refund_in_yen_has_no_decimals(account: StripeAccount) -> None:
    apply(account, bodies.customer(), intent(refund(1, currency="jpy"), currency="jpy", amount=3))

    assert books() == {"stripe_clearing": 2, "customer_prepayments": -2}
    assert_the_books_hold()


def test_a_refund_of_a_payment_from_before_the_books_stands_against_opening(account: StripeAccount, settings) -> None:
    settings.BOOKS_START = NEXT_DAY
    apply(account, bodies.customer(), intent(), paid(), intent(refund(500)))

    assert books() == {"opening": 500, "stripe_clearing": -500}


def test_a_refund_of_an_old_payment_that_paid_a_new_invoice_is_a_write_off(account: StripeAccount, settings) -> None:
    """The invoice is in the books and stays paid; what nobody took of the payment is given back first."""
    settings.BOOKS_START = NEXT_DAY
    moments = {"paid_at": CREATED + 2 * DAY, "canceled_at": None}
    new = paid(payments=[bodies.invoice_payment(status_transitions=moments)])
    new["status_transitions"] |= {"finalized_at": CREATED + 2 * DAY}
    given = refund(700, created=CREATED + 3 * DAY)
    apply(account, bodies.customer(), *2 * [intent(amount=2200)], new, *2 * [intent(given, amount=2200)])

    assert books("re_1") == {"opening": 200, "write_offs": 500, "stripe_clearing": -700}
    assert books("pi_1") == {"opening": 2000, "receivable": -2000}


@pytest.mark.parametrize(("noted", "account_of_note"), [(CREATED + DAY, "receivable"), (CREATED, "opening")])
def test_a_note_for_an_old_invoice_is_settled_where_the_note_stands(
    account: StripeAccount, settings, noted: int, account_of_note: str
) -> None:
    settings.BOOKS_START = NEXT_DAY
    apply(account, bodies.customer(), intent(), paid(), note(500, "re_1", at=noted), intent(refund(500)))

    assert books("re_1") == {account_of_note: 500, "stripe_clearing": -500}


def test_a_refund_from_before_the_books_is_not_booked(account: StripeAccount, settings) -> None:
    settings.BOOKS_START = NEXT_DAY + timedelta(days=1)
    apply(account, bodies.customer(), intent(refund(500)))

    assert not Entry.objects.exists()
