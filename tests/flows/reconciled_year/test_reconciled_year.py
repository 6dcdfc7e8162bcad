"""The company's year with all its bad luck is reconciled every morning: never is a cent unexplained."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.models import Sum

from billing.models import Posting
from config.base import clock
from reconciliation.models import Discrepancy, Run, RunBalance, StatementLine
from reconciliation.services import runs
from tests.flows import company_year
from tests.flows.reconciled_year.bad_luck import BAD_LUCK, SCHEDULE, SETTLED
from tests.flows.reconciled_year.follower import Follower, open_books
from tests.flows.reconciled_year.mortals import mortals
from tests.flows.reconciled_year.tables import contents, differences
from tests.plugins.clones import Clones
from tests.plugins.stripe import LocalStripe

EVENING = timedelta(hours=18)
SEED = 2026


@pytest.fixture
def follower(db: None, sandbox: LocalStripe) -> Follower:
    """A company before its year, which begins on the first of January, far from any day's end."""
    now = clock.now()
    begins = datetime(now.year + 1, 1, 1, tzinfo=UTC) + EVENING
    sandbox.advance(seconds=int((begins - now).total_seconds()))
    sandbox.control("account", {"payout_schedule": SCHEDULE, **SETTLED})
    return Follower(open_books(sandbox.client.v1.accounts.retrieve_current().id))


def test_every_day_of_a_year_reconciles(follower: Follower, sandbox: LocalStripe, database_url: str) -> None:
    began = clock.now().date()

    def each_morning() -> None:
        follower.hear()
        assert_explained(follower.reconcile())

    company_year.play(sandbox.client, sandbox, more=BAD_LUCK, each_morning=each_morning)

    assert Run.objects.filter(status=Run.Status.FINISHED).count() == company_year.YEAR_DAYS
    assert StatementLine.objects.count() == lines_at(sandbox)
    assert_books_are_sound()
    found = contents(database_url)
    assert_explained(follower.reconcile(from_date=began, to_date=clock.now().date()))
    assert differences(found, contents(database_url)) == []


def test_a_run_that_is_killed_anywhere_ends_as_one_that_is_not(
    follower: Follower, sandbox: LocalStripe, database_url: str, clones: Clones, killed_days: int
) -> None:
    account = follower.account.stripe_id
    with (
        clones.taken() as other,
        mortals(database_url=other, account=account, seed=SEED) as company,
        ThreadPoolExecutor(1) as beside,
    ):

        def each_morning() -> None:
            theirs = beside.submit(company.live_a_morning)
            follower.hear()
            follower.reconcile()
            theirs.result()

        company_year.play(sandbox.client, sandbox, more=BAD_LUCK, each_morning=each_morning, days=killed_days)

        assert company.deaths > killed_days
        assert differences(contents(database_url), contents(other)) == []


def test_of_two_runs_at_once_one_is_refused_or_comes_after(follower: Follower, sandbox: LocalStripe) -> None:
    company_year.play(sandbox.client, sandbox, more=BAD_LUCK, days=25)
    follower.hear()

    with ThreadPoolExecutor(2) as beside:
        outcomes = list(beside.map(lambda _: reconcile_beside(follower), range(2)))

    assert "finished" in outcomes
    assert set(outcomes) <= {"finished", "run_in_progress"}
    assert StatementLine.objects.count() == lines_at(sandbox)
    assert_explained(follower.reconcile())
    assert_books_are_sound()


def reconcile_beside(follower: Follower) -> str:
    try:
        return follower.reconcile().status
    except runs.RunInProgress as refused:
        return refused.code
    finally:
        connections.close_all()


def assert_explained(run: Run) -> None:
    """Nothing is unexplained in any currency, and what is open settles by itself on a day to come."""
    today = clock.now().date()
    parts = RunBalance.objects.filter(run=run)
    assert [(part.currency, part.unexplained_minor) for part in parts if part.unexplained_minor] == [], told(run)
    waiting = Discrepancy.objects.filter(status=Discrepancy.Status.OPEN)
    wrong = waiting.exclude(type=Discrepancy.Type.TIMING) | waiting.filter(expected_on__lt=today)
    assert list(wrong.values_list("type", "object_id", "amount_minor", "currency", "expected_on")) == [], told(run)
    totals = Posting.objects.values_list("account__currency").annotate(Sum("amount_minor")).order_by()
    assert [currency for currency, total in totals if total] == []


def told(run: Run) -> list[object]:
    """What a reader of a failure wants to know."""
    return [clock.now(), run.status, run.error, *RunBalance.objects.filter(run=run).values()]


def assert_books_are_sound() -> None:
    """`verify_ledger` ends by itself; it leaves with 1 otherwise."""
    call_command("verify_ledger")


def lines_at(sandbox: LocalStripe) -> int:
    return len(list(sandbox.client.v1.balance_transactions.list({"limit": 100}).auto_paging_iter()))
