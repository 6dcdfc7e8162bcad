"""Two who act on the same at the same moment: the second sees what the first has done, and nothing is booked twice."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum

from billing.models import Posting
from billing.services.ledger import entries, payment_facts
from billing.services.ledger.entries import Line
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.models import Payment
from reconciliation.models import Discrepancy, Match, Run, StatementLine
from reconciliation.services import actions, filing, linking, matching, posting, reading, runs
from tests import factories
from tests.reconciliation.console.rows import make_discrepancy, make_line, make_run
from tests.reconciliation.matching.side_by_side import a_sale, change, reconcile
from tests.reconciliation.races.waiting import while_others_wait

pytestmark = pytest.mark.django_db
ADA, BEN = Actor.system("Ada"), Actor.system("Ben")


def held(kind: str) -> int:
    return Posting.objects.filter(account__kind=kind).aggregate(held=Sum("amount_minor"))["held"] or 0


def leave(account: StripeAccount, reference: str, minor: int) -> None:
    book(account, f"pi_{reference}", "stripe_clearing", minor, reference=reference)


def book(account: StripeAccount, source: str, kind: str, minor: int, **side: Any) -> None:
    lines = [
        Line(kind=kind, amount_minor=minor, currency="eur", account_id=account.pk, **side),
        Line(kind="receivable", amount_minor=-minor, currency="eur"),
    ]
    entries.post(
        legal_entity=account.legal_entity, effective_on=date(2026, 3, 1), source=source, kind="received", by="test",
        lines=lines,
    )  # fmt: skip


@pytest.fixture
def account(db: None) -> StripeAccount:
    return factories.make_account()


def test_two_discrepancies_of_one_charge_are_written_off_once(account: StripeAccount, database_url: str) -> None:
    leave(account, "ch_1", -300)
    one = make_discrepancy(account, object_id="ch_1")
    other = make_discrepancy(account, object_id="ch_1", type="status")

    while_others_wait(
        database_url,
        lambda: actions.accept(discrepancy=one, reason="Looked at", by=ADA),
        lambda: actions.accept(discrepancy=other, reason="Looked at", by=BEN),
    )

    assert held("stripe_clearing") == 0
    assert held("write_offs") == -300


def test_what_is_linked_is_not_accepted_too(account: StripeAccount, database_url: str) -> None:
    leave(account, "ch_ours", 1099)
    leave(account, "ch_theirs", -1099)
    line = make_line(account, source_id="ch_theirs", is_posted=True)
    row = make_discrepancy(account, type="missing_at_stripe", object_id="ch_ours", amount_minor=-1099)

    refused = while_others_wait(
        database_url,
        lambda: actions.accept(discrepancy=row, reason="Looked at", by=ADA),
        lambda: linking.link(account=account, lines=[line], references=["ch_ours"], reason="Same", by=BEN),
    )

    assert isinstance(refused, linking.DoesNotBalance)
    assert held("write_offs") == 1099
    assert not Match.objects.exists()


def test_the_same_is_linked_once(account: StripeAccount, database_url: str) -> None:
    leave(account, "ch_ours", 1099)
    leave(account, "ch_theirs", -1099)
    line = make_line(account, source_id="ch_theirs", is_posted=True)

    refused = while_others_wait(
        database_url,
        lambda: linking.link(account=account, lines=[line], references=["ch_ours"], reason="Same", by=ADA),
        lambda: linking.link(account=account, lines=[line], references=["ch_ours"], reason="Same", by=BEN),
    )

    assert isinstance(refused, linking.DoesNotBalance)
    assert Match.objects.count() == 1
    assert held("stripe_clearing") == 0


def test_suspense_is_released_once_whichever_page_it_was(account: StripeAccount, database_url: str) -> None:
    leave(account, "ch_1", -300)
    one = make_discrepancy(account, object_id="ch_1")
    other = make_discrepancy(account, object_id="ch_1", type="status", status="settled")
    actions.to_suspense(discrepancy=one, reason="Nobody knows yet", by=ADA)

    is_released = while_others_wait(
        database_url,
        lambda: actions.release_suspense(discrepancy=one, ledger_kind="revenue", reason="A tip", by=ADA),
        lambda: actions.release_suspense(discrepancy=other, ledger_kind="revenue", reason="A tip", by=BEN),
    )

    assert is_released is False
    assert (held("suspense"), held("revenue")) == (0, -300)


def test_a_payment_that_an_invoice_takes_meanwhile_is_no_sale(account: StripeAccount, database_url: str) -> None:
    payment = factories.make_payment(stripe_id="pi_1")
    book(account, "pi_1", "customer_prepayments", -1099, document="pi_1")
    row = make_discrepancy(account, type="prepayment", object_id="pi_1", amount_minor=1099)

    def take() -> None:
        payment_facts.hold(["pi_1"])
        book(account, "in_1", "customer_prepayments", 1099, document="pi_1")

    refused = while_others_wait(
        database_url, take, lambda: actions.book_sale(discrepancy=row, reason="At the counter", by=BEN)
    )

    assert payment.status == Payment.Status.SUCCEEDED
    assert isinstance(refused, actions.DiscrepancyChanged)
    assert (held("customer_prepayments"), held("revenue")) == (0, 0)
    row.refresh_from_db()
    assert row.status == "open"


def test_a_run_that_files_does_not_undo_what_is_accepted_meanwhile(account: StripeAccount, database_url: str) -> None:
    _, line = a_sale()
    change(line, amount_minor=1399, net_minor=1342)
    reconcile()
    row, run = Discrepancy.objects.get(), make_run(account)

    def file() -> None:
        matching.find(run, {})
        filing.file(run)

    while_others_wait(database_url, lambda: actions.accept(discrepancy=row, reason="Looked at", by=ADA), file)

    row.refresh_from_db()
    assert (row.status, row.rule, row.reason) == ("accepted", "Ada", "Looked at")


def test_a_line_that_is_booked_while_it_is_read_again_stays_as_it_stands(
    account: StripeAccount, database_url: str
) -> None:
    line = make_line(account, stripe_id="txn_1", type="stripe_fee", amount_minor=-100, fee_minor=0, net_minor=-100)
    told = {
        "id": "txn_1", "type": "stripe_fee", "reporting_category": "fee", "amount": -150, "fee": 0, "net": -150,
        "currency": "eur", "exchange_rate": None, "fee_details": [], "source": None, "description": None,
        "status": "available", "available_on": 1_700_000_000, "created": 1_780_000_000,
    }  # fmt: skip

    def read() -> None:
        with transaction.atomic():
            reading.keep(account, [told])

    while_others_wait(database_url, lambda: posting.post(account, by=ADA), read)
    posting.post(account, by=ADA)

    line.refresh_from_db()
    assert (line.amount_minor, line.is_posted) == (-150, True)
    assert held("stripe_balance") == -150
    assert StatementLine.objects.count() == 1
    assert not Run.objects.exists()


def test_a_run_that_is_asked_for_while_another_begins_is_one(account: StripeAccount, database_url: str) -> None:
    day = date(2026, 3, 1)

    refused = while_others_wait(
        database_url,
        lambda: runs.start(account=account, by=ADA, from_date=day),
        lambda: runs.run(account=account, by=BEN),
    )

    assert isinstance(refused, runs.RunInProgress)
    assert Run.objects.get().from_date == day
