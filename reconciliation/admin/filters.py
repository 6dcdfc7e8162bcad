"""Filters of the lists of reconciliation."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from billing.admin.list_filters import MenuFilter, TypedFilter
from reconciliation.admin import words
from reconciliation.models import Discrepancy, Payout, RunBalance, StatementLine

AT_MOST = 1000


class CurrencyFilter(MenuFilter):
    """The currencies that a run has seen."""

    title = "currency"
    parameter_name = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        seen = RunBalance.objects.order_by("currency").values_list("currency", flat=True).distinct()
        return [(code, code.upper()) for code in seen]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(currency=self.value()) if self.value() else queryset


class LineTypeFilter(MenuFilter):
    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(words.LINE_TYPES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[StatementLine]) -> QuerySet[StatementLine]:
        return queryset.filter(type=self.value()) if self.value() else queryset


class PayoutFilter(TypedFilter):
    title = "payout"
    parameter_name = "payout"
    placeholder = "po_…"

    def queryset(self, request: HttpRequest, queryset: QuerySet[StatementLine]) -> QuerySet[StatementLine]:
        return queryset.filter(payout__stripe_id=self.value()) if self.value() else queryset


class UnexplainedFilter(MenuFilter):
    """Lines that an open discrepancy is about."""

    title = "explained"
    parameter_name = "explained"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "With an open discrepancy"), ("gone", "Not listed by Stripe any more")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StatementLine]) -> QuerySet[StatementLine]:
        if self.value() == "gone":
            return queryset.exclude(missing_since=None)
        if self.value() != "no":
            return queryset
        named = Discrepancy.objects.filter(status=Discrepancy.Status.OPEN).order_by("-pk")
        ids = list(named.values_list("object_id", flat=True)[:AT_MOST])
        return queryset.filter(source_id__in=ids) | queryset.filter(stripe_id__in=ids)


class PayoutKindFilter(MenuFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("automatic", "Automatic"), ("manual", "By hand"), ("instant", "Instant")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payout]) -> QuerySet[Payout]:
        if not self.value():
            return queryset
        is_instant = {"method": "instant"} if self.value() == "instant" else {}
        return queryset.filter(is_automatic=self.value() == "automatic", **is_instant)
