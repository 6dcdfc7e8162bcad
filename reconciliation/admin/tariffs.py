"""What Stripe is expected to take: tariffs by payment method and currency, with the fees that follow from them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse

from billing.admin import ledger_words
from config.base.actor import Actor
from config.base.console import display
from config.base.console.display import Tone
from config.base.console.making import MakingAdmin
from config.base.console.pages import Button, Facts, Notice, Page, Table
from config.base.models import User
from config.base.money import Money
from payments import method_names
from payments.admin.filters import AccountFilter, of_one_account
from reconciliation.admin.policy_change import ChangeTariff, expecting
from reconciliation.admin.policy_forms import TariffForm, examples
from reconciliation.admin.rules import history
from reconciliation.models import Tariff
from reconciliation.services import policies


@admin.register(Tariff)
class TariffAdmin(MakingAdmin[Tariff]):
    list_display = ("method_shown", "currency_shown", "takes_shown", "on_top_shown", "from_shown")
    list_display_links = ("method_shown",)
    list_filter = (AccountFilter, "method", "currency")
    search_help_text = "Method, such as card"
    making = "write_tariff"
    make_title = "Say what Stripe takes"
    make_text = "Expect these fees"
    make_permission = "reconciliation.add_tariff"
    make_form = TariffForm

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Tariff]) -> QuerySet[Tariff]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[Tariff], term: str) -> QuerySet[Tariff]:
        return queryset.filter(method__istartswith=term)

    def make(self, data: dict[str, Any], *, by: Actor) -> Tariff:
        reason = data.pop("reason")
        return policies.write(Tariff(), data, by=by, reason=reason)

    def page(self, request: HttpRequest, row: Tariff) -> Page:
        may_change = isinstance(request.user, User) and request.user.has_perm("reconciliation.change_tariff")
        edit = reverse("admin:reconciliation_tariff_edit", args=[row.pk])
        waiting = expecting(row)[len(examples(row)) :]
        return Page(
            title=f"{method_names.said(row.method)} {row.currency.upper()}",
            headline=_fee(row),
            subtitle=f"{method_names.said(row.method)} in {row.currency.upper()} from {row.valid_from:%-d %b %Y} on",
            notices=[Notice(text=said, tone=Tone.BUSY) for said in waiting],
            buttons=[Button(text="Change…", url=edit)] if may_change else [],
            main=[_examples(row), history(row)],
            side=[_facts(row)],
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(ChangeTariff.as_view(model_admin=self))
        return [path("<path:object_id>/edit/", view, name="reconciliation_tariff_edit"), *super().get_urls()]

    @admin.display(description="Method")
    def method_shown(self, row: Tariff) -> str:
        return method_names.said(row.method)

    @admin.display(description="Currency")
    def currency_shown(self, row: Tariff) -> str:
        return row.currency.upper()

    @admin.display(description="Fee")
    def takes_shown(self, row: Tariff) -> str:
        return _fee(row)

    @admin.display(description="On top, at most")
    def on_top_shown(self, row: Tariff) -> str:
        return _percent(row.extra_basis_points) if row.extra_basis_points else display.EMPTY

    @admin.display(description="From")
    def from_shown(self, row: Tariff) -> object:
        return ledger_words.day(row.valid_from)


def _percent(basis_points: int) -> str:
    return f"{basis_points // 100}.{basis_points % 100:02}".rstrip("0").rstrip(".") + " %"


def _fee(row: Tariff) -> str:
    fixed = Money(row.fixed_minor, row.currency).format(display.locale())
    return f"{_percent(row.basis_points)} + {fixed}" if row.fixed_minor else _percent(row.basis_points)


def _examples(row: Tariff) -> Table:
    return Table(
        title="What it expects",
        headers=["Of a charge of", "At least", "At most"],
        rows=[[display.money(amount) for amount in example] for example in examples(row)],
    )


def _facts(row: Tariff) -> Facts:
    def money(minor: int | None) -> object:
        return display.money(Money(minor, row.currency)) if minor else ""

    return Facts(
        title="Tariff",
        rows=[
            ("Method", display.code(row.method)),
            ("Currency", row.currency.upper()),
            ("Share", _percent(row.basis_points)),
            ("Fixed part", money(row.fixed_minor)),
            ("At least", money(row.floor_minor)),
            ("At most", money(row.cap_minor)),
            ("On top, at most", _percent(row.extra_basis_points) if row.extra_basis_points else ""),
            ("Charges from", ledger_words.day(row.valid_from)),
            ("Account", str(row.account)),
        ],
    )
