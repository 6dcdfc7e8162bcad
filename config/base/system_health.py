"""Whether the parts that must be alive are: the database, the broker, a worker and beat."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from celery import current_app
from django.db import Error as DatabaseFailure
from django.db import connection
from kombu.exceptions import OperationalError

from config.base import job_runs

FRESH = timedelta(seconds=30)
BROKER_TIMEOUT_SECONDS = 1


def read(*, beat_job: str, worker_jobs: tuple[str, ...]) -> Mapping[str, bool]:
    """Each part by name. A job of beat's that finished lately proves beat and a worker; any other job a worker."""
    is_there = _database()
    return {
        "database": is_there,
        "broker": _broker(),
        "worker": is_there and _ran_lately(beat_job, *worker_jobs),
        "beat": is_there and _ran_lately(beat_job),
    }


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseFailure:
        return False
    return True


def _broker() -> bool:
    try:
        patience = {"socket_timeout": BROKER_TIMEOUT_SECONDS}
        with current_app.connection_for_write(connect_timeout=BROKER_TIMEOUT_SECONDS, transport_options=patience) as it:
            it.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_TIMEOUT_SECONDS)
    except (OperationalError, OSError):
        return False
    return True


def _ran_lately(*jobs: str) -> bool:
    last = job_runs.last_success(*jobs)
    return last is not None and datetime.now(UTC) - last < FRESH
