"""What staff do about discrepancies: shown in money first, done once, with a reason, and told in its history."""

from datetime import date

import pytest
from django.test import Client

from billing.models import Entry, Posting
from billing.services.ledger import entries
from billing.services.ledger.entries import Line
from config.base.actor import Actor
from config.base.models import StripeAccount
from config.base.money import Money
from payments.services import payments
from reconciliation.models import Discrepancy, Match, Run
from tests import factories
from tests.plugins.stripe import LocalStripe
from tests.reconciliation.console.confirming import confirm, messages, seen
from tests.reconciliation.console.rows import make_discrepancy, make_line, make_run

pytestmark = pytest.mark.django_db
QUEUE = "/admin/reconciliation/discrepancy/"
REASON = "The shop has confirmed it."


def url(row: Discrepancy, action: str = "change") -> str:
    return f"{QUEUE}{row.pk}/{action}/"


def book(account: StripeAccount, source: str, *lines: Line) -> None:
    assert entries.post(
        legal_entity=account.legal_entity, effective_on=date(2026, 3, 1), source=source, kind="received", by="test",
        lines=lines,
    )  # fmt: skip


def leave(account: StripeAccount, reference: str, minor: int) -> None:
    """Something that stands in clearing and does not go away."""
    book(
        account, f"pi_{reference}",
        Line(kind="stripe_clearing", amount_minor=minor, currency="eur", account_id=account.pk, reference=reference),
        Line(kind="receivable", amount_minor=-minor, currency="eur"),
    )  # fmt: skip


def held(kind: str) -> int:
    return sum(Posting.objects.filter(account__kind=kind).values_list("amount_minor", flat=True))


@pytest.fixture
def amount(shop: StripeAccount) -> Discrepancy:
    """3.00 € that stay in clearing."""
    leave(shop, "ch_1", -300)
    return make_discrepancy(object_id="ch_1")


def test_an_accepted_difference_is_written_off_with_its_reason(login, amount: Discrepancy) -> None:
    finance = login(role="finance")

    said = confirm(finance, url(amount, "accept"), {"reason": REASON})

    assert "The difference of €3.00 stays as it is, and waits for nobody any more." in said
    assert "€3.00 in Stripe clearing is booked to Write offs." in said
    amount.refresh_from_db()
    assert (amount.status, amount.reason, amount.rule) == ("accepted", REASON, "Ada")
    assert (held("stripe_clearing"), held("write_offs")) == (0, -300)
    assert Entry.objects.get(source=amount.public_id).note == REASON
    page = finance.get(url(amount)).content.decode()
    assert "Accepted by Ada" in page
    assert "Staff action" in page


def test_a_deed_is_done_once(boss: Client, amount: Discrepancy) -> None:
    page = boss.post(url(amount, "accept"), {"reason": REASON}).content.decode()
    form = {"reason": REASON, "step": "do", "seen": seen(page)}

    boss.post(url(amount, "accept"), form)
    boss.post(url(amount, "accept"), form)

    assert held("write_offs") == -300
    assert "settled" in messages(boss, url(amount)) or Entry.objects.filter(source=amount.public_id).count() == 1


def test_what_changed_meanwhile_is_shown_again_before_it_is_accepted(boss: Client, amount: Discrepancy) -> None:
    page = boss.post(url(amount, "accept"), {"reason": REASON}).content.decode()
    Discrepancy.objects.filter(pk=amount.pk).update(amount_minor=9900)

    again = boss.post(url(amount, "accept"), {"reason": REASON, "step": "do", "seen": seen(page)}).content.decode()

    assert "Something has changed" in again
    assert "€99.00" in again
    assert held("write_offs") == 0


def test_what_was_booked_meanwhile_is_shown_before_more_is_written_off(boss: Client, amount: Discrepancy) -> None:
    page = boss.post(url(amount, "accept"), {"reason": REASON}).content.decode()
    book(
        amount.account, "pi_late",
        Line(kind="stripe_clearing", amount_minor=9900, currency="eur", account_id=amount.account_id, reference="ch_1"),
        Line(kind="receivable", amount_minor=-9900, currency="eur"),
    )  # fmt: skip

    again = boss.post(url(amount, "accept"), {"reason": REASON, "step": "do", "seen": seen(page)}).content.decode()

    assert "Something has changed" in again
    assert "€96.00 in Stripe clearing is booked to Write offs." in again
    assert held("write_offs") == 0


