"""The accounts of the books with their balances: where they stand, how they got there, whose they are."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.http import HttpRequest
from django.utils.dateparse import parse_date
from django.utils.safestring import SafeString

from billing.admin import ledger_words
from billing.admin.list_filters import LegalEntityFilter, TypedFilter, of_one_entity
from billing.admin.postings import postings_url
from billing.models import LedgerAccount, Posting
from billing.services.ledger import balances
from config.base.console import display
from config.base.console.display import Tone
from config.base.console.keyset import KeysetChangeList
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Button, Facts, Notice, Page, Table
from config.base.console.places import Places
from config.base.money import Money
from payments.admin import links
from payments.models import Customer

MONTHS = 12
NEWEST = 15
SHOULD_BE_EMPTY = (LedgerAccount.Kind.SUSPENSE,)


class AccountChangeList(KeysetChangeList):
    """Every account as in a trial balance: by currency, and what there is before what was earned."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        on = _day(request.GET.get(OnDayFilter.parameter_name, ""))
        held: dict[LedgerAccount, Money] = {}
        for entity in {row.legal_entity for row in self.result_list}:
            held |= balances.by_account(legal_entity=entity, on=on)
        for row in self.result_list:
            row.held = held[row].minor
        self.result_list.sort(key=lambda row: (row.currency, ledger_words.ORDER.get(row.kind, 99), row.pk))
        self.totals = _totals(self.result_list)


class OnDayFilter(TypedFilter):
    """What stood there by the end of a day; rows stay, balances change."""

    title = "what stood there by the end of"
    parameter_name = "on"

    def field(self) -> forms.Field:
        widget = forms.DateInput(attrs={"type": "date", "class": "cf-input"})
        return forms.DateField(required=False, label=str(self.title), widget=widget)

    def queryset(self, request: HttpRequest, queryset: QuerySet[LedgerAccount]) -> QuerySet[LedgerAccount]:
        return queryset


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _totals(accounts: Iterable[Any]) -> list[dict[str, object]]:
    """Of each currency: what stands at the debit side and at the credit side, which must be the same."""
    sides: dict[str, tuple[int, int]] = {}
    for row in accounts:
        debit, credit = sides.get(row.currency, (0, 0))
        sides[row.currency] = (debit + max(row.held, 0), credit + max(-row.held, 0))
    return [
        {
            "currency": currency.upper(),
            "debit": ledger_words.debit(debit, currency),
            "credit": ledger_words.credit(-credit, currency),
            "says": display.label("In balance", Tone.GOOD)
            if debit == credit
            else display.label("Not in balance", Tone.BAD),
        }
        for currency, (debit, credit) in sorted(sides.items())
    ]


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin[LedgerAccount]):
    list_display = ("name_shown", "group_shown", "debit_shown", "credit_shown", "meaning_shown")
    list_select_related = ("account", "legal_entity")
    list_per_page = 400
    list_filter = (LegalEntityFilter, OnDayFilter, "currency")
    list_after_template = "admin/billing/trial_balance.html"
    search_help_text = "Kind, such as stripe clearing"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return AccountChangeList

    def narrowed(self, request: HttpRequest, queryset: QuerySet[LedgerAccount]) -> QuerySet[LedgerAccount]:
        return of_one_entity(request, queryset, field="legal_entity")

    def matching(self, queryset: QuerySet[LedgerAccount], term: str) -> QuerySet[LedgerAccount]:
        return queryset.filter(Q(public_id=term) | Q(kind__istartswith=term.replace(" ", "_")))

    def page(self, request: HttpRequest, row: LedgerAccount) -> Page:
        held = int(row.postings.aggregate(held=Sum("amount_minor"))["held"] or 0)
        return Page(
            title=ledger_words.account(row),
            headline=ledger_words.balance(held, row.currency),
            labels=[ledger_words.group(row.kind)],
            subtitle=f"{ledger_words.account(row)} · {ledger_words.MEANINGS[row.kind][1]}",
            notices=list(_notices(row, held)),
            buttons=[Button(text="All postings", url=postings_url(row), tone=Tone.BUSY)],
            main=[_months(row, held), _newest(row, held)],
            side=[_facts(row), *_customers(row)],
        )

    @admin.display(description="Account")
    def name_shown(self, row: LedgerAccount) -> str:
        return ledger_words.account(row)

    @admin.display(description="Part")
    def group_shown(self, row: LedgerAccount) -> SafeString:
        return ledger_words.group(row.kind)

    @admin.display(description="Debit")
    def debit_shown(self, row: Any) -> SafeString:
        return ledger_words.debit(row.held, row.currency)

    @admin.display(description="Credit")
    def credit_shown(self, row: Any) -> SafeString:
        return ledger_words.credit(row.held, row.currency)

    @admin.display(description="What it holds")
    def meaning_shown(self, row: LedgerAccount) -> str:
        at = f", at {row.account}" if row.account else ""
        return ledger_words.MEANINGS[row.kind][1] + at


