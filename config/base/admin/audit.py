"""The audit: who changed what, and why."""

from auditlog.models import LogEntry
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from config.base.console import changes, display
from config.base.console.filters import DayRangeFilter
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Documents, Facts, Page, Payload
from config.base.models import User

admin.site.unregister(LogEntry)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin[LogEntry]):
    list_display = ("object_shown", "what_shown", "actor_shown", "reason_shown", "at_shown")
    list_select_related = ("content_type", "actor")
    list_filter = (("timestamp", DayRangeFilter),)
    search_help_text = "Our id of an object, or the e-mail of a colleague"

    def matching(self, queryset: QuerySet[LogEntry], term: str) -> QuerySet[LogEntry]:
        if "@" in term:
            return queryset.filter(actor__in=list(User.objects.filter(email__iexact=term)))
        return queryset.filter(object_repr=term)

    def page(self, request: HttpRequest, row: LogEntry) -> Page:
        facts = Facts(
            title="Line",
            rows=[
                ("Object", _object(row)),
                ("Kind", str(row.content_type.name)),
                ("By", _actor(row)),
                ("Reason", _more(row, "reason")),
                ("Request", display.copied(_more(row, "request_id"))),
                ("When", display.when(row.timestamp)),
            ],
        )
        documents = Documents(title="What", payloads=[Payload("Changes", row.changes)])
        return Page(title=f"{row.object_repr}: {changes.in_words(row)}", main=[facts, documents])

    @admin.display(description="Object")
    def object_shown(self, line: LogEntry) -> str:
        return f"{line.content_type.name} {line.object_repr}"

    @admin.display(description="What")
    def what_shown(self, line: LogEntry) -> str:
        return changes.in_words(line)

    @admin.display(description="By")
    def actor_shown(self, line: LogEntry) -> str:
        return _actor(line)

    @admin.display(description="Reason")
    def reason_shown(self, line: LogEntry) -> str:
        return _more(line, "reason") or display.EMPTY

    @admin.display(description="When (UTC)")
    def at_shown(self, line: LogEntry) -> object:
        return display.when(line.timestamp)


def _more(line: LogEntry, name: str) -> str:
    return str((line.additional_data or {}).get(name) or "")


def _actor(line: LogEntry) -> str:
    return str(line.actor or _more(line, "actor") or display.EMPTY)


def _object(line: LogEntry) -> object:
    kind = line.content_type
    try:
        url = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[line.object_pk])
    except NoReverseMatch:
        return line.object_repr
    return display.link(url, line.object_repr)
