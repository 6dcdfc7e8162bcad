"""The model admins that every console page stands on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from config.base.console.keyset import KeysetChangeList
from config.base.console.pages import Page

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
else:
    from unfold.admin import ModelAdmin

Row = TypeVar("Row", bound=Model)


class ConsoleAdmin(ModelAdmin[Row]):
    """A list that nobody counts and nobody sorts by what has no index."""

    keyset: ClassVar[Sequence[str]] = ("-id",)
    list_per_page = 25
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    list_filter_submit = True
    list_fullwidth = True
    search_fields: ClassVar[tuple[str, ...]] = ("public_id",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Row]) -> QuerySet[Row]:
        """The list's rows after filters and search; to be narrowed further where an index wants it."""
        return queryset

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Row], search_term: str
    ) -> tuple[QuerySet[Row], bool]:
        term = search_term.strip()
        return (self.matching(queryset, term) if term else queryset), False

    def matching(self, queryset: QuerySet[Row], term: str) -> QuerySet[Row]:
        """The rows that `term` names, through an index."""
        return queryset.filter(public_id=term)


class ReadOnlyAdmin(ConsoleAdmin[Row]):
    """Rows that no form may change, whoever asks; what can be done with them are services behind own pages."""

    actions: Any = None

    def page(self, request: HttpRequest, row: Row) -> Page:
        """What there is to see of `row`."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The row's page; there is no form, so that there is nothing to send."""
        row = self.get_object(request, object_id or "")
        if row is None:
            messages.error(request, f"There is no such {self.opts.verbose_name}.")
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        if not self.has_view_permission(request, row) or request.method != "GET":
            return HttpResponse("This page can only be read.", status=403, content_type="text/plain")
        return self.rendered(request, row)

    def rendered(self, request: HttpRequest, row: Row) -> HttpResponse:
        page = self.page(request, row)
        context = {
            **self.admin_site.each_context(request),
            "title": page.title,
            "opts": self.opts,
            "page": page,
        }
        return TemplateResponse(request, "admin/page.html", context)
