"""Payouts as Stripe tells of them: written once, listed line by line where that is possible."""

import pytest
from django.db import transaction

from config.base.actor import Actor
from config.base.models import DomainEvent, StripeAccount
from reconciliation.handlers import payouts
from reconciliation.models import Payout, StatementLine
from reconciliation.services import payout_reading
from tests.flows.faults import shop
from tests.flows.faults.company import Company
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


@pytest.fixture
def company(account: StripeAccount, sandbox: LocalStripe) -> Company:
    """With money that can be paid out, and goes out when it is asked for."""
    shop.opened(sandbox).sell("eur", 4900)
    sandbox.control("account", {"payout_schedule": {"interval": "manual"}})
    sandbox.advance(seconds=10 * shop.DAY_SECONDS)
    return Company(account)


def paid_out(sandbox: LocalStripe, company: Company, **more: object) -> Payout:
    asked = {"currency": "eur", "amount": 1000, "automatic": False} | more
    stripe_id = sandbox.control("payouts", asked)["id"]
    sandbox.advance(seconds=60)
    company.hear()
    return Payout.objects.get(stripe_id=stripe_id)


def test_a_payout_by_hand_is_kept_and_never_itemised(company: Company, sandbox: LocalStripe) -> None:
    payout = paid_out(sandbox, company)
    company.reconcile()

    payout.refresh_from_db()
    assert (payout.is_automatic, payout.lines_read_at) == (False, None)
    assert not StatementLine.objects.filter(payout=payout).exists()
    listed = sandbox.requests("GET", "/v1/balance_transactions")
    assert listed
    assert not [asked for asked in listed if payout.stripe_id in str(asked)]


def test_the_same_snapshot_twice_changes_nothing(company: Company, sandbox: LocalStripe) -> None:
    payout = paid_out(sandbox, company)
    told = DomainEvent.objects.count()
    body = sandbox.client.v1.payouts.retrieve(payout.stripe_id).to_dict()

    for _ in range(2):
        with transaction.atomic():
            payouts.apply(account=company.account, body=body, by=BY, source="test")

    assert DomainEvent.objects.count() == told
    assert Payout.objects.count() == Payout.objects.filter(stripe_id=payout.stripe_id).count()


def test_a_payout_that_no_event_told_of_is_fetched_by_the_run(company: Company, sandbox: LocalStripe) -> None:
    stripe_id = sandbox.control("payouts", {"currency": "eur", "amount": 1000, "automatic": False})["id"]
    sandbox.advance(seconds=60)

    company.reconcile()

    assert Payout.objects.get().stripe_id == stripe_id


def test_listing_lines_again_gives_the_same(company: Company, sandbox: LocalStripe) -> None:
    stripe_id = sandbox.control("payouts", {"currency": "eur", "automatic": True})["id"]
    sandbox.advance(seconds=5 * shop.DAY_SECONDS)
    company.hear()
    company.reconcile()
    payout = Payout.objects.get(stripe_id=stripe_id)
    made_of = sorted(payout.lines.values_list("stripe_id", "net_minor"))
    assert payout.lines_read_at is not None
    assert sum(net for _, net in made_of if net > 0) == payout.amount_minor

    payout_reading.itemise(payout)

    assert sorted(payout.lines.values_list("stripe_id", "net_minor")) == made_of
