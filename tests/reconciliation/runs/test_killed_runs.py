"""A run that dies between any two of its steps: started again, it ends as if nothing had happened.

The table is printed at the end of the run.
"""

from typing import Any

import psycopg
import pytest
from django.db.models import Sum

from billing.models import Entry, Posting
from config.base.actor import Actor
from config.base.models import StripeAccount
from reconciliation.models import Discrepancy, ReadingMark, Run, StatementLine
from reconciliation.services import runs
from tests.flows.faults import shop
from tests.flows.faults.company import Company
from tests.flows.kill.run import killed
from tests.plugins.stripe import LocalStripe
from tests.plugins.tables import AddRow

pytestmark = pytest.mark.django_db
BY = Actor.system("test")

KILLS = {
    "before the run is written": 'statement:INSERT INTO "reconciliation_run":before',
    "after it, before the first page": 'statement:INSERT INTO "reconciliation_run":after',
    "a page written, not committed": 'statement:INSERT INTO "reconciliation_statementline":after',
    "the mark moved, not committed": 'statement:INSERT INTO "reconciliation_readingmark":after',
    "before the lines are committed": "commit:1:before",
    "after it, before the payouts": "commit:1:after",
    "before the second commit": "commit:2:before",
    "after the second commit": "commit:2:after",
    "entries written, not committed": "statement:INSERT INTO billing_entry (:after",
    "a discrepancy written": "statement:INSERT INTO reconciliation_discrepancy :after",
    "before what is unexplained is kept": 'statement:INSERT INTO "reconciliation_runbalance":before',
    "after it, before the end": 'statement:INSERT INTO "reconciliation_runbalance":after',
}


def outcome() -> dict[str, Any]:
    """What a run leaves, without what differs by its time."""
    held = Posting.objects.values_list("account__kind", "account__currency").annotate(Sum("amount_minor"))
    last = Run.objects.latest("pk")
    return {
        "lines": sorted(StatementLine.objects.values_list("stripe_id", "is_posted", "payout__stripe_id")),
        "entries": sorted(Entry.objects.values_list("source", "kind")),
        "books": sorted(held),
        "found": sorted(Discrepancy.objects.values_list("type", "object_id", "amount_minor", "status")),
        "balances": sorted(
            last.balances.values_list("currency", "moved_minor", "proven_minor", "stripe_balance_minor")
        ),
        "running": Run.objects.filter(status=Run.Status.RUNNING).count(),
        "mark": ReadingMark.objects.get().read_until is not None,
    }


def wait_until_free(account: StripeAccount, database_url: str) -> None:
    """Until the database has noticed that the holder is gone."""
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reconcile {account.pk}"])


def a_day(sandbox: LocalStripe, company: Company) -> None:
    sold = shop.opened(sandbox)
    sold.refund(sold.sell("eur", 4900), 1000)
    sold.sell("usd", 2500)
    sandbox.control("balance_transactions", {"type": "future_thing", "amount": 700, "currency": "eur"})
    sandbox.advance(seconds=60)
    company.hear()


@pytest.mark.parametrize("point", KILLS)
def test_a_run_that_was_killed_ends_as_if_nothing_had_happened(
    point: str, account: StripeAccount, sandbox: LocalStripe, database_url: str, add_row: AddRow
) -> None:
    a_day(sandbox, Company(account))

    was_killed = killed("reconcile", "", kill=KILLS[point]) == -9
    wait_until_free(account, database_url)
    dead = Run.objects.first()
    company = Company(StripeAccount.objects.get())
    resumed = company.reconcile()
    once = outcome()

    assert was_killed
    assert dead is None or resumed.pk == dead.pk
    assert once["running"] == 0
    assert len(once["lines"]) == 4
    assert [(type_, amount) for type_, _, amount, _ in once["found"]] == [("unknown_line_type", 700)]
    assert {total for *_, total in _totals()} == {0}
    company.reconcile()
    assert outcome() == once
    add_row("run × killed", {"killed": point, "stood at": dead.step if dead else "nothing", "afterwards": "the same"})


def _totals() -> list[tuple[str, int]]:
    return list(Posting.objects.values_list("account__currency").annotate(Sum("amount_minor")))


def test_two_at_once_are_one(account: StripeAccount, database_url: str) -> None:
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"reconcile {account.pk}"])

        with pytest.raises(runs.RunInProgress):
            runs.run(account=account, by=BY)
        assert not Run.objects.exists()
        other.execute("SELECT pg_advisory_unlock_all()")

    assert runs.run(account=account, by=BY).status == Run.Status.FINISHED


def test_a_run_that_died_is_given_up_when_other_days_are_asked_for(account: StripeAccount) -> None:
    dead = runs.start(account=account, by=BY)

    other = runs.run(account=account, by=BY, from_date=dead.started_at.date())

    dead.refresh_from_db()
    assert (dead.status, other.status) == (Run.Status.FAILED, Run.Status.FINISHED)
    assert other.pk != dead.pk
