"""Stripe's lines are read page by page: whatever happens on the way, each is kept once and none is left out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.base import clock
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import StripeFailure
from reconciliation.models import ReadingMark, Run, StatementLine
from reconciliation.services import reading, runs
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
LISTING = "/v1/balance_transactions"


def a_line(sandbox: LocalStripe, **more: Any) -> str:
    fee = {"type": "stripe_fee", "amount": -100, "currency": "eur"}
    return str(sandbox.control("balance_transactions", fee | more)["id"])


def some_lines(sandbox: LocalStripe, count: int) -> set[str]:
    return {a_line(sandbox, amount=-100 - number) for number in range(count)}


def reconciled(account: StripeAccount, **days: Any) -> Run:
    return runs.run(account=account, by=BY, **days)


def kept() -> set[str]:
    return set(StatementLine.objects.values_list("stripe_id", flat=True))


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def test_every_page_is_read_and_a_second_run_finds_nothing_new(account: StripeAccount, sandbox: LocalStripe) -> None:
    made = some_lines(sandbox, 130)
    sandbox.advance(seconds=60)

    first, second = reconciled(account), reconciled(account)

    assert kept() == made
    assert (first.lines_read, first.lines_new, first.lines_changed) == (130, 130, 0)
    assert (second.lines_read, second.lines_new, second.lines_changed) == (130, 0, 0)
    assert second.entries_posted == 0


def test_a_reading_goes_on_behind_the_last_page_it_kept(account: StripeAccount, sandbox: LocalStripe) -> None:
    made = some_lines(sandbox, 130)
    sandbox.advance(seconds=60)
    newest = [line.id for line in sandbox.client.v1.balance_transactions.list({"limit": 100}).data]
    run = Run.objects.create(account=account, by="test", started_at=clock.now(), cursor=newest[-1])
    late = a_line(sandbox)

    reading.read(run)

    assert kept() == made - set(newest)
    assert late not in kept()


def test_a_line_made_while_pages_are_read_is_found_by_the_next_run(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    some_lines(sandbox, 3)
    sandbox.advance(seconds=60)
    reconciled(account)
    late = a_line(sandbox, created=seconds(clock.now() - timedelta(days=2)))

    assert reconciled(account).lines_new == 1
    assert late in kept()


def test_the_mark_moves_only_after_the_last_page(account: StripeAccount, sandbox: LocalStripe) -> None:
    some_lines(sandbox, 3)
    sandbox.advance(seconds=60)
    sandbox.fail("GET", LISTING, "error_500", times=20)

    with pytest.raises(StripeFailure):
        reconciled(account)
    assert not ReadingMark.objects.exists()
    assert Run.objects.get().status == Run.Status.FAILED


def test_the_next_run_begins_three_days_before_the_mark(account: StripeAccount, sandbox: LocalStripe) -> None:
    first = reconciled(account)
    sandbox.advance(seconds=5 * 24 * 3600)

    assert reconciled(account).read_from == first.started_at - timedelta(days=3)


def test_a_day_without_traffic_reads_nothing_and_ends(account: StripeAccount) -> None:
    run = reconciled(account)

    assert (run.lines_read, run.status) == (0, Run.Status.FINISHED)


def test_days_asked_for_leave_the_mark_and_mark_what_is_gone(account: StripeAccount, sandbox: LocalStripe) -> None:
    today = clock.now().astimezone(ZoneInfo("Europe/Berlin")).date()
    stays, goes = a_line(sandbox), a_line(sandbox)
    sandbox.advance(seconds=60)
    mark = reconciled(account).started_at
    sandbox.control("balance_transactions", {"id": goes, "delete": True})

    run = reconciled(account, from_date=today, to_date=today)

    assert run.lines_changed == 1
    assert StatementLine.objects.get(stripe_id=goes).missing_since == run.started_at
    assert StatementLine.objects.get(stripe_id=stays).missing_since is None
    assert ReadingMark.objects.get().read_until == mark


def test_a_changed_line_is_counted_and_waits_to_be_booked_anew(account: StripeAccount, sandbox: LocalStripe) -> None:
    line = a_line(sandbox)
    sandbox.advance(seconds=60)
    reconciled(account)
    sandbox.control("balance_transactions", {"id": line, "set": {"amount": -150}})

    run = reconciled(account)

    assert (run.lines_new, run.lines_changed, run.entries_posted) == (0, 1, 1)
    assert StatementLine.objects.get(stripe_id=line).amount_minor == -150


@pytest.mark.parametrize(
    ("day", "begin", "hours"),
    [
        (date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        (date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
    ],
    ids=["a day of 23 hours", "a day of 25 hours"],
)
def test_a_day_is_read_as_long_as_it_was(
    day: date, begin: datetime, hours: int, account: StripeAccount, sandbox: LocalStripe
) -> None:
    end = begin + timedelta(hours=hours)
    a_line(sandbox, created=seconds(begin) - 1)
    first, last = a_line(sandbox, created=seconds(begin)), a_line(sandbox, created=seconds(end) - 1)
    a_line(sandbox, created=seconds(end))

    reconciled(account, from_date=day, to_date=day)

    assert kept() == {first, last}


def test_a_reading_that_stripe_has_failed_goes_on_behind_the_last_page(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    made = some_lines(sandbox, 230)
    sandbox.advance(seconds=60)
    newest = [line.id for line in sandbox.client.v1.balance_transactions.list({"limit": 100}).data]
    failed = Run.objects.create(
        account=account, by="test", started_at=clock.now(), status="failed", error="InDoubt", cursor=newest[-1]
    )

    run = reconciled(account)

    assert (run.pk, run.status, run.error) == (failed.pk, Run.Status.FINISHED, "")
    assert run.lines_read == 130
    assert kept() == made - set(newest)


def test_a_reading_whose_last_line_is_gone_begins_again(account: StripeAccount, sandbox: LocalStripe) -> None:
    made = some_lines(sandbox, 3)
    sandbox.advance(seconds=60)
    Run.objects.create(account=account, by="test", started_at=clock.now(), status="failed", cursor="txn_gone")

    assert reconciled(account).status == Run.Status.FINISHED
    assert kept() == made


def test_a_line_that_others_keep_while_pages_are_read_is_not_gone(account: StripeAccount, sandbox: LocalStripe) -> None:
    a_line(sandbox)
    sandbox.advance(seconds=60)
    run = Run.objects.create(account=account, by="test", started_at=clock.now())
    late = StatementLine.objects.create(
        account=account, stripe_id="txn_late", type="stripe_fee", amount_minor=-100, fee_minor=0, net_minor=-100,
        currency="eur", status="available", available_on=clock.now(), stripe_created_at=clock.now() - timedelta(days=1),
    )  # fmt: skip

    reading.read(run)

    late.refresh_from_db()
    assert late.missing_since is None


def test_a_line_is_available_from_its_day_on_whenever_it_was_read(account: StripeAccount, sandbox: LocalStripe) -> None:
    a_line(sandbox, available_on=seconds(clock.now() + timedelta(days=5)))
    sandbox.advance(seconds=60)
    reconciled(account)
    line = StatementLine.objects.get()
    assert (line.status, line.is_available) == ("pending", False)

    sandbox.advance(seconds=6 * 24 * 3600)
    reconciled(account)

    assert StatementLine.objects.get().is_available
