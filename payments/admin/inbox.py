"""The inbox: what Stripe told us, what became of it, and replay."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from config.base.actor import Actor
from config.base.console import display
from config.base.console.confirmation import ConfirmedView, Data, Outcome, actor
from config.base.console.display import Tone
from config.base.console.filters import DayRangeFilter
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Button, Documents, Facts, Notice, Page, Payload
from config.base.errors import DomainError
from config.base.models import User
from payments import event_table
from payments.admin import links, words
from payments.models import InboxEvent
from payments.services import inbox

if TYPE_CHECKING:
    from django.contrib.admin import ChoicesFieldListFilter as ChoicesRadioFilter
else:
    from unfold.contrib.filters.admin import ChoicesRadioFilter

REPLAY = "payments.replay_inboxevent"
_AGAIN = "It is handled again within seconds. What it did already is not done twice; no money moves."


class TypeFilter(admin.SimpleListFilter):
    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in event_table.enabled_types()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[InboxEvent]) -> QuerySet[InboxEvent]:
        return queryset.filter(type=self.value()) if self.value() else queryset


class ReplayView(ConfirmedView[InboxEvent]):
    action = "replay"
    permission = REPLAY
    title = "Replay an event"
    do_text = "Replay"

    def state(self) -> str:
        return f"{self.row.status} {self.row.tries}"

    def consequences(self, data: Data) -> Sequence[object]:
        return [f"{self.row} goes back to the waiting events.", _AGAIN]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        if not inbox.replay(InboxEvent.objects.filter(pk=self.row.pk), by=by):
            return Outcome(messages.WARNING, "It waits already, or nobody handles its type.")
        return Outcome(messages.SUCCESS, "The event waits to be handled again.")


@admin.register(InboxEvent)
class InboxEventAdmin(ReadOnlyAdmin[InboxEvent]):
    keyset = ("-received_at", "-id")
    list_display = ("type", "status_shown", "root_shown", "why_shown", "source", "received_shown")
    list_filter = (
        ("status", ChoicesRadioFilter),
        ("source", ChoicesRadioFilter),
        ("received_at", DayRangeFilter),
        TypeFilter,
    )
    search_help_text = "Id of the event or of the object that it is about"
    actions = ("replay_selected",)

    def matching(self, queryset: QuerySet[InboxEvent], term: str) -> QuerySet[InboxEvent]:
        if term.startswith("inbox_"):
            return queryset.filter(public_id=term)
        if term.startswith("evt_"):
            return queryset.filter(stripe_id=term)
        return queryset.filter(root_id=term)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(ReplayView.as_view(model_admin=self))
        return [path("<path:object_id>/replay/", view, name="payments_inboxevent_replay"), *super().get_urls()]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.has_perm(REPLAY)

    @admin.action(description="Replay", permissions=["replay"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[InboxEvent]) -> HttpResponse | None:
        """Asks first; the confirmed form comes back here."""
        if request.POST.get("confirmed"):
            self._replay(request, queryset)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Replay events",
            "opts": self.opts,
            "events": queryset,
            "again": _AGAIN,
            "back_url": reverse("admin:payments_inboxevent_changelist"),
        }
        return TemplateResponse(request, "admin/payments/replay.html", context)

    def _replay(self, request: HttpRequest, queryset: QuerySet[InboxEvent]) -> None:
        try:
            count = inbox.replay(queryset, by=actor(request), reason="replayed in the console")
        except DomainError as error:
            self.message_user(request, f"{error.title}. {error.detail}", messages.ERROR)
        else:
            self.message_user(request, f"{count} events wait to be handled again.", messages.SUCCESS)

    def page(self, request: HttpRequest, row: InboxEvent) -> Page:
        again = Button(text="Replay…", url=reverse("admin:payments_inboxevent_replay", args=[row.pk]), tone=Tone.BUSY)
        body = [Payload("The event as it arrived", row.body)] if row.body else []
        return Page(
            title=row.type,
            labels=[words.status(row.status)],
            subtitle=row.stripe_id,
            notices=_notices(row),
            buttons=[again] if self.has_replay_permission(request) else [],
            main=[Documents(title="Payload", payloads=body)] if body else [_blanked(row)],
            side=[_facts(row)],
        )

    @admin.display(description="Status")
    def status_shown(self, event: InboxEvent) -> SafeString:
        return words.status(event.status)

    @admin.display(description="About")
    def root_shown(self, event: InboxEvent) -> object:
        return display.code(event.root_id or event.object_id) or display.EMPTY

    @admin.display(description="Why")
    def why_shown(self, event: InboxEvent) -> str:
        return event.last_error[:80] or display.EMPTY

    @admin.display(description="Received (UTC)")
    def received_shown(self, event: InboxEvent) -> object:
        return display.when(event.received_at)


def _notices(event: InboxEvent) -> list[Notice]:
    if event.status == InboxEvent.Status.PARKED:
        title = f"Parked after {event.tries} tries. When the cause is gone, replay it."
        return [Notice(title=title, text=event.last_error)]
    if event.status == InboxEvent.Status.UNHANDLED:
        return [Notice(text="Nobody handles events of this type; it is kept.", tone=Tone.QUIET)]
    if event.status == InboxEvent.Status.IGNORED:
        return [Notice(text="It belongs to the other mode or to another account; it is kept.", tone=Tone.QUIET)]
    if event.last_error:
        return [Notice(title="The last try failed; it is tried again by itself", text=event.last_error)]
    return []


def _blanked(event: InboxEvent) -> Facts:
    return Facts(title="Payload", rows=[("Blanked; its SHA-256", display.copied(event.body_sha256))])


def _facts(event: InboxEvent) -> Facts:
    return Facts(
        title="Event",
        rows=[
            ("At Stripe", display.copied(event.stripe_id)),
            ("Here", display.copied(event.public_id)),
            ("About", links.by_id(event.root_id)),
            ("Object", links.by_id(event.object_id) if event.object_id != event.root_id else ""),
            ("Our key", display.copied(event.request_idempotency_key)),
            ("API version", event.api_version),
            ("Mode", "Live" if event.livemode else "Test"),
            ("Came by", display.words(event.source)),
            ("Created", display.when(event.stripe_created_at)),
            ("Received", display.when(event.received_at)),
            ("Handled", display.when(event.handled_at)),
            ("Tries", event.tries),
            ("Next try", display.when(event.next_try_at) if event.status == InboxEvent.Status.WAITING else ""),
        ],
    )
