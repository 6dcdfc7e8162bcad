"""The scheduled jobs of billing, each recorded as a JobRun."""

from dataclasses import asdict

from celery import shared_task

from billing.services import invoice_sweep, issuing, notice_sending, parking, quote_sweep, renewals, subscription_tax
from billing.services.ledger import recognition
from config.base import job_runs
from config.base.actor import Actor
from config.base.models import LegalEntity


@shared_task
def finish_quotes() -> None:
    """Finish or undo changes that were left in the middle; cancel subscriptions that came too late."""
    with job_runs.recorded("finish_quotes") as run:
        run.counts = asdict(quote_sweep.sweep(by=Actor.system("finish_quotes")))


@shared_task
def see_to_invoices() -> None:
    """Hold drafts back that are to get our numbers; finish drafts half sent; finalize what waits or is due."""
    with job_runs.recorded("see_to_invoices") as run:
        run.counts = asdict(invoice_sweep.sweep(by=Actor.system("see_to_invoices")))


@shared_task
def keep_taxes() -> None:
    """Tax every subscription as its customer's place asks today."""
    with job_runs.recorded("keep_taxes") as run:
        run.counts = {"changed": subscription_tax.keep(by=Actor.system("keep_taxes"))}


@shared_task
def pause_parked() -> None:
    """Pause the collection of subscriptions whose bills broke a rule."""
    with job_runs.recorded("pause_parked") as run:
        run.counts = asdict(parking.sweep(by=Actor.system("pause_parked")))


@shared_task
def issue_documents() -> None:
    """Make the documents of what was issued or paid, and have their customers told."""
    with job_runs.recorded("issue_documents") as run:
        run.counts = asdict(issuing.sweep(by=Actor.system("issue_documents")))


@shared_task
def tell_renewals() -> None:
    """Have customers told of the renewals that are near."""
    with job_runs.recorded("tell_renewals") as run:
        run.counts = {"told": renewals.tell_due(by=Actor.system("tell_renewals"))}


@shared_task
def send_notices() -> None:
    """Send the e-mails that wait."""
    with job_runs.recorded("send_notices") as run:
        run.counts = asdict(notice_sending.send_due(by=Actor.system("send_notices")))


@shared_task
def recognize_revenue() -> None:
    """Move what was earned by the end of the last month from deferred revenue to revenue."""
    with job_runs.recorded("recognize_revenue") as run:
        by = Actor.system("recognize_revenue")
        run.counts = {"entries": sum(recognition.of(entity, by=by) for entity in LegalEntity.objects.all())}
