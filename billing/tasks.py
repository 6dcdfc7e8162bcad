"""The scheduled jobs of billing, each recorded as a JobRun."""

from dataclasses import asdict

from celery import shared_task

from billing.services import quote_sweep
from config.base import job_runs
from config.base.actor import Actor


@shared_task
def finish_quotes() -> None:
    """Finish or undo changes that were left in the middle; cancel subscriptions that came too late."""
    with job_runs.recorded("finish_quotes") as run:
        run.counts = asdict(quote_sweep.sweep(by=Actor.system("finish_quotes")))
