"""The daily run is due once a day, from the legal entity's morning on; the command tells by its exit how it ended."""

import contextlib
import io
import subprocess
import sys
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import DataError

from config.base import clock
from config.base.actor import Actor
from config.base.models import StripeAccount
from reconciliation.models import Run, Tariff
from reconciliation.services import mornings, runs
from tests import factories
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def wait_for_next_morning(account: StripeAccount, sandbox: LocalStripe) -> None:
    left = mornings.morning(account) + timedelta(days=1) - clock.now()
    sandbox.advance(seconds=int(left.total_seconds()) + 60)


def test_a_morning_is_reconciled_once(account: StripeAccount, sandbox: LocalStripe) -> None:
    wait_for_next_morning(account, sandbox)

    assert mornings.reconcile_due(by=BY) == 1
    assert mornings.reconcile_due(by=BY) == 0

    wait_for_next_morning(account, sandbox)
    assert mornings.reconcile_due(by=BY) == 1


def test_all_explained_ends_with_zero(account: StripeAccount) -> None:
    call_command("reconcile", stdout=io.StringIO())


def test_something_unexplained_ends_with_two_and_its_amount(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.control("balance_transactions", {"type": "future_thing", "amount": -700, "currency": "eur"})
    sandbox.advance(seconds=60)
    told = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("reconcile", stdout=told)

    assert ended.value.code == 2
    unexplained = [line for line in told.getvalue().splitlines() if line.startswith("Unexplained")]
    assert told.getvalue().splitlines()[-len(unexplained) :] == unexplained
    assert ["7.00" in line for line in unexplained if line.startswith("Unexplained eur")] == [True]


def test_days_read_again_by_hand_are_not_the_mornings_reading(account: StripeAccount, sandbox: LocalStripe) -> None:
    wait_for_next_morning(account, sandbox)
    runs.run(account=account, by=BY, from_date=date(2026, 3, 1))

    assert mornings.reconcile_due(by=BY) == 1


def test_an_account_that_cannot_be_reconciled_holds_no_other_back(account: StripeAccount, sandbox: LocalStripe) -> None:
    wait_for_next_morning(account, sandbox)
    other = factories.make_account(stripe_id="acct_other", legal_entity=account.legal_entity)
    sandbox.control("balance_transactions", {"type": "charge", "amount": 1099, "currency": "eur"})
    too_much = {"basis_points": 2**31 - 1, "fixed_minor": 2**63 - 1}
    Tariff.objects.create(account=account, method="card", currency="eur", valid_from=date(2020, 1, 1), **too_much)

    for _ in range(2):
        with contextlib.suppress(DataError):
            mornings.reconcile_due(by=BY)

    assert Run.objects.filter(account=account, status=Run.Status.FAILED).exists()
    assert Run.objects.filter(account=other).exists()


def test_a_failure_ends_with_one(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("GET", "/v1/balance_transactions", "error_500", times=20)

    code, told = ended("reconcile")

    assert code == 1
    assert "Stripe" in told


@pytest.mark.parametrize(
    "days",
    [["--date", "yesterday"], ["--to", "2026-03-01"], ["--from", "2026-03-02", "--to", "2026-03-01"],
     ["--date", "2026-03-01", "--from", "2026-03-01"]],
    ids=" ".join,
)  # fmt: skip
def test_days_that_make_no_sense_end_with_one(days: list[str], account: StripeAccount) -> None:
    code, told = ended("reconcile", *days)

    assert code == 1
    assert told.startswith("CommandError")


def ended(*arguments: str) -> tuple[int, str]:
    """The command as a process of its own: how it ended, and what it said of it."""
    done = subprocess.run([sys.executable, "manage.py", *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr
