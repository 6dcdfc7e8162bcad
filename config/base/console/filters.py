"""Filters of change lists."""

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.forms.utils import ErrorList
from django.http import HttpRequest
from django.utils.dateparse import parse_date

if TYPE_CHECKING:
    from django.contrib.admin import FieldListFilter as RangeDateFilter
else:
    from unfold.contrib.filters.admin import RangeDateFilter


class DayRangeForm(forms.Form):
    """From a day to a day, in the browser's own calendar."""

    def __init__(self, name: str, data: dict[str, Any] | None = None, errors: type[ErrorList] = ErrorList) -> None:
        super().__init__(data, error_class=errors)
        for end in ("from", "to"):
            widget = forms.DateInput(attrs={"type": "date", "class": "cf-input"})
            self.fields[f"{name}_{end}"] = forms.DateField(label=end, required=False, widget=widget)


class DayRangeFilter(RangeDateFilter):
    """Rows of whole days in UTC, both ends included."""

    form_class = DayRangeForm
    template = "admin/day_range_filter.html"
    parameter_name: str | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = str(self.title).removeprefix("stripe ").removesuffix(" at")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if first := self._day("from"):
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": _midnight(first)})
        if last := self._day("to"):
            queryset = queryset.filter(**{f"{self.parameter_name}__lte": _end(last)})
        return queryset

    def _day(self, end: str) -> datetime | None:
        text = self.used_parameters.get(f"{self.parameter_name}_{end}") or ""
        try:
            day = parse_date(str(text))
        except ValueError:
            return None
        return datetime.combine(day, time()) if day else None


def _midnight(day: datetime) -> datetime:
    return day.replace(tzinfo=UTC)


def _end(day: datetime) -> datetime:
    """The day's last microsecond, PostgreSQL's finest: the calendar's last day has no midnight after it."""
    return datetime.combine(day, time.max, tzinfo=UTC)
