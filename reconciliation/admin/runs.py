"""Runs of the reconciliation: what was read, what was found, and what stayed unexplained in each currency."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from billing.admin.catalog_forms import AccountForm
from config.base.actor import Actor
from config.base.console import additions, display
from config.base.console.display import Tone
from config.base.console.making import MakingAdmin
from config.base.console.pages import Facts, Notice, Page, Table
from config.base.console.places import Places
from config.base.money import Money
from payments.admin import links
from payments.admin.filters import AccountFilter, of_one_account
from reconciliation.admin import looking, words
from reconciliation.models import Discrepancy, Run, RunBalance
from reconciliation.services import runs

SHOWN = 100
# Of each currency, in the order in which they are added up.
PARTS = (
    ("In clearing past its day", "clearing_minor"),
    ("In transit past its day", "in_transit_minor"),
    ("In suspense", "suspense_minor"),
    ("Lines that nothing explains", "unmatched_minor"),
    ("Payments without a document", "prepayments_minor"),
    ("Gap in Stripe's balance", "balance_gap_minor"),
)
BESIDE = (
    ("Settles by itself", "timing_minor"),
    ("Moved", "moved_minor"),
    ("Proven down to the invoice line", "proven_minor"),
    ("Stripe holds", "stripe_balance_minor"),
)


def _day(help_text: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "cf-input"})
    return forms.DateField(required=False, widget=widget, help_text=help_text)


class RunForm(AccountForm):
    from_date = _day("Read Stripe's lines again from this day. Empty: only what is new since the last run.")
    to_date = _day("Up to and with this day. Empty: until now.")

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("from_date"), self.cleaned_data.get("to_date")
        if last and not first:
            self.add_error("from_date", "Say from which day.")
        elif first and last and last < first:
            self.add_error("to_date", "This is before the first day.")
        return self.cleaned_data


@admin.register(Run)
class RunAdmin(MakingAdmin[Run]):
    keyset = ("-started_at", "-id")
    list_display = (
        "started_shown",
        "status_shown",
        "unexplained_shown",
        "found_shown",
        "settled_shown",
        "lines_shown",
        "days_shown",
        "by_shown",
    )
    list_display_links = ("started_shown",)
    list_filter = (AccountFilter, "status")
    search_help_text = "Id"
    making = "start_run"
    make_title = "Start a run"
    make_text = "Read, book and match"
    make_permission = "reconciliation.start_run"
    make_form = RunForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        return super().get_queryset(request).prefetch_related("balances")

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        return of_one_account(request, queryset)

    def make(self, data: dict[str, Any], *, by: Actor) -> Run:
        run = runs.start(**data, by=by)
        looking.ask(run.account, by=by, first=run.from_date, last=run.to_date)
        return run

    def page(self, request: HttpRequest, row: Run) -> Page:
        balances = list(row.balances.all())
        own = Page(
            title=f"Run of {row.started_at:%-d %b %Y, %H:%M} UTC",
            headline=_headline(row, balances),
            labels=[words.status(row.status)],
            subtitle=f"Run of {row.started_at:%-d %b %Y, %H:%M} UTC · {words.run_days(row)} · by {row.by}",
            notices=_notices(row),
            main=[_parts(balances), _found(row)],
            side=[_facts(row)],
        )
        return additions.to(own, "run", request, row)

    @admin.display(description="Started (UTC)")
    def started_shown(self, row: Run) -> object:
        return display.when(row.started_at)

    @admin.display(description="Status")
    def status_shown(self, row: Run) -> SafeString:
        return words.status(row.status)

    @admin.display(description="Unexplained")
    def unexplained_shown(self, row: Run) -> SafeString | str:
        amounts = [display.money(Money(one.unexplained_minor, one.currency)) for one in row.balances.all()]
        return format_html_join(" ", "{}", ((amount,) for amount in amounts)) or display.EMPTY

    @admin.display(description="Found")
    def found_shown(self, row: Run) -> str:
        return f"{row.discrepancies_found:,}"

    @admin.display(description="Settled")
    def settled_shown(self, row: Run) -> str:
        return f"{row.discrepancies_settled:,}"

    @admin.display(description="Lines, new")
    def lines_shown(self, row: Run) -> str:
        return f"{row.lines_read:,}, {row.lines_new:,}"

    @admin.display(description="Days")
    def days_shown(self, row: Run) -> str:
        return words.run_days(row)

    @admin.display(description="By")
    def by_shown(self, row: Run) -> str:
        return row.by


def _headline(row: Run, balances: list[RunBalance]) -> str:
    if row.status != Run.Status.FINISHED:
        return f"Run: {row.get_status_display().lower()}"
    left = [Money(one.unexplained_minor, one.currency) for one in balances]
    amounts = " · ".join(amount.format(display.locale()) for amount in left if amount.minor or len(left) == 1)
    return f"Unexplained: {amounts or 'nothing'}"


def _notices(row: Run) -> list[Notice]:
    if row.status == Run.Status.FAILED:
        step = row.get_step_display()
        text = f"{row.error or 'It was stopped.'} The next run goes on from there."
        return [Notice(title=f"It failed while {step}", text=text, tone=Tone.BAD)]
    if row.status == Run.Status.RUNNING:
        return [Notice(text=f"It is {row.get_step_display()}. Load the page again to follow it.", tone=Tone.BUSY)]
    waiting = Discrepancy.objects.filter(first_seen=row, status=Discrepancy.Status.OPEN)
    count = waiting.exclude(type=Discrepancy.Type.TIMING).count()
    if count:
        text = f"{count:,} that it found {'waits' if count == 1 else 'wait'} for somebody."
        return [Notice(text=text, tone=Tone.WARN)]
    return []


def _parts(balances: list[RunBalance]) -> Table:
    def row(title: object, name: str) -> list[object]:
        return [title, *(_amount(getattr(one, name), one.currency) for one in balances)]

    return Table(
        title="What is not explained",
        headers=["", *(one.currency.upper() for one in balances)],
        rows=[
            *(row(title, name) for title, name in PARTS),
            [display.label("Unexplained", Tone.BUSY), *(_down(one) for one in balances)],
            *(row(title, name) for title, name in BESIDE),
        ]
        if balances
        else [],
        empty="Nothing is added up yet.",
    )


def _amount(minor: int | None, currency: str) -> SafeString | str:
    return display.EMPTY if minor is None else display.money(Money(minor, currency))


def _down(balance: RunBalance) -> str:
    """The sum, leading to its items."""
    return links.to(balance, _amount(balance.unexplained_minor, balance.currency))


def _found(row: Run) -> Table:
    found = list(Discrepancy.objects.filter(first_seen=row).order_by("-opened_at", "-pk")[: SHOWN + 1])
    more = reverse("admin:reconciliation_discrepancy_changelist")
    places = Places(one.object_id for one in found)
    return Table(
        title="Found for the first time",
        headers=["Type", "Difference", "What it is about", "Status"],
        rows=[
            [
                links.to(one, words.name(one.type)),
                display.money(one.amount),
                places.link(one.object_id),
                words.status(one.status),
            ]
            for one in found[:SHOWN]
        ],
        empty="Nothing that was not known before.",
        more_url=more if len(found) > SHOWN else "",
    )


def _facts(row: Run) -> Facts:
    return Facts(
        title="Run",
        rows=[
            ("Started", display.when(row.started_at)),
            ("Finished", display.when(row.finished_at)),
            ("Step", display.words(row.get_step_display())),
            ("Days", words.run_days(row)),
            ("Lines read since", display.when(row.read_from)),
            ("Lines read", f"{row.lines_read:,}"),
            ("New lines", f"{row.lines_new:,}"),
            ("Changed lines", f"{row.lines_changed:,}"),
            ("Entries booked", f"{row.entries_posted:,}"),
            ("Found", f"{row.discrepancies_found:,}"),
            ("Settled", f"{row.discrepancies_settled:,}"),
            ("By", row.by),
            ("Account", str(row.account)),
            ("Run", display.copied(row.public_id)),
        ],
    )
