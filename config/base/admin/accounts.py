"""The legal entity and its Stripe accounts."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from config.base.console import display
from config.base.console.model_admin import ConsoleAdmin, ReadOnlyAdmin
from config.base.console.pages import Facts, Page
from config.base.models import LegalEntity, StripeAccount


@admin.register(LegalEntity)
class LegalEntityAdmin(ConsoleAdmin[LegalEntity]):
    """The one thing here that a form may change: names, brand, and the zone until something is booked in it."""

    list_display = ("name", "country", "currency", "time_zone")
    readonly_fields = ("public_id", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: LegalEntity | None = None) -> tuple[str, ...]:
        """Another zone would make other days of what is booked."""
        has_books = obj is not None and obj.entries.exists()
        return (*self.readonly_fields, "time_zone") if has_books else self.readonly_fields

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "time_zone":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        zones = [(zone, zone) for zone in sorted(available_timezones())]
        return forms.ChoiceField(choices=zones, widget=UnfoldAdminSelectWidget, help_text=db_field.help_text)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(StripeAccount)
class StripeAccountAdmin(ReadOnlyAdmin[StripeAccount]):
    list_display = ("__str__", "stripe_id", "legal_entity", "default_currency", "read_shown")
    list_select_related = ("legal_entity",)
    search_fields = ()

    def page(self, request: HttpRequest, row: StripeAccount) -> Page:
        facts = Facts(
            title="Account",
            rows=[
                ("At Stripe", display.copied(row.stripe_id)),
                ("Mode", "Live" if row.livemode else "Test"),
                ("Legal entity", str(row.legal_entity)),
                ("Country", row.country),
                ("Currency", row.default_currency.upper()),
                ("Event list read up to", display.when(row.events_read_until)),
                ("Here since", display.when(row.created_at)),
            ],
        )
        return Page(title=str(row), main=[facts])

    @admin.display(description="Event list read up to (UTC)")
    def read_shown(self, account: StripeAccount) -> object:
        return display.when(account.events_read_until) or display.EMPTY
