"""Domain events: what happened to our objects, as the API's feed tells it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from config.base.console import display
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Documents, Facts, Page, Payload
from config.base.models import DomainEvent


@admin.register(DomainEvent)
class DomainEventAdmin(ReadOnlyAdmin[DomainEvent]):
    list_display = ("type", "object_shown", "sequence", "by_shown", "at_shown")
    search_help_text = "Our id of the event or of its object, or the source"

    def matching(self, queryset: QuerySet[DomainEvent], term: str) -> QuerySet[DomainEvent]:
        if term.startswith("event_"):
            return queryset.filter(public_id=term)
        return queryset.filter(source=term) if term.startswith("evt_") else queryset.filter(object_id=term)

    def page(self, request: HttpRequest, row: DomainEvent) -> Page:
        facts = Facts(
            title="Event",
            rows=[
                ("Object", display.copied(row.object_id)),
                ("Sequence", row.sequence),
                ("By", row.actor_label or row.actor_kind),
                ("Request", display.copied(row.request_id)),
                ("Source", display.copied(row.source)),
                ("When", display.when(row.created_at)),
                ("Event", display.copied(row.public_id)),
            ],
        )
        return Page(title=row.type, main=[Documents(title="Data", payloads=[Payload("Show", row.data)])], side=[facts])

    @admin.display(description="Object")
    def object_shown(self, event: DomainEvent) -> object:
        return display.code(event.object_id)

    @admin.display(description="By")
    def by_shown(self, event: DomainEvent) -> str:
        return event.actor_label or event.actor_kind

    @admin.display(description="When (UTC)")
    def at_shown(self, event: DomainEvent) -> object:
        return display.when(event.created_at)
