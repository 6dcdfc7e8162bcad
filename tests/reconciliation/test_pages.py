"""The start page, the tile's drill-down and the explanations, over a shop whose faults were planted."""

from collections import Counter

import pytest
from django.test import Client
from django.urls import reverse

from config.base.models import StripeAccount
from payments.models import Payment
from reconciliation.models import Payout, RunBalance, StatementLine
from reconciliation.services import explain
from tests import factories
from tests.flows.faults import at_stripe, shop
from tests.flows.faults.company import Company
from tests.flows.faults.planting import Ground
from tests.plugins.stripe import LocalStripe


@pytest.fixture
def company(account: StripeAccount, sandbox: LocalStripe) -> Company:
    company, played = Company(account), shop.opened(sandbox)
    shop.live(played, company.hear, days=4)
    at_stripe.plant_in_payouts(Ground(played, range(4)))
    sandbox.control("balance_transactions", {"type": "future_thing", "amount": -700, "currency": "eur"})
    company.reconcile()
    return company


@pytest.fixture
def staff(company: Company, client: Client) -> Client:
    client.force_login(factories.make_user(is_superuser=True))
    return client


def test_the_start_page_says_what_is_unexplained(staff: Client) -> None:
    page = staff.get(reverse("admin:index")).content.decode()

    assert "€7.00" in page
    assert "settles by itself" in page
    assert 'data-type="line"' in page


def test_a_click_goes_down_to_the_line(staff: Client) -> None:
    balance = RunBalance.objects.latest("pk").run.balances.get(currency="eur")
    page = staff.get(reverse("admin:reconciliation_runbalance_change", args=[balance.pk])).content.decode()

    line = StatementLine.objects.get(type="future_thing")
    assert "Unexplained: €7.00" in page
    assert reverse("admin:reconciliation_statementline_change", args=[line.pk]) in page


@pytest.mark.parametrize("kind", [Payout, StatementLine, Payment])
def test_everything_can_be_explained_down_to_the_books(staff: Client, kind: type[Payment]) -> None:
    known = kind.objects.filter(type="charge") if kind is StatementLine else kind.objects.all()
    row = known.order_by("pk").first()
    assert row
    page = staff.get(reverse("admin:reconciliation_explain", args=[row.stripe_id]))

    assert page.status_code == 200
    found = explain.of(str(row.stripe_id))
    assert found
    assert found.parts
    sums: Counter[str] = Counter()
    for posting in found.postings:
        sums[posting.account.currency] += posting.amount_minor
    assert sums
    assert set(sums.values()) == {0}


def test_a_payment_leads_to_its_payout_line_and_invoice(company: Company) -> None:
    paid = Payment.objects.filter(
        latest_charge_id__in=StatementLine.objects.exclude(payout=None).values("source_id")
    ).first()
    assert paid
    found = explain.of(paid.public_id)
    assert found

    kinds = [part.kind.split()[0] for part in found.parts]
    assert kinds[:3] == ["Invoice", "Line:", "Payout"]


def test_what_we_do_not_keep_is_not_explained(staff: Client) -> None:
    assert explain.of("ch_unknown") is None
    assert staff.get(reverse("admin:reconciliation_explain", args=["ch_unknown"])).status_code == 404


def test_only_those_may_read_it_who_may(company: Company, client: Client) -> None:
    client.force_login(factories.make_user(email="nobody@example.com"))
    paid = Payment.objects.order_by("pk")[0]

    assert client.get(reverse("admin:reconciliation_explain", args=[paid.public_id])).status_code == 403
    assert "€7.00" not in client.get(reverse("admin:index")).content.decode()
