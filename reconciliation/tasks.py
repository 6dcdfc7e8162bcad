"""The scheduled jobs of reconciliation, each recorded as a JobRun."""

from datetime import date

from celery import shared_task

from config.base import job_runs
from config.base.actor import Actor
from config.base.models import StripeAccount
from reconciliation.services import mornings, payout_reading, runs


@shared_task
def reconcile() -> None:
    """Reconcile the accounts whose legal entity's morning has come and whose day is not proven yet."""
    with job_runs.recorded("reconcile") as run:
        run.counts = {"accounts": mornings.reconcile_due(by=Actor.system("reconcile"))}


@shared_task
def itemise_payouts() -> None:
    """List the lines of payouts that Stripe has completed."""
    with job_runs.recorded("itemise_payouts") as run:
        run.counts = {"payouts": sum(map(payout_reading.itemise_all, StripeAccount.objects.all()))}


@shared_task
def look_again(account_id: int, by: str, from_date: str = "", to_date: str = "") -> None:
    """Reconcile one account now: somebody asked for it. The days (ISO) are read again; none: what is new."""
    first, last = (date.fromisoformat(day) if day else None for day in (from_date, to_date))
    with job_runs.recorded("look_again"):
        account = StripeAccount.objects.get(pk=account_id)
        runs.run_if_free(account=account, by=Actor.system(by), from_date=first, to_date=last)
