"""Where which tax is charged, and the rates at Stripe that come of it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from billing.admin import catalog_words
from billing.admin.catalog_forms import AccountForm, choice, text
from billing.admin.invoice_actions import NeededReasonForm
from billing.models import TaxRate, TaxRule
from billing.services import tax_rules
from billing.services.tax_rules import Place
from config.base.actor import Actor
from config.base.console import display
from config.base.console.confirmation import ConfirmedView, Data, Outcome
from config.base.console.display import Tone
from config.base.console.making import MakingAdmin
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Button, Facts, Notice, Page
from config.base.models import User
from payments.admin import links
from payments.admin.filters import AccountFilter, of_one_account
from payments.admin.payment_actions import IN_DOUBT
from payments.models import OutboundCall

_CHECK = {"class": "cf-check"}


class TaxRuleForm(AccountForm):
    country = text(min_length=2, max_length=2, help_text="Two letters, such as DE.")
    region = text(required=False, max_length=10, help_text="A state or province, such as CA; empty: the whole country.")
    display_name = text(max_length=50, initial="VAT", help_text="Customers read it on invoices.")
    percentage = forms.DecimalField(
        max_digits=7, decimal_places=4, min_value=Decimal(0), max_value=100,
        widget=forms.NumberInput(attrs={"class": "cf-input"}), help_text="Such as 19.",
    )  # fmt: skip
    tax_type = choice([("", "Not said"), *((kind, kind.upper().replace("_", " ")) for kind in tax_rules.TYPES)],
                      required=False, initial="vat")  # fmt: skip
    is_inclusive = forms.BooleanField(
        required=False, label="Prices contain it already", widget=forms.CheckboxInput(attrs=_CHECK)
    )
    allows_reverse_charge = forms.BooleanField(
        required=False, label="Reverse charge for businesses elsewhere in the European Union",
        widget=forms.CheckboxInput(attrs=_CHECK),
    )  # fmt: skip

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()


class ArchiveRule(ConfirmedView[TaxRule]):
    action = "archive"
    permission = "billing.manage_tax"
    title = "Charge this tax no more"
    do_text = "Charge it no more"
    tone = Tone.BAD
    form_class: ClassVar[type[forms.Form]] = NeededReasonForm

    def state(self) -> str:
        return str(self.row.archived_at)

    def refusal(self) -> str:
        return "This rule is out of use already." if self.row.archived_at else ""

    def consequences(self, data: Data) -> Sequence[object]:
        return [
            f"From the next draft on, customers in {self.row.region or self.row.country} pay no tax by this table.",
            "Subscriptions there are changed within minutes. Invoices that are issued stay as they are.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        call = tax_rules.archive(rule=self.row, reason=data["reason"], by=by)
        in_doubt = call is not None and call.status == OutboundCall.Status.SENT
        return Outcome(messages.WARNING, IN_DOUBT) if in_doubt else Outcome(messages.SUCCESS, "It is charged no more.")


@admin.register(TaxRule)
class TaxRuleAdmin(MakingAdmin[TaxRule]):
    list_display = ("place_shown", "tax_shown", "reverse_shown", "status_shown")
    list_filter = (AccountFilter, ("archived_at", admin.EmptyFieldListFilter))
    list_select_related = ("tax_rate",)
    search_help_text = "Country, such as DE"
    making = "lay_down_tax_rule"
    make_title = "Charge a tax somewhere"
    make_text = "Charge it from the next draft on"
    make_permission = "billing.manage_tax"
    make_form = TaxRuleForm

    def narrowed(self, request: HttpRequest, queryset: QuerySet[TaxRule]) -> QuerySet[TaxRule]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[TaxRule], term: str) -> QuerySet[TaxRule]:
        return queryset.filter(public_id=term) | queryset.filter(country=term.upper())

    def make(self, data: dict[str, Any], *, by: Actor) -> TaxRule:
        place = Place(country=data.pop("country"), region=data.pop("region"))
        return tax_rules.lay_down(place=place, **data, by=by)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(ArchiveRule.as_view(model_admin=self))
        return [path("<path:object_id>/archive/", view, name="billing_taxrule_archive"), *super().get_urls()]

    def page(self, request: HttpRequest, row: TaxRule) -> Page:
        buttons = []
        if not row.archived_at and isinstance(request.user, User) and request.user.has_perm("billing.manage_tax"):
            buttons = [Button(text="Charge no more…", url=reverse("admin:billing_taxrule_archive", args=[row.pk]))]
        notices = []
        if settings.TAX_CALCULATION_SERVICE != "rates":
            text = f"TAX_CALCULATION_SERVICE is {settings.TAX_CALCULATION_SERVICE}: this table is not in use."
            notices = [Notice(text=text)]
        return Page(title=str(row), labels=[_status(row)], notices=notices, buttons=buttons, main=[_facts(row)])

    @admin.display(description="Where")
    def place_shown(self, rule: TaxRule) -> str:
        return f"{rule.country}, {rule.region}" if rule.region else rule.country

    @admin.display(description="Tax")
    def tax_shown(self, rule: TaxRule) -> str:
        how = "contained" if rule.is_inclusive else "added"
        return f"{rule.display_name} {rule.percentage.normalize():f} %, {how}"

    @admin.display(description="Reverse charge")
    def reverse_shown(self, rule: TaxRule) -> str:
        return "yes" if rule.allows_reverse_charge else "no"

    @admin.display(description="Status")
    def status_shown(self, rule: TaxRule) -> SafeString:
        return _status(rule)


@admin.register(TaxRate)
class TaxRateAdmin(ReadOnlyAdmin[TaxRate]):
    list_display = ("__str__", "country", "status_shown")
    list_filter = (AccountFilter, "status")
    search_help_text = "Id"

    def narrowed(self, request: HttpRequest, queryset: QuerySet[TaxRate]) -> QuerySet[TaxRate]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[TaxRate], term: str) -> QuerySet[TaxRate]:
        return queryset.filter(public_id=term) | queryset.filter(stripe_id=term)

    def page(self, request: HttpRequest, row: TaxRate) -> Page:
        rows: list[tuple[str, object]] = [
            ("Percentage", f"{row.percentage.normalize():f} %"),
            ("How", "contained in prices" if row.is_inclusive else "added to prices"),
            ("Where", ", ".join(filter(None, [row.country, row.state]))),
            ("Type", row.tax_type),
            ("Why not made", row.failure_message),
            ("Rate", display.copied(row.public_id)),
            ("At Stripe", links.at_stripe(row.account, "tax-rates", row.stripe_id)),
        ]
        return Page(
            title=str(row), labels=[catalog_words.status(row.status)], main=[Facts(title="Tax rate", rows=rows)]
        )

    @admin.display(description="Status")
    def status_shown(self, rate: TaxRate) -> SafeString:
        return catalog_words.status(rate.status)


def _status(rule: TaxRule) -> SafeString:
    if rule.archived_at:
        return display.label("Out of use")
    if rule.tax_rate is None or not rule.tax_rate.stripe_id:
        return display.label("Waits for Stripe", Tone.WARN)
    return display.label("Charged", Tone.GOOD)


def _facts(rule: TaxRule) -> Facts:
    return Facts(
        title="Tax rule",
        rows=[
            ("Where", f"{rule.country} {rule.region}".strip()),
            ("Tax", f"{rule.display_name} {rule.percentage.normalize():f} %"),
            ("How", "contained in prices" if rule.is_inclusive else "added to prices"),
            ("Reverse charge", "for businesses elsewhere in the EU" if rule.allows_reverse_charge else "no"),
            ("Rate", links.to(rule.tax_rate)),
            ("Since", display.when(rule.created_at)),
            ("Until", display.when(rule.archived_at)),
            ("Rule", display.copied(rule.public_id)),
        ],
    )  # fmt: skip
