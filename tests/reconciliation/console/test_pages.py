"""Payouts, statement lines, runs and discrepancies as finance people read them."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from billing.services.ledger import entries
from billing.services.ledger.entries import Line
from config.base import clock
from config.base.models import StripeAccount
from reconciliation.admin import words
from reconciliation.models import Discrepancy
from reconciliation.services import explain
from tests import factories
from tests.reconciliation.console import confirming
from tests.reconciliation.console.rows import make_discrepancy, make_line, make_payout, make_run

pytestmark = pytest.mark.django_db
URL = "/admin/reconciliation"


def text(client: Client, path: str, **query: str) -> str:
    response = client.get(f"{URL}/{path}", query)
    assert response.status_code == 200
    return response.content.decode()


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def column(page: str, name: str) -> list[str]:
    cells = re.findall(rf'<t[dh] class="field-{name}_shown[^>]*>(.*?)</t[dh]>', page, re.DOTALL)
    return [plain(cell).strip() for cell in cells]


# Payouts ---------------------------------------------------------------------------------------------------------
def test_a_payout_is_proven_by_its_lines(boss: Client, shop: StripeAccount) -> None:
    payout = make_payout(amount_minor=1042)
    make_line(payout=payout)
    make_line(payout=payout, type="payout", amount_minor=-1042, fee_minor=0, source_id=payout.stripe_id)

    page = plain(text(boss, f"payout/{payout.pk}/change/"))

    assert "Lines sum to the payout: yes" in page
    assert "1 line adds up to €10.42, exactly" in page
    assert "Charge 1 €10.99 -€0.57 €10.42" in page
    assert column(text(boss, "payout/"), "proof") == ["Proven"]


def test_a_payout_whose_lines_do_not_sum_to_it_says_what_is_missing(boss: Client, shop: StripeAccount) -> None:
    payout = make_payout(amount_minor=2000)
    make_line(payout=payout)

    page = plain(text(boss, f"payout/{payout.pk}/change/"))

    assert "Lines sum to the payout: no" in page
    assert "1 line adds up to €10.42, and €20.00 were paid out: +€9.58 are missing" in page
    assert column(text(boss, "payout/"), "proof") == ["Not complete"]


@pytest.mark.parametrize("method", ["standard", "instant"])
def test_a_payout_by_hand_is_proven_as_balance_only(boss: Client, shop: StripeAccount, method: str) -> None:
    payout = make_payout(is_automatic=False, method=method)

    page = plain(text(boss, f"payout/{payout.pk}/change/"))

    assert "Proven as balance only" in page
    assert "Stripe does not say which lines" in page
    assert column(text(boss, "payout/"), "proof") == ["Balance only"]


def test_a_failed_payout_says_why_and_a_negative_one_whence(boss: Client, shop: StripeAccount) -> None:
    failed = make_payout(status="failed", failure_message="The bank account is closed.")
    negative = make_payout(amount_minor=-500)

    assert "The bank account is closed." in text(boss, f"payout/{failed.pk}/change/")
    assert "the balance was below zero" in text(boss, f"payout/{negative.pk}/change/")


# Statement lines -------------------------------------------------------------------------------------------------
def test_lines_show_amounts_and_lead_to_what_they_belong_to(boss: Client, shop: StripeAccount) -> None:
    payment = factories.make_payment()
    line = make_line(source_id=payment.latest_charge_id)

    page = text(boss, "statementline/")

    assert column(page, "gross") == ["€10.99"]
    assert column(page, "fee") == ["-€0.57"]
    assert column(page, "net") == ["€10.42"]
    assert column(page, "state") == ["Not booked yet"]
    assert f'href="/admin/payments/payment/{payment.pk}/change/"' in page
    assert "Stripe processing fees" in text(boss, f"statementline/{line.pk}/change/")


def test_a_line_with_an_open_discrepancy_leads_to_it(boss: Client, shop: StripeAccount) -> None:
    line = make_line(source_id="ch_other")
    make_line(source_id="ch_fine")
    row = make_discrepancy(object_id="ch_other", type="missing_here", ours={})

    page = text(boss, "statementline/", explained="no")

    assert column(page, "state") == ["Missing here"]
    assert f"/admin/reconciliation/discrepancy/{row.pk}/change/" in page
    assert line.stripe_id in text(boss, f"discrepancy/{row.pk}/change/") or "Charge" in page


def test_lines_are_found_by_payout_type_and_source(boss: Client, shop: StripeAccount) -> None:
    payout = make_payout()
    make_line(payout=payout, type="refund", amount_minor=-100, fee_minor=0, source_id="re_1")
    make_line(source_id="ch_1")

    for query in ({"payout": payout.stripe_id}, {"type": "refund"}, {"q": "re_1"}, {"q": payout.stripe_id}):
        assert column(text(boss, "statementline/", **query), "gross") == ["-€1.00"]


def test_a_line_that_stripe_lists_no_more_says_so(boss: Client, shop: StripeAccount) -> None:
    line = make_line(missing_since=clock.now())

    assert "does not any more" in text(boss, f"statementline/{line.pk}/change/")
    assert column(text(boss, "statementline/", explained="gone"), "state") == ["Not listed any more"]


def test_a_payment_shows_its_lines_and_what_is_not_explained_of_it(boss: Client, shop: StripeAccount) -> None:
    payment = factories.make_payment()
    line = make_line(source_id=payment.latest_charge_id, payout=make_payout())
    row = make_discrepancy(object_id=payment.latest_charge_id)

    page = boss.get(f"/admin/payments/payment/{payment.pk}/change/").content.decode()

    assert f"/admin/reconciliation/statementline/{line.pk}/change/" in page
    assert f"/admin/reconciliation/discrepancy/{row.pk}/change/" in page
    assert "Not explained: amount, +€3.00" in page


def test_an_entry_of_a_line_leads_to_it(boss: Client, shop: StripeAccount) -> None:
    line = make_line(shop)
    posted = entries.post(
        legal_entity=shop.legal_entity, effective_on=date(2026, 3, 1), source=line.stripe_id, kind="charge", by="test",
        lines=[
            Line(kind="bank", amount_minor=1, currency="eur", reference="po_elsewhere"),
            Line(kind="revenue", amount_minor=-1, currency="eur"),
        ],
    )  # fmt: skip
    assert posted

    page = boss.get("/admin/billing/entry/").content.decode()

    assert f'href="/admin/reconciliation/statementline/{line.pk}/change/"' in page
    assert "po_elsewhere" in boss.get("/admin/billing/posting/").content.decode()


# Runs ------------------------------------------------------------------------------------------------------------
def test_a_run_shows_the_parts_of_what_is_unexplained_by_currency(boss: Client, shop: StripeAccount) -> None:
    parts = {"eur": {"clearing_minor": 300, "suspense_minor": 50, "moved_minor": 9900}, "usd": {"timing_minor": 7}}
    run = make_run(shop, balances=parts)

    page = plain(text(boss, f"run/{run.pk}/change/"))

    assert "Unexplained: €3.50" in page
    assert "In clearing past its day €3.00 $0.00" in page
    assert "Settles by itself €0.00 $0.07" in page
    assert column(text(boss, "run/"), "unexplained") == ["€3.50 $0.00"]


def test_a_run_counts_what_waits_for_somebody_and_leads_to_it(boss: Client, shop: StripeAccount) -> None:
    run = make_run(shop, balances={"eur": {"clearing_minor": 300}}, discrepancies_found=2)
    payment = factories.make_payment()
    make_discrepancy(shop, run=run, object_id=payment.latest_charge_id)
    make_discrepancy(shop, run=run, type="timing", expected_on=clock.now().date())

    page = text(boss, f"run/{run.pk}/change/")

    assert "1 that it found waits for somebody." in page
    assert f"/admin/reconciliation/runbalance/{run.balances.get().pk}/change/" in page
    assert f"/admin/payments/payment/{payment.pk}/change/" in page


def test_a_run_that_failed_says_where_and_why(boss: Client, shop: StripeAccount) -> None:
    run = make_run(shop, status="failed", step="read_lines", error="Stripe did not answer.", balances={})

    page = plain(text(boss, f"run/{run.pk}/change/"))

    assert "It failed while reading balance transactions" in page
    assert "Stripe did not answer. The next run goes on from there." in page


# Discrepancies ---------------------------------------------------------------------------------------------------
def test_the_queue_shows_what_waits_and_hides_nothing(boss: Client, shop: StripeAccount) -> None:
    opened = clock.now() - timedelta(days=3, hours=1)
    make_discrepancy(opened_at=opened)
    make_discrepancy(type="timing", amount_minor=1, expected_on=date(2099, 1, 2))
    make_discrepancy(type="fee", amount_minor=2, status="settled", closed_at=clock.now())

    page = text(boss, "discrepancy/")
    assert column(page, "type") == ["Amount"]
    assert column(page, "amount") == ["+€3.00"]
    assert column(page, "age") == ["3 days"]
    assert column(page, "cause")[0].startswith("Both sides know it")
    assert column(text(boss, "discrepancy/", status="timing"), "age") == ["by 2 Jan 2099"]
    assert column(text(boss, "discrepancy/", status="settled"), "type") == ["Fee Settled"]
    assert len(column(text(boss, "discrepancy/", status="all"), "type")) == 3


def test_an_empty_queue_says_that_nothing_waits(boss: Client, shop: StripeAccount) -> None:
    assert "Nothing waits for anybody" in text(boss, "discrepancy/")


def test_the_queue_is_narrowed_by_type_currency_and_assignee(login, shop: StripeAccount) -> None:
    ada = login(role="finance", name="Ada")
    grace = factories.make_user(name="Grace")
    make_run(shop, balances={"eur": {}, "usd": {}})
    make_discrepancy(type="fee", currency="usd", assignee=grace)
    make_discrepancy(assignee_id=int(ada.session["_auth_user_id"]))
    make_discrepancy(type="duplicate")

    assert column(text(ada, "discrepancy/", type="duplicate"), "type") == ["Duplicate"]
    assert column(text(ada, "discrepancy/", currency="usd"), "assignee") == ["Grace"]
    assert column(text(ada, "discrepancy/", assignee="me"), "assignee") == ["Ada"]
    assert column(text(ada, "discrepancy/", assignee="nobody"), "type") == ["Duplicate"]
    assert column(text(ada, "discrepancy/", assignee=str(grace.pk)), "type") == ["Fee"]


def test_a_discrepancy_shows_both_sides_and_marks_what_differs(boss: Client, shop: StripeAccount) -> None:
    payment = factories.make_payment()
    row = make_discrepancy(object_id=payment.latest_charge_id)
    make_line(source_id=payment.latest_charge_id, amount_minor=1399)

    page = text(boss, f"discrepancy/{row.pk}/change/")

    differing = re.findall(r'<tr class="cf-differs">(.*?)</tr>', page, re.DOTALL)
    assert [plain(found).strip() for found in differing] == ["Amount differs €13.99 €10.99"]
    assert "Likely cause" in page
    assert "Seen by the run" in page
    assert f'href="/admin/payments/payment/{payment.pk}/change/"' in page


def test_a_side_that_is_not_there_is_said(boss: Client, shop: StripeAccount) -> None:
    row = make_discrepancy(type="missing_here", ours={})

    page = plain(text(boss, f"discrepancy/{row.pk}/change/"))

    assert f"{row.object_id} Nothing" in page


def test_the_menu_counts_what_waits(boss: Client, shop: StripeAccount) -> None:
    make_discrepancy()
    make_discrepancy(type="timing")

    menu = plain(boss.get("/admin/").content.decode())

    assert "Discrepancies 1" in menu


@pytest.mark.parametrize("role", ["support", "finance", "auditor"])
def test_staff_read_all_of_it_and_nobody_else(login, shop: StripeAccount, role: str) -> None:
    staff, nobody = login(role=role), login(name="Eve")
    rows = [make_run(shop), make_payout(), make_line(), make_discrepancy()]
    for row in rows:
        address = f"{URL}/{row._meta.model_name}"
        assert staff.get(f"{address}/").status_code == staff.get(f"{address}/{row.pk}/change/").status_code == 200
        assert nobody.get(f"{address}/").status_code == nobody.get(f"{address}/{row.pk}/change/").status_code == 403
        assert staff.post(f"{address}/{row.pk}/change/", {"status": "x"}).status_code == 403


def test_settled_and_accepted_ones_say_by_whom_and_why(boss: Client, shop: StripeAccount) -> None:
    accepted = make_discrepancy(status="accepted", rule="Ada", reason="Two cents of rounding.", closed_at=clock.now())
    settled = make_discrepancy(status="settled", closed_at=clock.now())

    assert "Accepted by Ada" in text(boss, f"discrepancy/{accepted.pk}/change/")
    assert "Two cents of rounding." in text(boss, f"discrepancy/{accepted.pk}/change/")
    assert "opens again by itself if it comes back" in text(boss, f"discrepancy/{settled.pk}/change/")


def test_lists_name_the_days_they_are_narrowed_by(boss: Client, shop: StripeAccount) -> None:
    assert "<legend>Created</legend>" in text(boss, "statementline/")
    assert "<legend>Opened</legend>" in text(boss, "discrepancy/")


def test_a_comment_is_told_once(boss: Client, shop: StripeAccount) -> None:
    row = make_discrepancy(shop)
    confirming.confirm(boss, f"{URL}/discrepancy/{row.pk}/comment/", {"text": "The shop knows."})

    page = text(boss, f"discrepancy/{row.pk}/change/")

    assert "The shop knows." in page
    assert "A comment is added" not in page


# Explain, and the start page -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rate", "settled", "said"),
    [
        ("1.0775", 6896, "CHF\xa064.00 × 1.0775 = €68.96"),
        ("1.0775", 6816, "CHF\xa064.00 × 1.0775 = 68.96 EUR, difference -0.80"),
        ("1.07723", 6894, "CHF\xa064.00 × 1.07723 = 68.94272 EUR, rounding -0.00272"),
    ],
)
def test_a_conversion_says_what_was_rounded(
    boss: Client, shop: StripeAccount, rate: str, settled: int, said: str
) -> None:
    payment = factories.make_payment(amount_minor=6400, currency="chf")
    line = make_line(
        shop, source_id=payment.latest_charge_id, amount_minor=settled, fee_minor=0, exchange_rate=Decimal(rate)
    )

    for any_id in (payment.public_id, line.stripe_id):
        found = explain.of(any_id)
        assert found
        assert said in [part.note for part in (found.subject, *found.parts)]
    page = boss.get(reverse("admin:reconciliation_explain", args=[payment.public_id])).content.decode()
    assert said in page
    assert re.search(r'class="cf-crumb"[^>]*>Explain payment', page)


@pytest.mark.parametrize("role", ["finance", "auditor"])
def test_every_amount_of_a_document_is_explained_from_its_page(login, shop: StripeAccount, role: str) -> None:
    payment = factories.make_payment()
    refund = factories.make_refund(payment, amount_minor=100)
    reader = login(role=role)

    for name, row in (("payment", payment), ("refund", refund)):
        page = reader.get(f"/admin/payments/{name}/{row.pk}/change/").content.decode()
        assert reverse("admin:reconciliation_explain", args=[row.public_id]) in page
        assert reader.get(reverse("admin:reconciliation_explain", args=[row.public_id])).status_code == 200


def test_the_start_page_draws_the_currency_that_is_not_explained(boss: Client, shop: StripeAccount) -> None:
    other = "gbp" if shop.legal_entity.currency == "eur" else "eur"
    for minor in (0, 4_980):
        make_run(shop, balances={shop.legal_entity.currency: {}, other: {"clearing_minor": minor}})
    for _ in range(2):
        factories.make_payment(currency="jpy", succeeded_at=clock.now())

    page = boss.get("/admin/").content.decode()

    assert f"Unexplained over the last 2 runs ({other.upper()})" in page
    assert "Received this month against last (JPY)" in page
    assert "discrepancy/?status=timing" in page
    assert "discrepancy/?assignee=me" in page


def test_every_type_has_a_name_a_cause_and_an_advice() -> None:
    assert set(words.TYPES) == set(Discrepancy.Type.values)
    assert all(all(said) for said in words.TYPES.values())
