"""The start page, the tile's drill-down and the explanations, over a shop whose faults were planted."""

from collections import Counter

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from billing.models import Invoice, InvoiceLine
from billing.services.ledger import entries
from billing.services.ledger.entries import Line
from config.base import clock
from config.base.models import StripeAccount
from payments.models import Dispute, Payment, Refund
from reconciliation.models import Discrepancy, Payout, RunBalance, StatementLine
from reconciliation.services import actions, explain
from tests import factories
from tests.flows.faults import at_stripe, shop
from tests.flows.faults.company import BY, Company
from tests.flows.faults.planting import Ground
from tests.plugins.stripe import LocalStripe
from tests.reconciliation.console.rows import make_discrepancy


@pytest.fixture
def company(account: StripeAccount, sandbox: LocalStripe) -> Company:
    company, played = Company(account), shop.opened(sandbox)
    shop.live(played, company.hear, days=2)
    at_stripe.plant_in_payouts(Ground(played, range(2)))
    sandbox.control("balance_transactions", {"type": "future_thing", "amount": -700, "currency": "eur"})
    company.reconcile()
    return company


@pytest.fixture
def staff(company: Company, client: Client) -> Client:
    client.force_login(factories.make_user(is_superuser=True))
    return client


def test_the_start_page_says_what_is_unexplained_and_leads_down_to_the_line(staff: Client) -> None:
    start = staff.get(reverse("admin:index")).content.decode()
    balance = RunBalance.objects.latest("pk").run.balances.get(currency="eur")
    tile = staff.get(reverse("admin:reconciliation_runbalance_change", args=[balance.pk])).content.decode()

    assert "€7.00" in start
    assert "settles by itself" in start
    assert 'data-type="line"' in start
    assert "Stripe&#x27;s fees" in start
    line = StatementLine.objects.get(type="future_thing")
    assert "Unexplained: €7.00" in tile
    assert reverse("admin:reconciliation_statementline_change", args=[line.pk]) in tile


def test_what_is_in_suspense_leads_to_where_it_is_released(staff: Client) -> None:
    row = Discrepancy.objects.get(type="unknown_line_type")
    actions.to_suspense(discrepancy=row, reason="Nobody knows yet.", by=BY)
    balance = RunBalance.objects.latest("pk").run.balances.get(currency="eur")
    RunBalance.objects.filter(pk=balance.pk).update(suspense_minor=700, unmatched_minor=0)

    tile = staff.get(reverse("admin:reconciliation_runbalance_change", args=[balance.pk])).content.decode()
    page = staff.get(reverse("admin:reconciliation_discrepancy_change", args=[row.pk])).content.decode()

    assert reverse("admin:reconciliation_discrepancy_change", args=[row.pk]) in tile
    assert "Release from suspense…" in page


def test_a_prepayment_leads_to_what_does_not_agree_of_its_charge(staff: Client, account: StripeAccount) -> None:
    payment = factories.make_payment(customer=factories.make_customer(account=account), succeeded_at=clock.now())
    sides = (("stripe_clearing", 1099), ("customer_prepayments", -1099))
    entries.post(
        legal_entity=account.legal_entity, effective_on=clock.now().date(), source=str(payment.stripe_id),
        kind="received", by="test", lines=[
            Line(
                kind=kind, amount_minor=minor, currency="eur", account_id=account.pk,
                reference=payment.latest_charge_id if minor > 0 else "", document=str(payment.stripe_id),
            )
            for kind, minor in sides
        ],
    )  # fmt: skip
    row = make_discrepancy(account, type="missing_at_stripe", object_id=payment.latest_charge_id, amount_minor=-1099)
    balance = RunBalance.objects.latest("pk").run.balances.get(currency="eur")
    RunBalance.objects.filter(pk=balance.pk).update(prepayments_minor=1099)

    tile = staff.get(reverse("admin:reconciliation_runbalance_change", args=[balance.pk])).content.decode()

    assert tile.count(reverse("admin:reconciliation_discrepancy_change", args=[row.pk])) == 1


KINDS: tuple[type[Model], ...] = (Payout, StatementLine, Payment, Refund, Dispute, Invoice, InvoiceLine)


def test_everything_is_explained_down_to_the_books(staff: Client) -> None:
    for kind in KINDS:
        stripe_id = str(kind._default_manager.order_by("pk").values_list("stripe_id", flat=True)[0])
        if kind is StatementLine:
            stripe_id = StatementLine.objects.filter(type="charge").order_by("pk")[0].stripe_id
        page = staff.get(reverse("admin:reconciliation_explain", args=[stripe_id]))
        found = explain.of(stripe_id)
        sums: Counter[str] = Counter()
        for posting in found.postings if found else []:
            sums[posting.account.currency] += posting.amount_minor

        assert page.status_code == 200, kind
        assert found, kind
        assert found.parts, kind
        assert sums, kind
        assert set(sums.values()) == {0}, kind


def test_each_thing_leads_to_what_it_hangs_on(staff: Client) -> None:
    paid = Payment.objects.filter(
        latest_charge_id__in=StatementLine.objects.exclude(payout=None).values("source_id")
    ).first()
    assert paid
    invoice, dispute = Invoice.objects.order_by("pk")[0], Dispute.objects.order_by("pk")[0]
    line = invoice.lines.order_by("pk")[0]
    txn = StatementLine.objects.get(source_id=paid.latest_charge_id)

    assert kinds(paid.public_id)[:3] == ["Invoice", "Line:", "Payout"]
    assert kinds(invoice.public_id)[0] == "Invoice"
    assert kinds(line.stripe_id)[:2] == ["Invoice", "Payment"]
    assert kinds(dispute.stripe_id)[0] == "Payment"
    page = staff.get(reverse("admin:reconciliation_explain", args=[txn.stripe_id])).content.decode()
    assert "payment_intent.succeeded" in page


def kinds(any_id: str) -> list[str]:
    found = explain.of(any_id)
    assert found
    return [part.kind.split()[0] for part in found.parts]


@pytest.mark.django_db
def test_what_we_do_not_keep_is_not_explained(client: Client) -> None:
    client.force_login(factories.make_user(is_superuser=True))

    assert explain.of("ch_unknown") is None
    assert client.get(reverse("admin:reconciliation_explain", args=["ch_unknown"])).status_code == 404


@pytest.mark.django_db
def test_only_those_may_read_it_who_may(client: Client) -> None:
    client.force_login(factories.make_user(email="nobody@example.com"))
    paid = factories.make_payment()

    assert client.get(reverse("admin:reconciliation_explain", args=[paid.public_id])).status_code == 403
    assert "Unexplained" not in client.get(reverse("admin:index")).content.decode()
