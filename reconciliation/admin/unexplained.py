"""The tile behind the number: each part of what is unexplained in a currency, down to the line."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from billing.admin import ledger_words
from config.base.console import display
from config.base.console.display import Tone
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Facts, Notice, Page, Table
from config.base.console.places import Places
from config.base.models import StripeAccount
from config.base.money import Money
from payments.admin import links
from payments.models import Payment
from reconciliation.admin import explain, words
from reconciliation.models import Discrepancy, RunBalance
from reconciliation.services import tile
from reconciliation.services.tile import Item

SHOWN = 100
PARTS = {
    "clearing": ("In clearing, past its day", "One side has booked it, and the other has not."),
    "in_transit": ("On the way to the bank, past its day", "It has left Stripe and did not arrive."),
    "suspense": ("In suspense", "Somebody put it there until it is explained."),
    "unmatched": ("Lines that nothing explains", "Stripe moved money in a way that is not booked."),
    "prepayments": ("Payments without a document", "Paid, and no invoice has taken it."),
    "balance_gap": ("Gap in Stripe's balance", "What Stripe holds is not what its lines add up to."),
}


@admin.register(RunBalance)
class RunBalanceAdmin(ReadOnlyAdmin[RunBalance]):
    list_display = ("currency", "run")
    search_help_text = "Currency"

    def matching(self, queryset: QuerySet[RunBalance], term: str) -> QuerySet[RunBalance]:
        return queryset.filter(currency=term.lower())

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.explain_view)
        return [path("explain/<str:any_id>/", view, name="reconciliation_explain"), *super().get_urls()]

    def explain_view(self, request: HttpRequest, any_id: str) -> HttpResponse:
        """What an amount is made of."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        shown = explain.page(any_id)
        context = {**self.admin_site.each_context(request), "title": shown.title, "page": shown}
        return TemplateResponse(request, "admin/page.html", context)

    def page(self, request: HttpRequest, row: RunBalance) -> Page:
        unexplained = Money(row.unexplained_minor, row.currency)
        tone = Tone.BAD if unexplained.minor else Tone.GOOD
        text = "Every cent is explained." if not unexplained.minor else "Each item leads to what can be done about it."
        return Page(
            title=f"Unexplained in {row.currency.upper()}",
            headline=f"Unexplained: {unexplained.format(display.locale())}",
            labels=[display.label(row.currency.upper())],
            subtitle=f"{row.run.account} · as the run of {row.run.started_at:%-d %b %Y, %H:%M} UTC saw it",
            notices=[Notice(text=text, tone=tone)],
            main=[self._part(row, name) for name in PARTS if getattr(row, f"{name}_minor")] + [self._timing(row)],
            side=[_facts(row)],
        )

    def _part(self, row: RunBalance, name: str) -> Table:
        title, text = PARTS[name]
        items = tile.items(row.run.account, currency=row.currency, part=name, limit=SHOWN)
        return _table(f"{title}: {_amount(row, name)}", row, items, empty=f"{text} It is settled by now.")

    def _timing(self, row: RunBalance) -> Table:
        items = tile.items(row.run.account, currency=row.currency, part="timing", limit=SHOWN)
        return _table(f"Settles by itself: {_amount(row, 'timing')}", row, items, empty="Nothing is on its way.")


def _amount(row: RunBalance, name: str) -> str:
    return Money(getattr(row, f"{name}_minor"), row.currency).format(display.locale())


def _table(title: str, row: RunBalance, items: list[Item], *, empty: str) -> Table:
    ids = [item.object_id for item in items]
    places, known = Places(ids), _discrepancies(row.run.account, ids)
    return Table(
        title=title,
        headers=["What", "Amount", "What to do", "Since", "Settles by"],
        rows=[
            [
                places.link(item.object_id),
                display.money(Money(item.amount_minor, row.currency)),
                _way_on(item, known.get(item.object_id)),
                ledger_words.day(item.day),
                f"{item.expected_on:%-d %b %Y}" if item.expected_on else display.EMPTY,
            ]
            for item in items
        ],
        empty=empty,
    )


def _discrepancies(account: StripeAccount, ids: list[str]) -> dict[str, Discrepancy]:
    """By id, the one about it; of a payment without any, that of its charge.

    What stands in suspense was put there by closing its discrepancy; an open one goes before it.
    """
    charges = dict(Payment.objects.filter(stripe_id__in=ids).values_list("stripe_id", "latest_charge_id"))
    rows = Discrepancy.objects.filter(account=account, object_id__in=[*ids, *charges.values()])
    known = {row.object_id: row for row in rows.exclude(status=Discrepancy.Status.SETTLED).order_by("status")}
    found = {any_id: known.get(any_id) or known.get(charges.get(any_id) or "") for any_id in ids}
    return {any_id: row for any_id, row in found.items() if row}


def _way_on(item: Item, discrepancy: Discrepancy | None) -> Any:
    if discrepancy:
        return links.to(discrepancy, words.name(discrepancy.type))
    return display.link(explain.url(item.object_id), "Explain")


def _facts(row: RunBalance) -> Facts:
    def money(name: str) -> object:
        return display.money(Money(getattr(row, name) or 0, row.currency))

    return Facts(
        title="Moved and proven",
        rows=[
            ("Moved", money("moved_minor")),
            ("Proven", money("proven_minor")),
            ("Settles by itself", money("timing_minor")),
            ("Stripe holds", money("stripe_balance_minor")),
            ("Run", links.to(row.run, f"{row.run.started_at:%-d %b %Y, %H:%M}")),
        ],
    )
