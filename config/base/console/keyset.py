"""Change lists that stay fast at any depth: pages begin after a row, not after a number of rows, and nobody counts."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

from config.base.console import estimates

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList

OLDER, NEWER = "older_than", "newer_than"


class Keyed(Protocol):
    """A model admin whose list is a KeysetChangeList."""

    keyset: Sequence[str]

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the list, after filters and search."""


class NoNumbers(Paginator[Any]):
    """Tells the theme to show our links instead of page numbers."""

    template_name = "admin/keyset_pagination.html"


class KeysetChangeList(ChangeList):
    """Newest first by the model admin's `keyset` (`("-created_at", "-id")` or `("-id",)`)."""

    older_url = newer_url = ""

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in {OLDER, NEWER}}

    def get_queryset(self, request: HttpRequest, exclude_parameters: list[str | None] | None = None) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        return self._admin.narrowed(request, queryset)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str | Combinable]:
        return list(self.keyset)

    @property
    def keyset(self) -> Sequence[str]:
        return self._admin.keyset

    @property
    def _admin(self) -> "Keyed":
        return self.model_admin  # type: ignore[return-value]

    def get_results(self, request: HttpRequest) -> None:
        self.paginator = NoNumbers([], self.list_per_page)
        self.result_list, has_newer, has_older = self._page(request)
        self.has_neighbours = has_newer or has_older
        self.result_count = len(self.result_list)
        self.show_full_result_count = False
        self.full_result_count = self.result_count
        self.can_show_all = self.multi_page = False
        if self.result_list:
            self.newer_url = self._url(NEWER, self.result_list[0]) if has_newer else ""
            self.older_url = self._url(OLDER, self.result_list[-1]) if has_older else ""

    @property
    def summary(self) -> str:
        """How many rows match: exact when they fit on the page, the planner's estimate otherwise."""
        count = self.result_count
        about = estimates.in_words(max(self.estimate, count)) if self.has_neighbours else str(count)
        noun = self.opts.verbose_name if about == "1" else self.opts.verbose_name_plural
        return f"{about} {noun}"

    @cached_property
    def estimate(self) -> int:
        return estimates.rows(self.queryset) if self.has_neighbours else self.result_count

    def _page(self, request: HttpRequest) -> tuple[list[Any], bool, bool]:
        limit = self.list_per_page
        if newer_than := _position(request.GET.get(NEWER, "")):
            backwards = self.queryset.filter(_beyond(self.keyset, newer_than, older=False)).reverse()
            rows = list(backwards[: limit + 1])
            return rows[:limit][::-1], len(rows) > limit, True
        older_than = _position(request.GET.get(OLDER, ""))
        queryset = self.queryset.filter(_beyond(self.keyset, older_than, older=True)) if older_than else self.queryset
        rows = list(queryset[: limit + 1])
        return rows[:limit], older_than is not None, len(rows) > limit

    def _url(self, parameter: str, row: Model) -> str:
        values = [getattr(row, name.lstrip("-")) for name in self.keyset[:-1]]
        position = "_".join([*(value.isoformat() for value in values), str(row.pk)])
        return self.get_query_string({parameter: position}, remove=[OLDER, NEWER])


def _position(text: str) -> tuple[datetime | None, int] | None:
    """(moment, pk) of the row to go on from; None when there is none, or when somebody made it up."""
    moment, _, pk = text.rpartition("_")
    try:
        return (datetime.fromisoformat(moment) if moment else None, int(pk))
    except ValueError:
        return None


def _beyond(keyset: Sequence[str], position: tuple[datetime | None, int], *, older: bool) -> Q:
    moment, pk = position
    beyond = "lt" if older else "gt"
    after = Q(**{f"pk__{beyond}": pk})
    if moment is None or len(keyset) == 1:
        return after
    name = keyset[0].lstrip("-")
    # The first condition alone lets the index begin at the right place.
    return Q(**{f"{name}__{beyond}e": moment}) & (Q(**{f"{name}__{beyond}": moment}) | after)
