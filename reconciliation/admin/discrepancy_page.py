"""One discrepancy: both sides next to each other, why, what can be done, and what was said and done about it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.admin import ledger_words
from billing.models import LedgerAccount, Posting
from config.base import clock
from config.base.console import additions, display
from config.base.console.display import Tone
from config.base.console.pages import Button, Entry, Facts, Notice, Page, Table, Timeline
from config.base.console.places import Places
from config.base.money import Money
from payments.admin import links, timeline
from reconciliation.admin import sides, words
from reconciliation.admin.line_states import LineStates
from reconciliation.models import Discrepancy, DiscrepancyNote, Match, StatementLine

SHOWN = 50
Status, Kind = Discrepancy.Status, DiscrepancyNote.Kind
_TONES = {
    Kind.FOUND: Tone.WARN,
    Kind.REOPENED: Tone.BAD,
    Kind.SETTLED: Tone.GOOD,
    Kind.ACTION: Tone.BUSY,
}


def page(request: HttpRequest, row: Discrepancy, *, buttons: Sequence[Button]) -> Page:
    """Everything about the discrepancy, what it is first."""
    places = Places([row.object_id])
    own = Page(
        title=f"{words.name(row.type)} {row.object_id}",
        headline=words.difference(row.amount) if row.amount_minor else words.name(row.type),
        labels=[words.type_label(row), words.status(row.status)],
        subtitle=" · ".join(filter(None, [words.who_has_more(row), row.object_id, _since(row)])),
        notices=list(_notices(row)),
        buttons=buttons,
        main=[sides.of(row), _lines(row), _postings(row), *_matches(row), _story(row)],
        side=[_facts(row, places)],
    )
    return additions.to(own, "discrepancy", request, row)


def _since(row: Discrepancy) -> str:
    days = words.age(((row.closed_at or clock.now()) - row.opened_at).days)
    again = f", for the {row.times_opened}. time" if row.times_opened > 1 else ""
    return f"open since {row.opened_at:%-d %b %Y}{again} ({days})" if row.status == Status.OPEN else ""


def _notices(row: Discrepancy) -> Iterator[Notice]:
    if row.status == Status.ACCEPTED:
        text = f"{row.reason} It opens again by itself if the amount changes."
        yield Notice(title=f"Accepted by {row.rule}", text=text, tone=Tone.QUIET)
    elif row.status == Status.SETTLED:
        text = "Both sides agree. It opens again by itself if it comes back."
        yield Notice(title="Settled", text=text, tone=Tone.GOOD)
    elif row.expected_on:
        text = f"{words.cause(row)} {words.advice(row)}"
        yield Notice(title=f"It settles by itself by {row.expected_on:%-d %b %Y}", text=text, tone=Tone.BUSY)
    else:
        text = format_html("{}<br><strong>What to do:</strong> {}", words.cause(row), words.advice(row))
        yield Notice(title="Likely cause", text=text)


def lines_about(row: Discrepancy) -> list[StatementLine]:
    """Stripe's lines of the same thing, and the line that it is about."""
    told = ", ".join(str(side.get("id", "")) for side in (row.theirs or {}, row.ours or {}))
    known = {row.object_id, *told.split(", ")} - {""}
    named = Q(source_id__in=known) | Q(stripe_id__in=known)
    found = StatementLine.objects.filter(named, account=row.account).select_related("payout")
    return list(found.order_by("stripe_created_at", "pk")[:SHOWN])


def _lines(row: Discrepancy) -> Table:
    lines = lines_about(row)
    states = LineStates(lines)
    return Table(
        title="Stripe's lines of it",
        headers=["Type", "Gross", "Fee", "Net", "Explained", "Payout", "Created"],
        rows=[
            [
                links.to(line, words.line_type(line.type)),
                display.money(line.amount),
                display.money_unless_zero(Money(-line.fee_minor, line.currency)),
                display.money(Money(line.net_minor, line.currency)),
                states.label(line),
                links.to(line.payout, f"{line.payout.arrival_date:%-d %b %Y}") if line.payout else display.EMPTY,
                ledger_words.day(line.stripe_created_at.date()),
            ]
            for line in lines
        ],
        empty="None: Stripe has no line of it.",
    )


