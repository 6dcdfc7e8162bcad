"""Signs of life: which jobs, by the names of their runs, show that beat and a worker are there."""

from collections.abc import Mapping

from config.base import system_health

DRAIN = "drain_inbox"
SCHEDULED = (DRAIN, "fetch_missed_events", "recover_stuck_payments", "forget_old_requests")


def read() -> Mapping[str, bool]:
    """Whether database, broker, worker and beat are alive, by name."""
    return system_health.read(beat_job=DRAIN, worker_jobs=SCHEDULED)
