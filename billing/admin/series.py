"""Number series of legal entities, and the numbers that were given."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from billing.admin.catalog_forms import text, whole
from billing.models import IssuedNumber, NumberSeries
from billing.services import numbering
from config.base.actor import Actor
from config.base.console import display
from config.base.console.display import Tone
from config.base.console.making import MakingAdmin
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Facts, Notice, Page, Table
from config.base.models import LegalEntity
from payments.admin import links

SHOWN = 50


class SeriesForm(forms.Form):
    legal_entity = forms.ModelChoiceField(
        LegalEntity.objects.order_by("pk"), empty_label=None, widget=forms.Select(attrs={"class": "cf-input"})
    )
    begins_with = text(required=False, max_length=20, help_text="Such as 2026-. One that was used is not used again.")
    digits = whole(max_value=12, initial=5)
    first = whole(initial=1, help_text="The first number, such as 1.")
    sure = forms.BooleanField(
        label="From now on invoices of this legal entity get these numbers, without gaps; the series before rests",
        widget=forms.CheckboxInput(attrs={"class": "cf-check"}),
    )


@admin.register(NumberSeries)
class NumberSeriesAdmin(MakingAdmin[NumberSeries]):
    list_display = ("__str__", "legal_entity", "status_shown", "created_shown")
    list_select_related = ("legal_entity",)
    search_help_text = "Prefix"
    making = "start_number_series"
    make_title = "Give our own numbers"
    make_text = "Start the series"
    make_permission = "billing.add_numberseries"
    make_form = SeriesForm

    def matching(self, queryset: QuerySet[NumberSeries], term: str) -> QuerySet[NumberSeries]:
        return queryset.filter(prefix__startswith=term)

    def make(self, data: dict[str, Any], *, by: Actor) -> NumberSeries:
        return numbering.start(
            legal_entity=data["legal_entity"],
            prefix=data["begins_with"],
            digits=data["digits"] or 5,
            first=data["first"] or 1,
            by=by,
        )

    def page(self, request: HttpRequest, row: NumberSeries) -> Page:
        rests = "This series rests: invoices get numbers of another one, or Stripe's."
        return Page(
            title=f"Next: {row}",
            labels=[_status(row)],
            subtitle=str(row.legal_entity),
            notices=[] if row.is_active else [Notice(text=rests)],
            main=[_numbers(row)],
            side=[_facts(row)],
        )

    @admin.display(description="Status")
    def status_shown(self, series: NumberSeries) -> SafeString:
        return _status(series)

    @admin.display(description="Started (UTC)")
    def created_shown(self, series: NumberSeries) -> object:
        return display.when(series.created_at)


@admin.register(IssuedNumber)
class IssuedNumberAdmin(ReadOnlyAdmin[IssuedNumber]):
    list_display = ("number", "invoice_shown", "taken_shown")
    list_select_related = ("invoice__customer",)
    search_help_text = "Number"

    def matching(self, queryset: QuerySet[IssuedNumber], term: str) -> QuerySet[IssuedNumber]:
        return queryset.filter(invoice__number=term) | queryset.filter(number=term)

    def page(self, request: HttpRequest, row: IssuedNumber) -> Page:
        rows = [
            ("Invoice", links.to(row.invoice)),
            ("Series", links.to(row.series)),
            ("Taken", display.when(row.taken_at)),
        ]
        return Page(title=row.number, main=[Facts(title="Number", rows=rows)])

    @admin.display(description="Invoice")
    def invoice_shown(self, issued: IssuedNumber) -> str:
        return f"{issued.invoice.status}, {issued.invoice.customer}"

    @admin.display(description="Taken (UTC)")
    def taken_shown(self, issued: IssuedNumber) -> object:
        return display.when(issued.taken_at)


def _status(series: NumberSeries) -> SafeString:
    return display.label("In use", Tone.GOOD) if series.is_active else display.label("Rests")


def _numbers(series: NumberSeries) -> Table:
    return Table(
        title="The newest numbers",
        headers=["Number", "Invoice", "Status", "Taken (UTC)"],
        rows=[
            [issued.number, links.to(issued.invoice), issued.invoice.status, display.when(issued.taken_at)]
            for issued in series.issued.select_related("invoice").order_by("-value")[:SHOWN]
        ],
        empty="No number was given yet.",
    )


def _facts(series: NumberSeries) -> Facts:
    return Facts(
        title="Series",
        rows=[
            ("Legal entity", links.to(series.legal_entity)),
            ("Next number", str(series)),
            ("Given so far", series.issued.count()),
            ("Started", display.when(series.created_at)),
        ],
    )