def _notices(row: LedgerAccount, held: int) -> Iterable[Notice]:
    if held and row.kind in SHOULD_BE_EMPTY:
        text = "Whatever stands here was put off. Find out what it was, and release it from its discrepancy."
        yield Notice(title="This account must be emptied", text=text)


def _newest(row: LedgerAccount, held: int) -> Table:
    newest = row.postings.select_related("entry", "customer").order_by("-entry__effective_date", "-pk")[:NEWEST]
    postings = list(newest)
    places = Places(posting.document or posting.reference for posting in postings)
    has_customers = any(posting.customer for posting in postings)
    rows: list[list[object]] = []
    for posting in postings:
        rows.append(_posting(row, posting, held, places, has_customers=has_customers))
        held -= posting.amount_minor
    return Table(
        title="Newest postings",
        headers=["Day", "What", *(["Customer"] if has_customers else []), "For", "Debit", "Credit", "Balance"],
        rows=rows,
        empty="Nothing was posted here yet.",
        more_url=postings_url(row) if rows else "",
    )


def _posting(row: LedgerAccount, posting: Posting, held: int, places: Places, *, has_customers: bool) -> list[object]:
    customer = [str(posting.customer or display.EMPTY)] if has_customers else []
    return [
        display.link(links.url(posting.entry), ledger_words.day(posting.entry.effective_date)),
        ledger_words.told(posting.entry.kind),
        *customer,
        places.brief(posting.document or posting.reference) or display.EMPTY,
        ledger_words.debit(posting.amount_minor, row.currency),
        ledger_words.credit(posting.amount_minor, row.currency),
        ledger_words.balance(held, row.currency),
    ]


def _months(row: LedgerAccount, held: int) -> Table:
    """What came and went in the newest months, back from what the account holds."""
    sums = (
        row.postings.annotate(month=TruncMonth("entry__effective_date"))
        .values("month")
        .annotate(
            debit=Sum("amount_minor", filter=Q(amount_minor__gt=0), default=Decimal(0)),
            credit=Sum("amount_minor", filter=Q(amount_minor__lt=0), default=Decimal(0)),
        )
        .order_by("-month")[:MONTHS]
    )
    rows: list[list[object]] = []
    for found in sums:
        debit, credit = int(found["debit"]), int(found["credit"])
        before = held - debit - credit
        rows.append(
            [
                f"{found['month']:%B %Y}",
                ledger_words.balance(before, row.currency),
                ledger_words.debit(debit, row.currency),
                ledger_words.credit(credit, row.currency),
                ledger_words.balance(held, row.currency),
            ]
        )
        held = before
    return Table(title="Months", headers=["Month", "Before", "Debit", "Credit", "After"], rows=rows, empty="None yet.")


def _facts(row: LedgerAccount) -> Facts:
    told = row.postings.aggregate(
        count=Count("pk"), first=Min("entry__effective_date"), last=Max("entry__effective_date")
    )
    return Facts(
        title="Account",
        rows=[
            ("Kind", display.words(row.kind)),
            ("Currency", row.currency.upper()),
            ("Legal entity", str(row.legal_entity)),
            ("At Stripe", links.to(row.account)),
            ("Postings", f"{told['count']:,}"),
            ("First day", ledger_words.day(told["first"]) if told["first"] else ""),
            ("Last day", ledger_words.day(told["last"]) if told["last"] else ""),
            ("Account", display.copied(row.public_id)),
        ],
    )


def _customers(row: LedgerAccount) -> Iterable[Table]:
    """Whose the balance is, the largest first."""
    sums = row.postings.exclude(customer=None).values("customer").annotate(held=Sum("amount_minor")).exclude(held=0)
    largest = [(found["customer"], int(found["held"])) for found in sums.order_by("-held")[:10]]
    if not largest:
        return
    known = Customer.objects.in_bulk([key for key, _ in largest])
    yield Table(
        title="By customer",
        headers=["Customer", "Balance"],
        rows=[
            [
                display.link(postings_url(row, customer=known[key].public_id), known[key]),
                ledger_words.balance(held, row.currency),
            ]
            for key, held in largest
        ],
    )
