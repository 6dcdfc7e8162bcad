"""What Stripe's lines and payouts book: the other side of clearing, fees, transit, exchange and the bank."""

from typing import Any

import pytest
from django.db.models import Sum

from billing.models import Entry, Posting
from config.base.models import StripeAccount
from reconciliation.models import Payout, StatementLine
from tests.flows.faults import shop
from tests.flows.faults.company import Company
from tests.flows.faults.shop import Shop
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db
Booked = dict[tuple[str, str], int]


@pytest.fixture
def company(account: StripeAccount) -> Company:
    return Company(account)


@pytest.fixture
def sold(sandbox: LocalStripe) -> Shop:
    return shop.opened(sandbox)


def reconciled(company: Company, sandbox: LocalStripe, *, days: int = 0) -> None:
    for _ in range(days):
        sandbox.advance(seconds=shop.DAY_SECONDS)
    sandbox.advance(seconds=60)
    company.hear()
    company.reconcile()


def booked(source: str) -> Booked:
    """By account and currency, what the entries of a source come to; all books are even."""
    rows = Posting.objects.values_list("account__currency").annotate(Sum("amount_minor"))
    assert {total for _, total in rows} <= {0}
    held = Posting.objects.filter(entry__source=source).values_list("account__kind", "account__currency")
    return {(kind, code): total for kind, code, total in held.annotate(Sum("amount_minor")) if total}


def line_of(source: str, **more: Any) -> StatementLine:
    return StatementLine.objects.get(source_id=source, **more)


def clearing(reference: str) -> int:
    held = Posting.objects.filter(reference=reference, account__kind="stripe_clearing")
    return int(held.aggregate(total=Sum("amount_minor"))["total"] or 0)


def test_a_charge_settles_what_the_payment_put_into_clearing(
    company: Company, sandbox: LocalStripe, sold: Shop
) -> None:
    sale = sold.sell("eur", 4900)
    reconciled(company, sandbox)
    line = line_of(sale.charge)

    assert booked(line.stripe_id) == {
        ("stripe_balance", "eur"): line.net_minor,
        ("fees", "eur"): line.fee_minor,
        ("stripe_clearing", "eur"): -4900,
    }
    assert clearing(sale.charge) == 0


def test_a_refund_settles_its_own_and_its_failure_takes_it_back(
    company: Company, sandbox: LocalStripe, sold: Shop
) -> None:
    refund = sold.refund(sold.sell("eur", 4900), 1000)
    reconciled(company, sandbox)
    assert booked(line_of(refund).stripe_id) == {("stripe_balance", "eur"): -1000, ("stripe_clearing", "eur"): 1000}

    sandbox.control("refunds", {"fail": refund})
    reconciled(company, sandbox)

    back = line_of(refund, type="refund_failure")
    assert booked(back.stripe_id) == {("stripe_balance", "eur"): 1000, ("stripe_clearing", "eur"): -1000}
    assert clearing(refund) == 0


def test_a_dispute_takes_its_fee_too_and_gives_back_only_the_money(
    company: Company, sandbox: LocalStripe, sold: Shop
) -> None:
    dispute = sold.dispute(sold.sell("eur", 4900))
    sandbox.control("disputes", {"close": dispute, "status": "won"})
    reconciled(company, sandbox)

    out, back = StatementLine.objects.filter(source_id=dispute).order_by("amount_minor")
    assert booked(out.stripe_id)["fees", "eur"] == 1500
    assert booked(back.stripe_id) == {("stripe_balance", "eur"): 4900, ("stripe_clearing", "eur"): -4900}
    assert clearing(dispute) == 0


def test_a_fee_is_a_fee(company: Company, sandbox: LocalStripe) -> None:
    fee = {"type": "stripe_fee", "amount": -250, "currency": "eur"}
    line = sandbox.control("balance_transactions", fee)["id"]
    reconciled(company, sandbox)

    assert booked(line) == {("stripe_balance", "eur"): -250, ("fees", "eur"): 250}


def test_a_conversion_passes_the_exchange_account(company: Company, sandbox: LocalStripe, sold: Shop) -> None:
    sale = sold.sell("gbp", 1000)
    reconciled(company, sandbox)
    line = line_of(sale.charge)

    assert booked(line.stripe_id) == {
        ("stripe_balance", "eur"): line.net_minor,
        ("fees", "eur"): line.fee_minor,
        ("exchange", "eur"): -1170,
        ("exchange", "gbp"): 1000,
        ("stripe_clearing", "gbp"): -1000,
    }
    assert clearing(sale.charge) == 0


def test_a_payout_is_in_transit_until_it_is_paid(company: Company, sandbox: LocalStripe, sold: Shop) -> None:
    sold.sell("eur", 4900)
    reconciled(company, sandbox, days=3)
    [payout] = Payout.objects.all()
    gone = line_of(payout.stripe_id)
    assert booked(gone.stripe_id) == {
        ("in_transit", "eur"): payout.amount_minor,
        ("stripe_balance", "eur"): -payout.amount_minor,
    }

    reconciled(company, sandbox, days=4)

    assert booked(payout.stripe_id) == {
        ("bank", "eur"): payout.amount_minor,
        ("in_transit", "eur"): -payout.amount_minor,
    }


def test_a_payout_that_fails_after_it_was_paid_comes_back_and_is_replaced(
    company: Company, sandbox: LocalStripe, sold: Shop
) -> None:
    sold.sell("eur", 4900)
    reconciled(company, sandbox, days=7)
    [payout] = Payout.objects.all()
    sandbox.control("payouts", {"fail": payout.stripe_id})
    reconciled(company, sandbox, days=1)

    assert booked(payout.stripe_id) == {}
    assert Entry.objects.filter(source=payout.stripe_id, kind="paid:reversed").count() == 1
    assert booked(line_of(payout.stripe_id, type="payout_failure").stripe_id) == {
        ("stripe_balance", "eur"): payout.amount_minor,
        ("in_transit", "eur"): -payout.amount_minor,
    }
    assert Payout.objects.exclude(pk=payout.pk).get().amount_minor == payout.amount_minor


def test_a_line_that_stripe_changed_is_booked_by_the_difference(
    company: Company, sandbox: LocalStripe, sold: Shop
) -> None:
    sale = sold.sell("eur", 4900)
    reconciled(company, sandbox)
    line = line_of(sale.charge)
    sandbox.control("balance_transactions", {"id": line.stripe_id, "set": {"amount": 5000}})
    reconciled(company, sandbox)

    kinds = Entry.objects.filter(source=line.stripe_id).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["charge", "charge:2"]
    assert booked(line.stripe_id)["stripe_clearing", "eur"] == -5000


def test_a_type_nobody_knows_waits_and_is_kept(company: Company, sandbox: LocalStripe) -> None:
    new = {"type": "future_thing", "amount": -250, "currency": "eur"}
    line = sandbox.control("balance_transactions", new)["id"]
    reconciled(company, sandbox)

    assert booked(line) == {}
    assert StatementLine.objects.get().is_posted is False
