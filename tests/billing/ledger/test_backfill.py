"""What happened before there were books is booked as if they had been there; the books open with what Stripe held."""

import random
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.models import Sum

from billing.models import Entry, Invoice, Posting
from billing.services.ledger import backfill, balances, opening
from config.base import clock
from config.base.models import StripeAccount
from config.base.money import Money
from payments.models import Payment, Refund
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply
from tests.billing.ledger.money_bodies import (
    assert_invoices_agree,
    assert_the_books_hold,
    books,
    intent,
    note,
    paid,
    refund,
)
from tests.factories import make_account, make_customer, make_many_payments, make_payment, make_refund
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db
DAY = 86_400


def history(account: StripeAccount, *, payments: int = 23) -> None:
    """Payments of many days, some given back in part, some refunds failed."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    ada = make_customer(account=account)
    for number in range(payments):
        at = start + timedelta(days=9 * number)
        status = Payment.Status.SUCCEEDED if number % 7 else Payment.Status.CANCELED
        currency = ["eur", "jpy", "usd"][number % 3]
        payment = make_payment(
            customer=ada, amount_minor=1000 + number, currency=currency, status=status, succeeded_at=at
        )
        if status == Payment.Status.SUCCEEDED and number % 2:
            outcome = Refund.Status.FAILED if number % 5 == 0 else Refund.Status.SUCCEEDED
            make_refund(payment, amount_minor=number, status=outcome, stripe_created_at=at + timedelta(days=2))


def run(account: StripeAccount, **how: Any) -> int:
    """How many entries it took."""
    ends = {progress.kind: progress.booked for progress in backfill.run(account=account, by="test", **how)}
    return sum(ends.values())


def everything() -> list[tuple[Any, ...]]:
    named = ("entry__source", "entry__kind", "entry__effective_date", "account__kind", "amount_minor", "document")
    return sorted(Posting.objects.values_list(*named))


def test_a_history_is_booked_once(db: None) -> None:
    account = make_account()
    history(account)

    assert run(account) > 20
    booked = everything()
    assert run(account) == 0

    assert everything() == booked
    assert Entry.objects.filter(source__startswith="pi_").count() == Payment.objects.filter(status="succeeded").count()
    assert_the_books_hold()


def test_killed_after_any_chunk_it_goes_on_where_it_was(db: None) -> None:
    account = make_account()
    history(account)
    chance = random.Random(4)
    for _ in range(4):
        list(islice(backfill.run(account=account, by="test", chunk=3), chance.randint(1, 4)))
        assert_no_half_entries()
    run(account, chunk=3)

    booked = everything()
    assert len({row[0] for row in booked}) == Entry.objects.count()
    assert_the_books_hold()


def assert_no_half_entries() -> None:
    sums = Posting.objects.values("entry", "account__currency").annotate(sum=Sum("amount_minor")).order_by()
    assert {row["sum"] for row in sums} <= {0}


def test_it_is_booked_on_the_days_on_which_it_happened(db: None) -> None:
    account = make_account()
    at = datetime(2025, 3, 1, 12, tzinfo=UTC)
    payment = make_payment(account=account, succeeded_at=at)
    make_refund(payment, stripe_created_at=at + timedelta(days=40))
    run(account)

    days = [day.isoformat() for day in Entry.objects.order_by("pk").values_list("effective_date", flat=True)]
    assert days == ["2025-03-01", "2025-04-10"]


def test_documents_and_their_payments_end_as_their_handlers_would_have_left_them(db: None, settings: Any) -> None:
    account = make_account()
    settings.BOOKS_START = datetime(2030, 1, 1, tzinfo=UTC).date()
    apply(account, bodies.customer(), intent(refund(500)), paid(), note(500, "re_1"))
    assert not Entry.objects.exists()

    settings.BOOKS_START = None
    assert run(account) == run(account, chunk=1) + Entry.objects.count() == 5

    earned = Invoice.objects.get().public_id
    assert sorted(Entry.objects.values_list("source", flat=True)) == sorted(["cn_1", "in_1", "pi_1", "re_1", earned])
    assert balances.of_document("in_1").get(("receivable", "eur"), 0) == 0
    assert_the_books_hold()
    assert_invoices_agree()


def test_many_payments_take_few_statements(db: None, django_assert_max_num_queries: Any) -> None:
    account = make_many_payments(1000)
    run(account)

    with django_assert_max_num_queries(25):
        assert run(account) == 0


def test_what_is_from_before_the_books_is_left_out(db: None, settings: Any) -> None:
    account = make_account()
    history(account)
    settings.BOOKS_START = datetime(2026, 1, 29, tzinfo=UTC).date()  # the day after a payment that was given back later
    list(backfill.documents(account=account, by="test"))

    assert min(Entry.objects.values_list("effective_date", flat=True)) >= settings.BOOKS_START
    assert set(books()) == {"stripe_clearing", "customer_prepayments", "opening"}


def pay(sandbox: LocalStripe, amount: int, currency: str = "eur") -> str:
    """A payment whose money is available at once."""
    method = {"payment_method": "pm_card_bypassPending", "confirm": True, "payment_method_types": ["card"]}
    return sandbox.client.v1.payment_intents.create({"amount": amount, "currency": currency, **method}).id  # type: ignore[typeddict-item]


def held(sandbox: LocalStripe) -> dict[str, int]:
    balance: Any = sandbox.client.v1.balance.retrieve()
    sums: dict[str, int] = {}
    for part in (*balance.available, *balance.pending):
        sums[part.currency] = sums.get(part.currency, 0) + part.amount
    return {currency: amount for currency, amount in sums.items() if amount}


def to_midnight(sandbox: LocalStripe) -> None:
    """A second after the day has begun in Berlin."""
    now = clock.now().astimezone(opening.zone_of(StripeAccount.objects.get()))
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=1)
    sandbox.advance(seconds=int((tomorrow - now).total_seconds()) + 1)


def test_the_books_open_with_what_stripe_held_at_that_moment(
    account: StripeAccount, sandbox: LocalStripe, settings: Any
) -> None:
    """Payments before, a payout on its way, and what came after: only what was there is in the opening entry."""
    pay(sandbox, 5000)
    pay(sandbox, 700, "jpy")
    sandbox.advance(seconds=10)
    payout = sandbox.control("payouts", {"currency": "eur", "amount": 1200, "automatic": False})
    to_midnight(sandbox)
    settings.BOOKS_START = clock.now().astimezone(opening.zone_of(account)).date()
    before = held(sandbox)
    pay(sandbox, 900)
    sandbox.advance(seconds=10)
    call_command("backfill_ledger")
    call_command("backfill_ledger")

    rows = Posting.objects.filter(entry__source=account.public_id)
    found = {(each.account.currency, each.account.kind, each.reference): each.amount_minor for each in rows}
    assert found == {
        ("eur", "stripe_balance", ""): before["eur"],
        ("eur", "in_transit", payout["id"]): 1200,
        ("eur", "opening", ""): -before["eur"] - 1200,
        ("jpy", "stripe_balance", ""): before["jpy"],
        ("jpy", "opening", ""): -before["jpy"],
    }
    assert set(rows.values_list("entry__effective_date", flat=True)) == {settings.BOOKS_START}
    assert Money(before["jpy"], "jpy") < Money(700, "jpy")


def test_the_books_open_in_all_currencies_or_in_none(
    account: StripeAccount, sandbox: LocalStripe, settings: Any
) -> None:
    pay(sandbox, 5000)
    pay(sandbox, 700, "jpy")
    to_midnight(sandbox)
    settings.BOOKS_START = clock.now().astimezone(opening.zone_of(account)).date()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_entry ADD CONSTRAINT no_yen CHECK (kind <> 'opening:jpy')")
    with pytest.raises(IntegrityError, match="no_yen"):
        opening.post(account=account, by="test")
    assert not opening.is_posted(account)

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_entry DROP CONSTRAINT no_yen")
    assert opening.post(account=account, by="test") == 2


def test_a_payout_that_had_come_back_is_not_on_its_way(
    account: StripeAccount, sandbox: LocalStripe, settings: Any
) -> None:
    pay(sandbox, 5000)
    sandbox.advance(seconds=10)
    payout = sandbox.control("payouts", {"currency": "eur", "amount": 1200, "automatic": False})
    sandbox.control("payouts", {"fail": payout["id"]})
    to_midnight(sandbox)
    settings.BOOKS_START = clock.now().astimezone(opening.zone_of(account)).date()
    opening.post(account=account, by="test")

    kinds = Posting.objects.order_by("pk").values_list("account__kind", flat=True)
    assert list(kinds) == ["stripe_balance", "opening"]


def test_without_a_day_the_books_have_no_opening(account: StripeAccount, sandbox: LocalStripe) -> None:
    assert opening.post(account=account, by="test") == 0
    assert sandbox.requests("GET", "/v1/balance") == []
