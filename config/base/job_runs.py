"""Scheduled jobs leave a row for each run: monitors and staff see when it ran, how it went, what it counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from structlog.contextvars import bound_contextvars

from config.base.clock import real_now
from config.base.models import JobRun

KEPT = timedelta(days=7)


@dataclass(slots=True)
class Run:
    """A run under way; `counts` is shown when it has finished."""

    counts: dict[str, int] = field(default_factory=dict)


@contextmanager
def recorded(name: str) -> Iterator[Run]:
    """Record the run that the block is, on the real clock; its logs name it. An error is recorded and flies on."""
    row = JobRun.objects.create(name=name, started_at=real_now())
    run = Run()
    try:
        with bound_contextvars(job=name, job_run=row.pk):
            yield run
    except Exception as error:
        _finish(row, run, succeeded=False, error=f"{type(error).__name__}: {error}")
        raise
    _finish(row, run, succeeded=True, error="")


def last_success(*names: str) -> datetime | None:
    """When one of these jobs last finished well."""
    done = JobRun.objects.filter(name__in=names, succeeded=True).order_by("-started_at")
    return done.values_list("finished_at", flat=True).first()


def forget_old() -> int:
    """Delete the rows of runs that nobody looks at any more; how many."""
    deleted, _ = JobRun.objects.filter(started_at__lt=real_now() - KEPT).delete()
    return deleted


def _finish(row: JobRun, run: Run, *, succeeded: bool, error: str) -> None:
    JobRun.objects.filter(pk=row.pk).update(finished_at=real_now(), succeeded=succeeded, counts=run.counts, error=error)
