"""Stripe's own books, line by line: what moved, what it cost, when it can be paid out, and what it belongs to."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from billing.admin import ledger_words
from billing.models import Entry, Posting
from config.base.console import additions, display
from config.base.console.display import Tone
from config.base.console.filters import DayRangeFilter
from config.base.console.keyset import KeysetChangeList
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Facts, Notice, Page, Table
from config.base.money import Money
from payments.admin import links
from payments.admin.filters import AccountFilter, of_one_account
from reconciliation.admin import words
from reconciliation.admin.filters import CurrencyFilter, LineTypeFilter, PayoutFilter, UnexplainedFilter
from reconciliation.admin.line_states import LineStates
from reconciliation.models import StatementLine


class LineChangeList(KeysetChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        states = LineStates(self.result_list)
        for row in self.result_list:
            row.states = states


@admin.register(StatementLine)
class StatementLineAdmin(ReadOnlyAdmin[StatementLine]):
    keyset = ("-stripe_created_at", "-id")
    list_display = (
        "type_shown",
        "gross_shown",
        "fee_shown",
        "net_shown",
        "state_shown",
        "source_shown",
        "payout_shown",
        "available_shown",
        "created_shown",
    )
    list_display_links = ("type_shown",)
    list_select_related = ("payout",)
    list_filter = (
        AccountFilter,
        ("stripe_created_at", DayRangeFilter),
        LineTypeFilter,
        CurrencyFilter,
        PayoutFilter,
        UnexplainedFilter,
    )
    search_help_text = "txn_…, po_…, or the id of what it belongs to"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return LineChangeList

    def narrowed(self, request: HttpRequest, queryset: QuerySet[StatementLine]) -> QuerySet[StatementLine]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[StatementLine], term: str) -> QuerySet[StatementLine]:
        if term.startswith("txn_"):
            return queryset.filter(stripe_id=term)
        if term.startswith("line_"):
            return queryset.filter(public_id=term)
        return queryset.filter(source_id=term) | queryset.filter(payout__stripe_id=term)

    def page(self, request: HttpRequest, row: StatementLine) -> Page:
        states = LineStates([row])
        own = Page(
            title=f"Statement line {row.stripe_id}",
            headline=row.amount.format(display.locale()),
            labels=[display.label(words.line_type(row.type)), words.status(_availability(row)), states.label(row)],
            subtitle=" · ".join(filter(None, [row.description, f"{row.stripe_created_at:%-d %b %Y, %H:%M} UTC"])),
            notices=_notices(row),
            main=[_amounts(row), _fees(row), _postings(row)],
            side=[_facts(row, states)],
        )
        return additions.to(own, "statement_line", request, row)

    @admin.display(description="Type")
    def type_shown(self, row: StatementLine) -> str:
        return words.line_type(row.type)

    @admin.display(description="Gross")
    def gross_shown(self, row: StatementLine) -> SafeString:
        return display.money(row.amount)

    @admin.display(description="Fee")
    def fee_shown(self, row: StatementLine) -> SafeString:
        return display.money_unless_zero(Money(-row.fee_minor, row.currency))

    @admin.display(description="Net")
    def net_shown(self, row: StatementLine) -> SafeString:
        return display.money(Money(row.net_minor, row.currency))

    @admin.display(description="Explained")
    def state_shown(self, row: Any) -> SafeString:
        states: LineStates = row.states
        return states.label(row)

    @admin.display(description="Belongs to")
    def source_shown(self, row: Any) -> SafeString | str:
        states: LineStates = row.states
        return states.source(row)

    @admin.display(description="Payout")
    def payout_shown(self, row: StatementLine) -> SafeString | str:
        return links.to(row.payout, f"{row.payout.arrival_date:%-d %b %Y}") if row.payout else display.EMPTY

    @admin.display(description="Available (UTC)")
    def available_shown(self, row: StatementLine) -> SafeString:
        return ledger_words.day(row.available_on.date())

    @admin.display(description="Created (UTC)")
    def created_shown(self, row: StatementLine) -> SafeString:
        return ledger_words.day(row.stripe_created_at.date())


def _availability(row: StatementLine) -> str:
    return "available" if row.is_available else "pending"


def _notices(row: StatementLine) -> list[Notice]:
    if row.missing_since is None:
        return []
    gone = f"Stripe listed it before; since {row.missing_since:%-d %b %Y, %H:%M} UTC it does not any more."
    return [Notice(text=gone, tone=Tone.BAD)]


def _amounts(row: StatementLine) -> Facts:
    return Facts(
        title="Amount",
        rows=[
            ("Gross", display.money(row.amount)),
            ("Fee", display.money(Money(-row.fee_minor, row.currency))),
            ("Net", display.money(Money(row.net_minor, row.currency))),
            ("Converted at", _rate(row.exchange_rate)),
        ],
    )


def _rate(rate: Decimal | None) -> str:
    return f"{rate.normalize():f}" if rate is not None else ""


def _fees(row: StatementLine) -> Table:
    return Table(
        title="What the fee consists of",
        headers=["What", "Kind", "Amount"],
        rows=[
            [
                detail.get("description") or display.words(detail.get("type", "")),
                display.words(detail.get("type", "")),
                display.money(Money(int(detail.get("amount", 0)), detail.get("currency", row.currency))),
            ]
            for detail in row.fee_details
        ],
        empty="Stripe took no fee of it.",
    )


def _postings(row: StatementLine) -> Table:
    postings = Posting.objects.filter(entry__in=Entry.objects.filter(source=row.stripe_id))
    return Table(
        title="In the books",
        headers=["Account", "Debit", "Credit", "Reference", "Day"],
        rows=[
            [
                links.to(posting.account, ledger_words.account(posting.account)),
                ledger_words.debit(posting.amount_minor, posting.account.currency),
                ledger_words.credit(posting.amount_minor, posting.account.currency),
                display.code(posting.reference) or display.EMPTY,
                links.to(posting.entry, ledger_words.day(posting.entry.effective_date)),
            ]
            for posting in postings.select_related("account", "entry").order_by("entry", "pk")[:100]
        ],
        empty="It is not booked yet.",
    )


def _facts(row: StatementLine, states: LineStates) -> Facts:
    return Facts(
        title="Line",
        rows=[
            ("Belongs to", states.places.link(row.source_id)),
            ("Payout", links.to(row.payout, row.payout.stripe_id) if row.payout else "Not paid out yet"),
            ("Available", display.when(row.available_on)),
            ("Type at Stripe", display.code(row.type)),
            ("Reported as", display.words(row.reporting_category)),
            ("Created", display.when(row.stripe_created_at)),
            ("First read", display.when(row.read_at)),
            ("At Stripe", display.copied(row.stripe_id)),
            ("Account", str(row.account)),
        ],
    )