def _postings(row: Discrepancy) -> Table:
    """What meets, or fails to meet, in clearing, in transit and in suspense."""
    kinds = (*LedgerAccount.AT_STRIPE, LedgerAccount.Kind.SUSPENSE)
    named = Q(reference=row.object_id) | Q(document=row.object_id)
    found = Posting.objects.filter(named, account__kind__in=kinds, account__legal_entity=row.account.legal_entity)
    postings = list(found.select_related("account", "entry").order_by("pk")[:SHOWN])
    held: dict[int, int] = {}
    rows: list[list[object]] = []
    for posting in postings:
        held[posting.account_id] = held.get(posting.account_id, 0) + posting.amount_minor
        rows.append(_posting(posting, held[posting.account_id]))
    return Table(
        title="In the books",
        headers=["Day", "What", "Account", "Debit", "Credit", "Left"],
        rows=rows,
        empty="Neither side has booked it.",
    )


def _posting(posting: Posting, held: int) -> list[object]:
    currency = posting.account.currency
    return [
        ledger_words.day(posting.entry.effective_date),
        links.to(posting.entry, ledger_words.told(posting.entry.kind)),
        links.to(posting.account, ledger_words.account(posting.account)),
        ledger_words.debit(posting.amount_minor, currency),
        ledger_words.credit(posting.amount_minor, currency),
        ledger_words.balance(held, currency),
    ]


def _matches(row: Discrepancy) -> Iterator[Table]:
    """What was linked by a rule or a person."""
    named = Q(documents__reference=row.object_id) | Q(lines__line__in=lines_about(row))
    matches = list(Match.objects.filter(named, account=row.account).distinct().order_by("pk")[:SHOWN])
    if not matches:
        return
    yield Table(
        title="Linked",
        headers=["Lines", "Documents", "By", "Why", "When (UTC)"],
        rows=[
            [
                _codes(match.lines.values_list("line__stripe_id", flat=True)),
                _codes(match.documents.values_list("reference", flat=True)),
                match.rule,
                match.reason or display.EMPTY,
                display.when(match.created_at),
            ]
            for match in matches
        ],
    )


def _codes(ids: Iterable[str]) -> SafeString | str:
    return display.code(", ".join(ids))


def _story(row: Discrepancy) -> Timeline:
    """Audit lines, and that there is a comment, are left out: its notes tell the same, with the words."""
    story = timeline.of(row, public_ids=[row.public_id], roots=[], also=[map(_note, row.notes.all())])
    return replace(story, entries=[entry for entry in story.entries if not _is_told(entry)])


def _is_told(entry: Entry) -> bool:
    return entry.kind == "Audit" or entry.text == words.COMMENTED


def _note(note: DiscrepancyNote) -> Entry:
    is_said = note.kind == Kind.COMMENT
    return Entry(
        at=note.created_at,
        kind=display.words(note.kind),
        text=note.text or display.words(note.kind),
        actor=note.by,
        tone=Tone.QUIET if is_said else _TONES.get(Kind(note.kind), Tone.QUIET),
    )


def _facts(row: Discrepancy, places: Places) -> Facts:
    return Facts(
        title="Discrepancy",
        rows=[
            ("Type", words.name(row.type)),
            ("About", places.link(row.object_id)),
            ("Currency", row.currency.upper()),
            ("Assignee", str(row.assignee or "Nobody yet")),
            ("Settles by", ledger_words.day(row.expected_on) if row.expected_on else ""),
            ("Opened", display.when(row.opened_at)),
            ("Closed", display.when(row.closed_at)),
            ("Closed by", row.rule),
            ("Reason", row.reason),
            ("First seen", links.to(row.first_seen, f"Run of {row.first_seen.started_at:%-d %b %Y}")),
            ("Last seen", links.to(row.last_seen, f"Run of {row.last_seen.started_at:%-d %b %Y}")),
            ("Account", str(row.account)),
            ("Discrepancy", display.copied(row.public_id)),
        ],
    )
