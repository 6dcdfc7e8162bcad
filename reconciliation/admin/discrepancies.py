"""The queue of what does not agree: open ones first, with their amount, age, likely cause and who works on them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.admin import ledger_words
from billing.admin.list_filters import MenuFilter
from config.base import clock
from config.base.console import display
from config.base.console.display import Tone
from config.base.console.filters import DayRangeFilter
from config.base.console.keyset import KeysetChangeList
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Button, Page
from config.base.console.places import Places
from config.base.models import User
from payments.admin.filters import AccountFilter, of_one_account
from reconciliation.admin import discrepancy_page, words
from reconciliation.admin.discrepancy_actions import (
    Accept,
    Book,
    BookSale,
    DiscrepancyView,
    FetchAgain,
    Release,
    ToSuspense,
)
from reconciliation.admin.filters import CurrencyFilter
from reconciliation.admin.linking_actions import Link, Unlink
from reconciliation.admin.talking import Assign, Comment
from reconciliation.models import Discrepancy
from reconciliation.services import actions

COUNTED_TO = 1000
_TALK: tuple[type[DiscrepancyView], ...] = (Assign, Comment)
_VIEWS: tuple[type[DiscrepancyView], ...] = (
    FetchAgain, Link, Book, BookSale, Accept, ToSuspense, Release, Unlink, *_TALK,
)  # fmt: skip
Status, Type = Discrepancy.Status, Discrepancy.Type


class StatusFilter(MenuFilter):
    """What waits for somebody, unless asked for more."""

    title = "status"
    parameter_name = "status"
    all_choices = (
        ("", "Open"),
        ("timing", "Open, settles by itself"),
        ("settled", "Settled: both sides agree"),
        ("accepted", "Accepted by a person"),
        ("all", "All"),
    )

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(self.all_choices[1:])

    def menu(self) -> list[tuple[str, str]]:
        return list(self.all_choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Discrepancy]) -> QuerySet[Discrepancy]:
        wanted = self.value()
        if wanted == "all" or (request.GET.get("q") and not wanted):
            return queryset
        if wanted in {Status.SETTLED, Status.ACCEPTED}:
            return queryset.filter(status=wanted)
        is_open = queryset.filter(status=Status.OPEN)
        return is_open.filter(type=Type.TIMING) if wanted == "timing" else is_open.exclude(type=Type.TIMING)


class TypeFilter(MenuFilter):
    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, words.name(kind)) for kind in Type.values if kind != Type.TIMING]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Discrepancy]) -> QuerySet[Discrepancy]:
        return queryset.filter(type=self.value()) if self.value() else queryset


class AssigneeFilter(MenuFilter):
    title = "assignee"
    parameter_name = "assignee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        busy = User.objects.filter(discrepancies__isnull=False).distinct().order_by("name", "pk")
        people = [(str(user.pk), str(user)) for user in busy if user.pk != request.user.pk]
        return [("me", "Mine"), ("nobody", "Nobody yet"), *people]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Discrepancy]) -> QuerySet[Discrepancy]:
        wanted = self.value()
        if wanted == "me":
            return queryset.filter(assignee=request.user.pk)
        if wanted == "nobody":
            return queryset.filter(assignee=None)
        return queryset.filter(assignee=int(wanted)) if wanted.isdecimal() else queryset


class DiscrepancyChangeList(KeysetChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        places = Places(row.object_id for row in self.result_list)
        for row in self.result_list:
            row.places = places


@admin.register(Discrepancy)
class DiscrepancyAdmin(ReadOnlyAdmin[Discrepancy]):
    keyset = ("-opened_at", "-id")
    list_display = (
        "type_shown",
        "amount_shown",
        "about_shown",
        "cause_shown",
        "age_shown",
        "assignee_shown",
    )
    list_display_links = ("type_shown",)
    list_select_related = ("assignee",)
    list_filter = (
        AccountFilter,
        StatusFilter,
        TypeFilter,
        CurrencyFilter,
        AssigneeFilter,
        ("opened_at", DayRangeFilter),
    )
    search_help_text = "Any id of Stripe's or ours"
    nothing_text = "Nothing waits for anybody"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return DiscrepancyChangeList

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Discrepancy]) -> QuerySet[Discrepancy]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[Discrepancy], term: str) -> QuerySet[Discrepancy]:
        return queryset.filter(public_id=term) | queryset.filter(object_id=term)

    def page(self, request: HttpRequest, row: Discrepancy) -> Page:
        return discrepancy_page.page(request, row, buttons=_buttons(request, row))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Discrepancy | None:
        """By our primary key, as the admin does, or by the discrepancy's public id."""
        rows = Discrepancy.objects.select_related("account__legal_entity", "assignee", "first_seen", "last_seen")
        if object_id.isdecimal():
            return rows.filter(pk=int(object_id)).first()
        return rows.filter(public_id=object_id).first()

    @admin.display(description="Type")
    def type_shown(self, row: Discrepancy) -> SafeString:
        status = "" if row.status == Status.OPEN else words.status(row.status)
        return format_html("{} {}", words.type_label(row), status)

    @admin.display(description="Difference")
    def amount_shown(self, row: Discrepancy) -> SafeString:
        return format_html('<span class="cf-money">{}</span>', words.difference(row.amount))

    @admin.display(description="About")
    def about_shown(self, row: Any) -> SafeString | str:
        places: Places = row.places
        return places.link(row.object_id)

    @admin.display(description="Likely cause")
    def cause_shown(self, row: Discrepancy) -> str:
        return words.cause(row)

    @admin.display(description="Age")
    def age_shown(self, row: Discrepancy) -> SafeString | str:
        if row.expected_on and row.status == Status.OPEN:
            return format_html("by {}", ledger_words.day(row.expected_on))
        return words.age(((row.closed_at or clock.now()) - row.opened_at).days)

    @admin.display(description="Assignee")
    def assignee_shown(self, row: Discrepancy) -> str:
        return str(row.assignee or display.EMPTY)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{view.action}/",
                self.admin_site.admin_view(view.as_view(model_admin=self)),
                name=f"reconciliation_discrepancy_{view.action}",
            )
            for view in _VIEWS
        ]
        return [*own, *super().get_urls()]


def _buttons(request: HttpRequest, row: Discrepancy) -> list[Button]:
    """What can be done about it, the best first; then who works on it, and what is said."""
    if not isinstance(request.user, User) or not request.user.has_perm(DiscrepancyView.permission):
        return []
    order = {name: place for place, name in enumerate(actions.offered(row))}
    fitting = sorted((view for view in _VIEWS if view.fits(row)), key=lambda view: order.get(view.action, len(order)))
    return [_button(row, view, is_best=place == 0) for place, view in enumerate(fitting)]


def _button(row: Discrepancy, view: type[DiscrepancyView], *, is_best: bool) -> Button:
    is_deed = view not in _TALK
    url = reverse(f"admin:reconciliation_discrepancy_{view.action}", args=[row.pk])
    return Button(text=view.button, url=url, tone=Tone.BUSY if is_best and is_deed else Tone.QUIET)


def badge(_: HttpRequest) -> str:
    """How many wait for somebody, for the menu; what settles by itself does not wait."""
    waiting = Discrepancy.objects.filter(status=Status.OPEN).exclude(type=Type.TIMING)[:COUNTED_TO].count()
    return f"{COUNTED_TO}+" if waiting == COUNTED_TO else str(waiting or "")
