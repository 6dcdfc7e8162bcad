"""Entries of the books: what was booked to which account, because of what, by whom."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from billing.admin import ledger_words
from billing.admin.list_filters import LegalEntityFilter, of_one_entity
from billing.models import Entry, Posting
from config.base.console import additions, display
from config.base.console.display import Tone
from config.base.console.filters import DayRangeFilter
from config.base.console.keyset import KeysetChangeList
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Facts, Notice, Page, Table
from config.base.console.places import Places
from config.base.money import Money
from payments.admin import links

POSTINGS = 500


class EntryChangeList(KeysetChangeList):
    """Each entry with what it moved, currency by currency."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        moved = _moved(self.result_list)
        places = Places(row.source for row in self.result_list)
        for row in self.result_list:
            row.moved, row.places = moved.get(row.pk, []), places


def _moved(entries: Iterable[Entry]) -> dict[int, list[Money]]:
    """The debits of each entry, which its credits equal."""
    sums = (
        Posting.objects.filter(entry__in=list(entries), amount_minor__gt=0)
        .values_list("entry", "account__currency")
        .annotate(Sum("amount_minor"))
        .order_by("entry", "account__currency")
    )
    found: dict[int, list[Money]] = defaultdict(list)
    for key, currency, minor in sums:
        found[key].append(Money(int(minor), currency))
    return found


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin[Entry]):
    keyset = ("-effective_date", "-id")
    list_display = ("day_shown", "told_shown", "moved_shown", "source_shown", "by_shown", "note_shown")
    list_display_links = ("day_shown", "told_shown")
    list_filter = (LegalEntityFilter, ("effective_date", DayRangeFilter))
    list_select_related = ("reversed_by",)
    search_help_text = "Any id that stands in the books"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return EntryChangeList

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return of_one_entity(request, queryset, field="legal_entity")

    def matching(self, queryset: QuerySet[Entry], term: str) -> QuerySet[Entry]:
        if term.startswith("entry_"):
            return queryset.filter(public_id=term)
        named = Posting.objects.filter(Q(reference=term) | Q(document=term)).order_by("-pk")
        return queryset.filter(Q(source=term) | Q(pk__in=list(named.values_list("entry", flat=True)[:POSTINGS])))

    def page(self, request: HttpRequest, row: Entry) -> Page:
        places = Places([row.source])
        own = Page(
            title=f"Entry {row.public_id}",
            headline=" · ".join(amount.format(display.locale()) for amount in _moved([row]).get(row.pk, [])),
            labels=_labels(row),
            subtitle=f"{ledger_words.told(row.kind)} · {row.effective_date:%-d %b %Y} · {row.source}",
            notices=list(_notices(row)),
            main=[_postings(row)],
            side=[_facts(row, places)],
        )
        return additions.to(own, "entry", request, row)

    @admin.display(description="Day")
    def day_shown(self, row: Entry) -> SafeString:
        return ledger_words.day(row.effective_date)

    @admin.display(description="What")
    def told_shown(self, row: Entry) -> str:
        return ledger_words.told(row.kind) + (" – reversed" if reversal(row) else "")

    @admin.display(description="Moved")
    def moved_shown(self, row: Any) -> SafeString:
        return format_html_join(" ", "{}", ((display.money(amount),) for amount in row.moved))

    @admin.display(description="Source")
    def source_shown(self, row: Any) -> SafeString | str:
        places: Places = row.places
        return places.link(row.source)

    @admin.display(description="By")
    def by_shown(self, row: Entry) -> str:
        return row.by

    @admin.display(description="Note")
    def note_shown(self, row: Entry) -> str:
        return row.note


def reversal(row: Entry) -> Entry | None:
    """The entry that takes this one back."""
    return getattr(row, "reversed_by", None)


def _labels(row: Entry) -> list[SafeString]:
    labels = []
    if reversal(row):
        labels.append(display.label("Reversed", Tone.WARN))
    if row.reverses_id:
        labels.append(display.label("Reversal", Tone.WARN))
    return labels


def _notices(row: Entry) -> Iterator[Notice]:
    if later := reversal(row):
        text = links.to(later, f"Taken back by an entry of {later.effective_date:%-d %b %Y}")
        yield Notice(text=text)
    if row.reverses:
        text = links.to(row.reverses, f"Takes back an entry of {row.reverses.effective_date:%-d %b %Y}")
        yield Notice(text=text)


def _postings(row: Entry) -> Table:
    postings = list(row.postings.select_related("account", "customer").order_by("pk")[: POSTINGS + 1])
    places = Places(word for posting in postings for word in (posting.reference, posting.document))
    more = f" (the first {POSTINGS})" if len(postings) > POSTINGS else ""
    return Table(
        title=f"Postings{more}",
        headers=["Account", "Debit", "Credit", "Customer", "Reference", "Document"],
        rows=[
            [
                links.to(posting.account, ledger_words.account(posting.account)),
                ledger_words.debit(posting.amount_minor, posting.account.currency),
                ledger_words.credit(posting.amount_minor, posting.account.currency),
                links.to(posting.customer) or display.EMPTY,
                places.brief(posting.reference) or display.EMPTY,
                places.brief(posting.document) or display.EMPTY,
            ]
            for posting in postings[:POSTINGS]
        ],
    )


def _facts(row: Entry, places: Places) -> Facts:
    later = reversal(row)
    return Facts(
        title="Entry",
        rows=[
            ("What", ledger_words.told(row.kind)),
            ("Because of", places.link(row.source)),
            ("Belongs to", ledger_words.day(row.effective_date)),
            ("Booked", display.when(row.recorded_at)),
            ("By", row.by),
            ("Note", row.note),
            ("Reverses", links.to(row.reverses, row.reverses.public_id) if row.reverses else ""),
            ("Reversed by", links.to(later, later.public_id) if later else ""),
            ("Legal entity", str(row.legal_entity)),
            ("Entry", display.copied(row.public_id)),
        ],
    )
