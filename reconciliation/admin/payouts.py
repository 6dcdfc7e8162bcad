"""Payouts: what Stripe sent to the bank, when it arrives, and whether its lines prove it."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from billing.admin import ledger_words
from billing.models import Posting
from config.base.console import additions, display
from config.base.console.display import Tone
from config.base.console.filters import DayRangeFilter
from config.base.console.keyset import KeysetChangeList
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Facts, Notice, Page, Table
from config.base.console.payloads import without_secrets
from config.base.console.places import Places
from config.base.money import Money
from payments.admin import links
from payments.admin.filters import AccountFilter, of_one_account
from reconciliation.admin import payout_proof, words
from reconciliation.admin.filters import CurrencyFilter, PayoutFilter, PayoutKindFilter
from reconciliation.admin.line_states import LineStates
from reconciliation.admin.payout_proof import Proof
from reconciliation.models import Discrepancy, Payout, StatementLine

if TYPE_CHECKING:
    from django.contrib.admin import ChoicesFieldListFilter as ChoicesRadioFilter
else:
    from unfold.contrib.filters.admin import ChoicesRadioFilter

LINES = 100


class PayoutChangeList(KeysetChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        proofs = payout_proof.of(self.result_list)
        for row in self.result_list:
            row.proof = proofs[row.pk]


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin[Payout]):
    keyset = ("-arrival_date", "-id")
    list_display = (
        "amount_shown",
        "status_shown",
        "proof_shown",
        "kind_shown",
        "lines_shown",
        "id_shown",
        "arrival_shown",
    )
    list_display_links = ("amount_shown",)
    list_filter = (
        AccountFilter,
        ("arrival_date", DayRangeFilter),
        ("status", ChoicesRadioFilter),
        PayoutKindFilter,
        CurrencyFilter,
    )
    search_help_text = "po_…, or the bank's trace id"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return PayoutChangeList

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Payout]) -> QuerySet[Payout]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[Payout], term: str) -> QuerySet[Payout]:
        return queryset.filter(stripe_id=term) | queryset.filter(public_id=term) | queryset.filter(trace_id=term)

    def page(self, request: HttpRequest, row: Payout) -> Page:
        proof = payout_proof.of([row])[row.pk]
        own = Page(
            title=f"Payout {row.stripe_id}",
            headline=row.amount.format(display.locale()),
            labels=[words.status(row.status), words.payout_kind(row), proof.label],
            subtitle=_subtitle(row),
            notices=_notices(row, proof),
            main=[*([_sums(row, proof)] if row.is_automatic else []), _lines(row), _postings(row)],
            side=[_facts(row), _discrepancies(row), _more(row)],
        )
        return additions.to(own, "payout", request, row)

    @admin.display(description="Amount")
    def amount_shown(self, row: Payout) -> SafeString:
        return display.money(row.amount)

    @admin.display(description="Status")
    def status_shown(self, row: Payout) -> SafeString:
        return words.status(row.status)

    @admin.display(description="Lines sum to it")
    def proof_shown(self, row: Any) -> SafeString:
        proof: Proof = row.proof
        return proof.label

    @admin.display(description="Kind")
    def kind_shown(self, row: Payout) -> SafeString:
        return words.payout_kind(row)

    @admin.display(description="Lines")
    def lines_shown(self, row: Any) -> str:
        return f"{row.proof.count:,}" if row.is_automatic else display.EMPTY

    @admin.display(description="At Stripe")
    def id_shown(self, row: Payout) -> SafeString | str:
        return display.code(row.stripe_id)

    @admin.display(description="Arrives (UTC)")
    def arrival_shown(self, row: Payout) -> SafeString:
        return ledger_words.day(row.arrival_date.date())


def lines_url(row: Payout) -> str:
    asked = urlencode({PayoutFilter.parameter_name: row.stripe_id})
    return f"{reverse('admin:reconciliation_statementline_changelist')}?{asked}"


def _subtitle(row: Payout) -> str:
    verb = "Arrived" if row.status == Payout.Status.PAID else "Arrives"
    way = "from the bank" if row.amount_minor < 0 else "to the bank"
    return f"{verb} {row.arrival_date:%-d %b %Y} · {way} · {row.statement_descriptor or row.stripe_id}"


def _notices(row: Payout, proof: Proof) -> list[Notice]:
    notices = [proof.notice]
    if row.status == Payout.Status.FAILED:
        why = row.failure_message or display.words(row.failure_code)
        text = f"{why} The money is back in Stripe's balance.".strip()
        notices.insert(0, Notice(title="The payout failed", text=text, tone=Tone.BAD))
    if row.amount_minor < 0:
        notices.insert(0, Notice(text="Stripe took this from the bank: the balance was below zero.", tone=Tone.WARN))
    return notices


def _sums(row: Payout, proof: Proof) -> Table:
    sums = (
        payout_proof.own_lines()
        .filter(payout=row)
        .values_list("type")
        .annotate(Count("pk"), Sum("amount_minor"), Sum("fee_minor"), Sum("net_minor"))
        .order_by("type")
    )
    rows: list[list[object]] = [
        [words.line_type(kind), f"{count:,}", *_three(row, int(gross), int(fee), int(net))]
        for kind, count, gross, fee, net in sums
    ]
    if rows:
        total = _three(row, proof.gross_minor, proof.fee_minor, proof.net_minor)
        rows.append(["All lines", f"{proof.count:,}", *total])
        rows.append(["Paid out", "", "", "", display.money(row.amount)])
    return Table(
        title="What it consists of",
        headers=["Type", "Lines", "Gross", "Fees", "Net"],
        rows=rows,
        empty="Stripe lists no lines of this payout.",
    )


def _three(row: Payout, gross: int, fee: int, net: int) -> list[object]:
    return [
        display.money(Money(gross, row.currency)),
        display.money_unless_zero(Money(-fee, row.currency)),
        display.money(Money(net, row.currency)),
    ]


def _lines(row: Payout) -> Table:
    """What it consists of; of one by hand, of which nothing else is known, its own lines in the balance."""
    itself = StatementLine.objects.filter(source_id=row.stripe_id)
    found = payout_proof.own_lines().filter(payout=row) if row.is_automatic else itself
    lines = list(found.order_by("-stripe_created_at", "-pk")[: LINES + 1])
    states = LineStates(lines[:LINES])
    more = f" (the newest {LINES})" if len(lines) > LINES else ""
    return Table(
        title=f"Lines{more}" if row.is_automatic else "In Stripe's balance",
        headers=["Type", "Gross", "Fee", "Net", "Explained", "For", "Created"],
        rows=[_line(line, states) for line in lines[:LINES]],
        empty="None.",
        more_url=lines_url(row) if len(lines) > LINES else "",
    )


def _line(line: StatementLine, states: LineStates) -> list[object]:
    return [
        links.to(line, words.line_type(line.type)),
        display.money(line.amount),
        display.money_unless_zero(Money(-line.fee_minor, line.currency)),
        display.money(Money(line.net_minor, line.currency)),
        states.label(line),
        states.source(line),
        ledger_words.day(line.stripe_created_at.date()),
    ]


def _postings(row: Payout) -> Table:
    postings = Posting.objects.filter(reference=row.stripe_id).select_related("account", "entry").order_by("pk")
    return Table(
        title="In the books",
        headers=["Account", "Debit", "Credit", "Day", "What"],
        rows=[
            [
                links.to(posting.account, ledger_words.account(posting.account)),
                ledger_words.debit(posting.amount_minor, posting.account.currency),
                ledger_words.credit(posting.amount_minor, posting.account.currency),
                ledger_words.day(posting.entry.effective_date),
                links.to(posting.entry, ledger_words.told(posting.entry.kind)),
            ]
            for posting in postings[:100]
        ],
        empty="Nothing is booked for it yet.",
    )


def _facts(row: Payout) -> Facts:
    ids = (row.balance_transaction_id, row.failure_balance_transaction_id, row.original_payout_id, row.reversed_by_id)
    places = Places(ids)
    own, failed, original, reverser = (places.link(any_id) for any_id in ids)
    return Facts(
        title="Payout",
        rows=[
            ("Arrives", ledger_words.day(row.arrival_date.date())),
            ("Made", display.when(row.stripe_created_at)),
            ("How", "By Stripe's schedule" if row.is_automatic else "By hand"),
            ("Method", display.words(row.method)),
            ("To", display.words(row.type)),
            ("Bank statement says", row.statement_descriptor),
            ("Bank's reference", display.copied(row.trace_id)),
            ("Its line", own),
            ("Line of its failure", failed),
            ("Reverses", original),
            ("Reversed by", reverser),
            ("Stripe's proof", display.words(row.reconciliation_status)),
            ("Lines read", display.when(row.lines_read_at)),
            ("Description", row.description),
            ("At Stripe", links.at_stripe(row.account, "payouts", row.stripe_id)),
            ("Account", str(row.account)),
        ],
    )


def _discrepancies(row: Payout) -> Facts:
    found = Discrepancy.objects.filter(object_id=row.stripe_id).order_by("-pk")[:10]
    return Facts(
        title="Discrepancies",
        rows=[(words.name(one.type), links.to(one, f"{words.difference(one.amount)}, {one.status}")) for one in found],
    )


def _more(row: Payout) -> Facts:
    return Facts(title="Metadata", rows=list(without_secrets(row.metadata).items()))
