"""Roots: which snapshot of which Stripe object we have, and whether the mirror took it."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.base.console import display
from config.base.console.display import Tone
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Facts, Notice, Page, Table
from payments.admin import links, words
from payments.models import InboxEvent, Root


class ParkedFilter(admin.SimpleListFilter):
    title = "fetching"
    parameter_name = "fetching"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("parked", "Waits for staff")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Root]) -> QuerySet[Root]:
        return queryset.filter(parked_at__isnull=False) if self.value() else queryset


class MirrorFilter(admin.SimpleListFilter):
    title = "mirror"
    parameter_name = "mirror"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("error", "Could not take it")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Root]) -> QuerySet[Root]:
        return queryset.exclude(mirror_error="") if self.value() else queryset


@admin.register(Root)
class RootAdmin(ReadOnlyAdmin[Root]):
    list_display = ("stripe_id", "kind", "snapshot_no", "mirror_shown", "fetched_shown")
    list_filter = (ParkedFilter, MirrorFilter)
    search_help_text = "Stripe's id"

    def matching(self, queryset: QuerySet[Root], term: str) -> QuerySet[Root]:
        return queryset.filter(stripe_id=term)

    def page(self, request: HttpRequest, row: Root) -> Page:
        return Page(title=str(row), notices=list(_notices(row)), main=[_events(row)], side=[_facts(row)])

    @admin.display(description="Mirror")
    def mirror_shown(self, root: Root) -> SafeString:
        return display.label("Error", Tone.WARN, title=root.mirror_error[:200]) if root.mirror_error else _FINE

    @admin.display(description="Fetched (UTC)")
    def fetched_shown(self, root: Root) -> object:
        return display.when(root.fetched_at) or "never"


_FINE = display.label("Fine", Tone.GOOD)


def _notices(root: Root) -> Iterator[Notice]:
    if root.parked_at:
        text = f"Tried {root.tries} times. Its next event tries again. {root.last_error}"
        yield Notice(title="It could not be fetched or applied", text=text, tone=Tone.WARN)
    elif root.last_error:
        text = f"Tried {root.tries} times, and again soon. {root.last_error}"
        yield Notice(title="It could not be fetched or applied yet", text=text, tone=Tone.WARN)
    if root.mirror_error:
        yield Notice(title="dj-stripe's mirror could not take it", text=root.mirror_error, tone=Tone.WARN)


def _events(root: Root) -> Table:
    newest = InboxEvent.objects.filter(root_id=root.stripe_id).order_by("-id")[:50]
    rows = [[display.when(event.received_at), links.to(event), words.status(event.status)] for event in newest]
    return Table(title="Newest events", headers=["Received", "Event", "Status"], rows=rows)


def _facts(root: Root) -> Facts:
    return Facts(
        title="Root",
        rows=[
            ("Kind", root.kind),
            ("At Stripe", display.copied(root.stripe_id)),
            ("Snapshots applied", root.snapshot_no),
            ("Fetched", display.when(root.fetched_at)),
            ("Fetched next", display.when(root.wanted_at)),
            ("Parked", display.when(root.parked_at)),
            ("Leased until", display.when(root.lease_until)),
            ("Account", str(root.account)),
        ],
    )
