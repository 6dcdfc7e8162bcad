"""Gauges for Prometheus, read from the database at each scrape, so that every process shows the same."""

from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Gauge

from config.base import job_runs
from payments.models import OutboundCall
from payments.services import liveness, webhook_health


def fill(registry: CollectorRegistry) -> None:
    """Add every gauge with its value of now."""
    _inbox(registry)
    in_doubt = OutboundCall.objects.filter(status=OutboundCall.Status.SENT).count()
    _gauge(registry, "calls_in_doubt", "Calls to Stripe without an answer", in_doubt)
    _jobs(registry)


def _inbox(registry: CollectorRegistry) -> None:
    found = webhook_health.read()
    _gauge(registry, "inbox_received_last_hour", "Events received in the last hour", found.received)
    _gauge(registry, "inbox_failed_last_hour", "Of those, how many failed at least once", found.failed)
    _gauge(registry, "inbox_found_by_poller_last_hour", "Of those, never delivered", found.found_by_poller)
    _gauge(registry, "inbox_waiting", "Events not handled yet", found.waiting)
    _gauge(registry, "inbox_parked", "Events that wait for staff", found.parked)
    _gauge(registry, "inbox_oldest_unhandled_seconds", "Age of the oldest unhandled", found.oldest_unhandled_seconds)
    _gauge(registry, "mirror_errors", "Roots whose mirror failed", found.mirror_errors)
    lag = Gauge("counterfoil_inbox_lag_seconds", "From received to handled", ["quantile"], registry=registry)
    for quantile, seconds in (("0.5", found.lag_p50_seconds), ("0.95", found.lag_p95_seconds)):
        if seconds is not None:
            lag.labels(quantile).set(seconds)
    refused = Gauge("counterfoil_webhooks_refused", "Refused this hour and the last", ["reason"], registry=registry)
    for reason, count in (found.refused or {}).items():
        refused.labels(reason).set(count)


def _jobs(registry: CollectorRegistry) -> None:
    age = Gauge("counterfoil_job_success_age_seconds", "Since the job last went well", ["job"], registry=registry)
    for job in liveness.SCHEDULED:
        if last := job_runs.last_success(job):
            age.labels(job).set((datetime.now(UTC) - last).total_seconds())


def _gauge(registry: CollectorRegistry, name: str, documentation: str, value: float) -> None:
    Gauge(f"counterfoil_{name}", documentation, registry=registry).set(value)
