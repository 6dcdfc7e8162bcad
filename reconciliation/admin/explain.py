"""Explain this amount: what it is made of, what is booked for it, and how we know: webhooks, calls, people."""

from django.db.models import Model
from django.http import Http404, HttpRequest
from django.urls import reverse

from billing.admin import ledger_words
from billing.models import InvoiceLine
from config.base.console import display
from config.base.console.additions import Additions
from config.base.console.pages import Button, Page, Table, Timeline
from config.base.console.places import Places
from payments.admin import links, timeline
from payments.models import Dispute
from reconciliation.services import explain
from reconciliation.services.explain import Explanation, Part


def url(any_id: str) -> str:
    return reverse("admin:reconciliation_explain", args=[any_id])


def button(request: HttpRequest, row: object) -> Additions:
    """The way to the explanation, for pages below."""
    known = getattr(row, "public_id", "") or getattr(row, "stripe_id", "")
    if not request.user.has_perm("reconciliation.view_statementline"):
        return Additions()
    return Additions(buttons=[Button(text="Explain this amount", url=url(known))])


def page(any_id: str) -> Page:
    """The explanation of an id; raises Http404 when we keep no such thing."""
    found = explain.of(any_id)
    if found is None:
        raise Http404
    subject = found.subject
    return Page(
        title=f"Explain {subject.kind.lower()} {subject.id}",
        headline=subject.amount.format(display.locale()),
        labels=[display.label(subject.kind)],
        subtitle=f"What stands behind it and in front of it, down to the books · {subject.id}",
        buttons=[Button(text="Open its page", url=_home(found.row))],
        main=[_parts(found), _postings(found), _story(found)],
    )


def _parts(found: Explanation) -> Table:
    return Table(
        title="Made of, and part of",
        headers=["What", "Amount", "", "When (UTC)", "Id"],
        rows=[_row(part) for part in found.parts],
        empty="Nothing else is known of it.",
    )


def _row(part: Part) -> list[object]:
    return [
        display.link(url(part.id), part.kind),
        display.money(part.amount),
        _note(part.note) or display.EMPTY,
        display.when(part.at),
        display.code(part.id),
    ]


def _note(note: str) -> str:
    """A state in words, or a sentence as it is."""
    return display.words(note) if note.isidentifier() else note[:1].upper() + note[1:]


def _postings(found: Explanation) -> Table:
    return Table(
        title="In the books",
        headers=["Day", "What", "Account", "Debit", "Credit", "By"],
        rows=[
            [
                ledger_words.day(posting.entry.effective_date),
                links.to(posting.entry, ledger_words.told(posting.entry.kind)),
                links.to(posting.account, ledger_words.account(posting.account)),
                ledger_words.debit(posting.amount_minor, posting.account.currency),
                ledger_words.credit(posting.amount_minor, posting.account.currency),
                posting.entry.by,
            ]
            for posting in found.postings
        ],
        empty="Nothing is booked for it.",
    )


def _story(found: Explanation) -> Timeline:
    """Webhooks, calls to Stripe and people's actions that brought it about, and what it hangs on."""
    rows = [found.row, *found.around]
    public_ids = [getattr(row, "public_id", "") for row in rows]
    return timeline.of(found.row, public_ids=list(filter(None, public_ids)), roots=[_root(row) for row in rows])


def _root(row: object) -> str | None:
    return getattr(row, "stripe_id", None)


def _home(row: Model) -> str:
    """Its page, or that of what shows it."""
    if isinstance(row, InvoiceLine):
        return links.url(row.invoice)
    if isinstance(row, Dispute):
        return Places([row.stripe_id]).url(row.stripe_id) or reverse("admin:payments_payment_changelist")
    return links.url(row)