def test_no_reason_no_deed(boss: Client, amount: Discrepancy) -> None:
    response = boss.post(url(amount, "accept"), {"reason": "", "step": "do"})

    assert response.context["form"].errors
    assert held("write_offs") == 0


def test_suspense_holds_it_until_it_is_released_to_where_it_belongs(boss: Client, amount: Discrepancy) -> None:
    confirm(boss, url(amount, "to_suspense"), {"reason": "Nobody knows yet."})
    assert (held("stripe_clearing"), held("suspense")) == (0, -300)
    page = boss.get(url(amount)).content.decode()
    assert url(amount, "release_suspense") in page
    assert url(amount, "accept") not in page

    said = confirm(boss, url(amount, "release_suspense"), {"ledger_kind": "revenue", "reason": "A gift wrap."})

    assert said == ["€3.00 in Suspense is booked to Revenue."]
    assert (held("suspense"), held("revenue")) == (0, -300)
    assert url(amount, "release_suspense") not in boss.get(url(amount)).content.decode()


def test_an_unknown_line_is_booked_to_an_account(boss: Client, shop: StripeAccount) -> None:
    line = make_line(shop, type="network_cost", amount_minor=-870, fee_minor=0)
    row = make_discrepancy(shop, type="unknown_line_type", object_id=line.stripe_id, amount_minor=-870, ours={})

    said = confirm(boss, url(row, "book"), {"ledger_kind": "fees", "reason": REASON})

    assert said[:2] == ["€8.70 left Stripe's balance.", "-€8.70 gross is booked to Fees."]
    assert (held("stripe_balance"), held("fees")) == (-870, 870)
    line.refresh_from_db()
    assert line.is_posted


def test_a_payment_without_a_document_becomes_a_sale(boss: Client, shop: StripeAccount) -> None:
    book(
        shop, "pi_1",
        Line(kind="bank", amount_minor=990, currency="eur"),
        Line(kind="customer_prepayments", amount_minor=-990, currency="eur", document="pi_1"),
    )  # fmt: skip
    row = make_discrepancy(shop, type="prepayment", object_id="pi_1", amount_minor=990)

    said = confirm(boss, url(row, "book_sale"), {"reason": REASON})

    assert "€9.90 that the customer has prepaid become revenue, without tax." in said
    assert (held("customer_prepayments"), held("revenue")) == (0, -990)


def test_lines_and_documents_are_linked_and_the_link_is_taken_back(boss: Client, shop: StripeAccount) -> None:
    leave(shop, "ch_ours", 1099)
    leave(shop, "ch_theirs", -1099)
    line = make_line(shop, source_id="ch_theirs")
    row = make_discrepancy(shop, type="missing_at_stripe", object_id="ch_ours", amount_minor=-1099, theirs={})
    make_discrepancy(shop, type="missing_here", object_id="ch_theirs", amount_minor=1099, ours={})
    asked = boss.get(url(row, "link")).content.decode()
    assert f"A line of this amount: {line.stripe_id}" in asked
    assert "The opposite amount waits elsewhere: Missing here, ch_theirs." in asked

    form = {"lines": line.stripe_id, "references": "ch_ours", "reason": REASON}
    said = confirm(boss, url(row, "link"), form)

    assert any(line.stripe_id in each and "€10.99" in each for each in said)
    match = Match.objects.get()
    assert (match.rule, match.reason) == ("Grace", REASON)
    assert held("stripe_clearing") == 0
    confirm(boss, url(row, "unlink"), {"reason": "It was another one."})
    match.refresh_from_db()
    assert match.undone_by == "Grace"


def test_what_does_not_add_up_is_not_linked(boss: Client, amount: Discrepancy) -> None:
    line = make_line(amount.account, source_id="ch_2")

    confirm(boss, url(amount, "link"), {"lines": line.stripe_id, "references": "ch_1", "reason": REASON})

    assert "The amounts do not add up" in messages(boss, url(amount))
    assert not Match.objects.exists()


def test_lines_that_are_not_there_are_named(boss: Client, amount: Discrepancy) -> None:
    form = {"lines": "txn_none", "references": "ch_1", "reason": REASON}

    assert "There is no line txn_none." in boss.post(url(amount, "link"), form).content.decode()


