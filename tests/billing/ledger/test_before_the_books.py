"""What was begun before the books and ends after: it stands against opening, and Stripe's lines agree."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db.models import Sum

from billing.models import Posting
from billing.services.ledger import opening
from config.base import clock
from reconciliation.models import Discrepancy
from reconciliation.services import verification
from tests.billing.ledger.money_bodies import books
from tests.flows.faults.company import Company
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db
DAY = 86_400
Begins = Callable[[], None]


@pytest.fixture
def begins(company: Company, sandbox: LocalStripe, settings: Any) -> Begins:
    """The books begin in some days; then there is a first run."""
    settings.BOOKS_START = (clock.now() + timedelta(days=4)).astimezone(opening.zone_of(company.account)).date()

    def begin() -> None:
        company.hear()
        sandbox.advance(seconds=5 * DAY)
        company.hear()
        company.reconcile()
        assert_explained(company)

    return begin


def charged(sandbox: LocalStripe, amount: int = 4900) -> Any:
    method = {"payment_method": "pm_card_bypassPending", "confirm": True, "payment_method_types": ["card"]}
    return sandbox.client.v1.payment_intents.create({"amount": amount, "currency": "eur", **method})  # type: ignore[typeddict-item]


def assert_explained(company: Company) -> None:
    assert list(Discrepancy.objects.filter(status="open").values_list("type", "object_id", "amount_minor")) == []
    assert set(company.unexplained().values()) <= {0}
    assert list(verification.findings(company.account.legal_entity)) == []
    open_ = Posting.objects.filter(account__kind__in=["stripe_clearing", "in_transit"]).values("reference")
    assert not open_.annotate(sum=Sum("amount_minor")).exclude(sum=0)


def ends(company: Company, sandbox: LocalStripe) -> None:
    company.hear()
    sandbox.advance(seconds=3 * DAY)
    company.hear()
    company.reconcile()
    assert_explained(company)


def test_a_refund_that_fails_comes_back_out_of_opening(company: Company, sandbox: LocalStripe, begins: Begins) -> None:
    intent = charged(sandbox)
    refund = sandbox.client.v1.refunds.create({"payment_intent": intent.id, "amount": 500}).id
    begins()
    sandbox.control("refunds", {"fail": refund})
    ends(company, sandbox)

    assert books(refund) == {"stripe_clearing": 500, "opening": -500}


def test_a_refund_that_had_failed_before_is_not_booked(company: Company, sandbox: LocalStripe, begins: Begins) -> None:
    intent = charged(sandbox)
    refund = sandbox.client.v1.refunds.create({"payment_intent": intent.id, "amount": 500}).id
    company.hear()
    sandbox.control("refunds", {"fail": refund})
    begins()
    ends(company, sandbox)

    assert books(refund) == {}


def test_a_dispute_that_is_won_comes_back_out_of_opening(
    company: Company, sandbox: LocalStripe, begins: Begins
) -> None:
    intent = charged(sandbox)
    dispute = sandbox.control("disputes", {"charge": intent.latest_charge, "reason": "general"})["id"]
    begins()
    sandbox.control("disputes", {"close": dispute, "status": "won"})
    ends(company, sandbox)

    assert books(dispute) == {"stripe_clearing": 4900, "opening": -4900}


def test_a_payout_that_fails_late_comes_back_out_of_opening(
    company: Company, sandbox: LocalStripe, begins: Begins
) -> None:
    charged(sandbox)
    sandbox.advance(seconds=10)
    payout = sandbox.control("payouts", {"currency": "eur", "amount": 1200, "automatic": False})["id"]
    begins()
    sandbox.control("payouts", {"fail": payout})
    ends(company, sandbox)


def test_a_payout_that_is_on_its_way_and_fails_is_settled(
    company: Company, sandbox: LocalStripe, settings: Any
) -> None:
    charged(sandbox)
    sandbox.advance(seconds=10)
    zone = opening.zone_of(company.account)
    settings.BOOKS_START = (clock.now() + timedelta(days=2)).astimezone(zone).date()
    left = datetime.combine(settings.BOOKS_START, time(), zone) - clock.now()
    sandbox.advance(seconds=int(left.total_seconds()) - 3600)
    payout = sandbox.control("payouts", {"currency": "eur", "amount": 1200, "automatic": False})["id"]
    sandbox.advance(seconds=DAY)
    company.hear()
    company.reconcile()
    sandbox.control("payouts", {"fail": payout})
    ends(company, sandbox)
