"""Signs of life: which jobs, by the names of their runs, show that beat and a worker are there."""

from collections.abc import Mapping

from config.base import system_health

DRAIN = "drain_inbox"
SCHEDULED = (
    DRAIN,
    "fetch_missed_events",
    "recover_stuck_payments",
    "forget_old_requests",
    # The jobs of billing and reconciliation, by name: any job that finished lately proves a worker.
    "finish_quotes",
    "see_to_invoices",
    "pause_parked",
    "keep_taxes",
    "issue_documents",
    "send_notices",
    "tell_renewals",
    "recognize_revenue",
    "reconcile",
    "itemise_payouts",
)


def read() -> Mapping[str, bool]:
    """Whether database, broker, worker and beat are alive, by name."""
    return system_health.read(beat_job=DRAIN, worker_jobs=SCHEDULED)
