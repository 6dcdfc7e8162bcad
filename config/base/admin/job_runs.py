"""Runs of scheduled jobs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.base.console import display
from config.base.console.display import Tone
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Documents, Facts, Notice, Page, Payload
from config.base.models import JobRun

_STATES = {True: ("Done", Tone.GOOD), False: ("Failed", Tone.BAD), None: ("Running", Tone.BUSY)}


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin[JobRun]):
    list_display = ("name", "state_shown", "counts_shown", "took_shown", "started_shown")
    search_help_text = "Name of the job"

    def matching(self, queryset: QuerySet[JobRun], term: str) -> QuerySet[JobRun]:
        return queryset.filter(name=term)

    def page(self, request: HttpRequest, row: JobRun) -> Page:
        facts = Facts(
            title="Run",
            rows=[
                ("Started", display.when(row.started_at)),
                ("Finished", display.when(row.finished_at)),
                ("Took", _took(row)),
            ],
        )
        return Page(
            title=row.name,
            labels=[_state(row)],
            notices=[Notice(title="It failed", text=row.error, tone=Tone.BAD)] if row.error else [],
            main=[facts, Documents(title="Counts", payloads=[Payload("Show", row.counts)])],
        )

    @admin.display(description="State")
    def state_shown(self, run: JobRun) -> SafeString:
        return _state(run)

    @admin.display(description="Counts")
    def counts_shown(self, run: JobRun) -> str:
        return _counts(run.counts) or display.EMPTY

    @admin.display(description="Took")
    def took_shown(self, run: JobRun) -> str:
        return _took(run) or display.EMPTY

    @admin.display(description="Started (UTC)")
    def started_shown(self, run: JobRun) -> object:
        return display.when(run.started_at)


def _state(run: JobRun) -> SafeString:
    return display.label(*_STATES[run.succeeded])


def _counts(counts: dict[str, Any]) -> str:
    return ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in counts.items())


def _took(run: JobRun) -> str:
    return f"{(run.finished_at - run.started_at).total_seconds():.1f} s" if run.finished_at else ""