def test_somebody_takes_it_and_says_something(login, amount: Discrepancy) -> None:
    ada = login(role="finance")
    me = int(ada.session["_auth_user_id"])

    page = ada.get(url(amount, "assign")).content.decode()
    ada.post(url(amount, "assign"), {"to": me, "step": "do", "seen": seen(page)})
    page = ada.get(url(amount, "comment")).content.decode()
    form = {"text": "I have asked the shop.", "step": "do", "seen": seen(page)}
    ada.post(url(amount, "comment"), form)
    ada.post(url(amount, "comment"), form)

    amount.refresh_from_db()
    assert amount.assignee_id == me
    assert list(amount.notes.filter(kind="comment").values_list("text", "by")) == [("I have asked the shop.", "Ada")]
    assert "I have asked the shop." in ada.get(url(amount)).content.decode()


def test_what_stripe_says_is_fetched_again(boss: Client, account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = payments.create(
        account=account, amount=Money(1099, "eur"), payment_method="pm_card_visa", confirm=True, by=Actor.system("shop")
    )
    payment.refresh_from_db()
    type(payment).objects.filter(pk=payment.pk).update(amount_received_minor=1)
    row = make_discrepancy(account, object_id=payment.latest_charge_id)

    said = confirm(boss, url(row, "fetch_again"), {})

    assert "No money moves." in said[1]
    payment.refresh_from_db()
    assert payment.amount_received_minor == 1099
    assert "Fetched again from Stripe." in boss.get(url(row)).content.decode()


def test_only_what_is_safe_for_its_type_is_offered(boss: Client, shop: StripeAccount) -> None:
    fee = make_discrepancy(shop, type="fee")
    balance = make_discrepancy(shop, type="balance")
    settled = make_discrepancy(shop, status="settled")

    page = boss.get(url(fee)).content.decode()
    assert url(fee, "accept") in page
    assert url(fee, "to_suspense") not in page
    assert url(balance, "fetch_again") not in boss.get(url(balance)).content.decode()
    assert url(settled, "accept") not in boss.get(url(settled)).content.decode()
    assert boss.post(url(fee, "to_suspense"), {"reason": REASON}).status_code == 302
    assert "This is not possible for one of this type." in messages(boss, url(fee))


@pytest.mark.parametrize("role", ["support", "auditor"])
def test_others_only_read(login, amount: Discrepancy, role: str) -> None:
    staff = login(role=role)

    assert url(amount, "accept") not in staff.get(url(amount)).content.decode()
    for action in ("fetch_again", "accept", "to_suspense", "link", "assign", "comment", "release_suspense", "unlink"):
        assert staff.get(url(amount, action)).status_code == 403
        assert staff.post(url(amount, action), {"reason": REASON, "step": "do"}).status_code == 403
    assert held("write_offs") == 0


# Runs by hand ----------------------------------------------------------------------------------------------------
RUNS = "/admin/reconciliation/run/"


def test_a_run_is_started_by_hand_and_once(login, shop: StripeAccount) -> None:
    finance = login(role="finance")
    form = {"account": shop.pk, "from_date": "2026-03-01", "to_date": "2026-03-05", "once": "form_1"}

    assert finance.post(f"{RUNS}add/", form).status_code == 302
    assert finance.post(f"{RUNS}add/", form).status_code == 302

    run = Run.objects.get()
    assert (run.status, run.by, run.from_date, run.to_date) == ("running", "Ada", date(2026, 3, 1), date(2026, 3, 5))
    assert "1 Mar 2026 – 5 Mar 2026" in finance.get(f"{RUNS}{run.pk}/change/").content.decode()


def test_while_one_runs_it_is_shown_instead_of_a_second_one(boss: Client, shop: StripeAccount) -> None:
    running = make_run(shop, status="running", step="match", finished_at=None)

    response = boss.post(f"{RUNS}add/", {"account": shop.pk, "once": "form_1"})

    assert response.headers["Location"] == f"{RUNS}{running.pk}/change/"


def test_days_the_wrong_way_round_are_refused(boss: Client, shop: StripeAccount) -> None:
    form = {"account": shop.pk, "from_date": "2026-03-05", "to_date": "2026-03-01", "once": "form_1"}

    assert list(boss.post(f"{RUNS}add/", form).context["form"].errors) == ["to_date"]
    assert list(boss.post(f"{RUNS}add/", {**form, "from_date": ""}).context["form"].errors) == ["from_date"]


def test_support_starts_no_run(login, shop: StripeAccount) -> None:
    assert login(role="support").post(f"{RUNS}add/", {"account": shop.pk}).status_code == 403
    assert factories.make_account() == shop
