"""One reconciliation of an account, from reading to filing. Killed anywhere, the next one goes on where it stood.

The process that runs one holds an advisory lock on its database session, so that a dead one is noticed at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import structlog
from django.db import IntegrityError, connection

from billing.services.ledger import opening, stripe_balance
from config.base import clock
from config.base.actor import Actor
from config.base.errors import DomainError, IllegalState
from config.base.models import StripeAccount
from reconciliation.models import Run, RunBalance
from reconciliation.services import filing, matching, payout_reading, posting, reading, rules, tile

log = structlog.get_logger(__name__)
Step = Run.Step
TRIES = 5


class RunInProgress(IllegalState):
    """The account is being reconciled by somebody else."""

    code = "run_in_progress"
    title = "A reconciliation is running"


def run(*, account: StripeAccount, by: Actor, from_date: date | None = None, to_date: date | None = None) -> Run:
    """Reconcile: what is new, or those days read again. Raises RunInProgress; a failure stays on the run and flies."""
    with _sole(account) as is_sole:
        if not is_sole:
            raise RunInProgress("It ends by itself; look at the list of runs.")
        current = _resumed(account, from_date, to_date) or _begun(account, from_date, to_date, by=by)
        try:
            _go_on(current, by=by)
        except Exception as error:
            _finish(current, Run.Status.FAILED, error=f"{type(error).__name__}: {error}")
            raise
        _finish(current, Run.Status.FINISHED)
        return current


def start(*, account: StripeAccount, by: Actor, from_date: date | None = None, to_date: date | None = None) -> Run:
    """A run that waits for `run` to take it over, so that it is seen at once; the one that is running, if any."""
    wanted = Run(account=account, by=str(by), from_date=from_date, to_date=to_date or from_date, started_at=clock.now())
    Run.objects.bulk_create([wanted], ignore_conflicts=True)
    return Run.objects.filter(account=account).latest("started_at", "pk")


def run_if_free(
    *, account: StripeAccount, by: Actor, from_date: date | None = None, to_date: date | None = None
) -> bool:
    """Reconcile what is new, or those days again, unless somebody is at it; a failure stays on the run."""
    try:
        run(account=account, by=by, from_date=from_date, to_date=to_date)
    except RunInProgress:
        return False
    except DomainError as error:
        log.warning("a reconciliation failed", account=account.public_id, error=str(error))
        return False
    return True


def is_explained(found: Run) -> bool:
    """Whether nothing is unexplained and nobody has to look at anything."""
    return not any(part.unexplained_minor for part in found.balances.all()) and not filing.open_but_timing(found)


def _go_on(current: Run, *, by: Actor) -> None:
    if current.step == Step.READ_LINES:
        if not Run.objects.filter(account=current.account, status=Run.Status.FINISHED).exists():
            opening.post(account=current.account, by=by)
        reading.read(current)
    if current.step == Step.READ_PAYOUTS:
        payout_reading.read(current, by=by)
        _reach(current, Step.POST)
    if current.step == Step.POST:
        posted = posting.post(current.account, by=by)
        Run.objects.filter(pk=current.pk).update(entries_posted=posted)
        _reach(current, Step.MATCH)
    if current.step == Step.MATCH:
        held = _held(current, by=by)
        matching.find(current, held)
        filing.file(current)
        rules.apply(current.account)
        _keep_balances(tile.measure(current, held))
        _reach(current, Step.DONE)


def _held(current: Run, *, by: Actor) -> dict[str, int]:
    """What Stripe holds, and the lines that came while we read it: money that comes meanwhile is no gap."""
    held = stripe_balance.read(current.account)
    for _ in range(TRIES):
        reading.read_newest(current)
        posting.post(current.account, by=by)
        before, held = held, stripe_balance.read(current.account)
        if held == before:
            break
    return held


def _keep_balances(found: list[RunBalance]) -> None:
    RunBalance.objects.bulk_create(
        found,
        update_conflicts=True,
        unique_fields=["run", "currency"],
        update_fields=[field.name for field in RunBalance._meta.fields if field.name.endswith("_minor")],
    )


def _reach(current: Run, step: str) -> None:
    current.step = step
    Run.objects.filter(pk=current.pk).update(step=step)


def _finish(current: Run, status: str, *, error: str = "") -> None:
    Run.objects.filter(pk=current.pk).update(status=status, error=error, finished_at=clock.now())
    current.refresh_from_db()


def _begun(account: StripeAccount, from_date: date | None, to_date: date | None, *, by: Actor) -> Run:
    try:
        return Run.objects.create(
            account=account, by=str(by), from_date=from_date, to_date=to_date or from_date, started_at=clock.now()
        )
    except IntegrityError:
        raise RunInProgress("Somebody has asked for one at this moment.") from None


def _resumed(account: StripeAccount, from_date: date | None, to_date: date | None) -> Run | None:
    """The run whose process died, if the same was asked of it; another one is given up."""
    days = (from_date, to_date or from_date)
    dead = Run.objects.filter(account=account, status=Run.Status.RUNNING).first()
    if dead is None:
        return _failed_reading(account, days)
    if (dead.from_date, dead.to_date) == days:
        return dead
    _finish(dead, Run.Status.FAILED, error="Its process died, and another run was asked for.")
    return None


def _failed_reading(account: StripeAccount, days: tuple[date | None, date | None]) -> Run | None:
    """The last run, if Stripe failed it between two pages: years of lines are not read again from the first."""
    last = Run.objects.filter(account=account).order_by("-started_at", "-pk").first()
    if last is None or (last.status, last.step) != (Run.Status.FAILED, Step.READ_LINES):
        return None
    if not last.cursor or (last.from_date, last.to_date) != days:
        return None
    Run.objects.filter(pk=last.pk).update(status=Run.Status.RUNNING, error="", finished_at=None)
    last.refresh_from_db()
    return last


@contextmanager
def _sole(account: StripeAccount) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"reconcile {account.pk}"])
        ((is_sole,),) = cursor.fetchall()
    try:
        yield is_sole
    finally:
        if is_sole:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"reconcile {account.pk}"])
