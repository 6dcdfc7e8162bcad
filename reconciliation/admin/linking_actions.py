"""Bringing lines and documents together by hand, and taking that back."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet

from billing.admin.invoice_actions import NeededReasonForm
from config.base.actor import Actor
from config.base.console.confirmation import Data, Outcome
from config.base.console.display import Tone
from reconciliation.admin import words
from reconciliation.admin.discrepancy_actions import DiscrepancyView, say
from reconciliation.admin.discrepancy_page import lines_about
from reconciliation.models import Discrepancy, Match, StatementLine
from reconciliation.services import actions, linking

OFFERED = 8


class LinkForm(NeededReasonForm):
    """Stripe's lines and our documents, by their ids."""

    def __init__(self, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        lines = _several("Stripe's lines", "txn_…, one a line.")
        references = _several("Our documents", "As Stripe names them: ch_…, re_… or du_…, one a line.")
        self.fields = {"lines": lines, "references": references, **self.fields}

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        wanted = set(data.get("lines", "").split())
        found = StatementLine.objects.filter(stripe_id__in=wanted)
        if unknown := wanted - set(found.values_list("stripe_id", flat=True)):
            self.add_error("lines", f"There is no line {', '.join(sorted(unknown))}.")
        return data


def _several(label: str, help_text: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"class": "cf-input", "rows": 2})
    return forms.CharField(label=label, widget=widget, help_text=help_text)


class Link(DiscrepancyView):
    action = actions.LINK
    title = "Link lines and documents"
    do_text = "Link them"
    button = "Link…"
    form_class: ClassVar[type[forms.Form]] = LinkForm

    def form(self, data: Any = None) -> forms.Form:
        lines = [line.stripe_id for line in lines_about(self.row)]
        known = [] if lines else [self.row.object_id]
        return LinkForm(data, initial={"lines": "\n".join(lines), "references": "\n".join(known)})

    def facts(self) -> Sequence[object]:
        alike = [
            f"A line of this amount: {line.stripe_id}, {words.line_type(line.type)} of "
            f"{line.stripe_created_at:%-d %b %Y}, {say(line.amount)}."
            for line in _alike(self.row)
        ]
        opposite = [
            f"The opposite amount waits elsewhere: {words.name(other.type)}, {other.object_id}."
            for other in _opposite(self.row)
        ]
        return [*super().facts(), *alike, *opposite]

    def consequences(self, data: Data) -> Sequence[object]:
        lines, references = _named(data)
        sums = [
            f"{line.stripe_id}: {words.line_type(line.type)} of {line.stripe_created_at:%-d %b %Y}, {say(line.amount)}."
            for line in lines
        ]
        return [
            *sums,
            f"They stand for {', '.join(references)}: what is left of both in clearing must add up to nothing.",
            "The link has your name and your reason, and can be taken back. No money moves.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        lines, references = _named(data)
        linking.link(account=self.row.account, lines=lines, references=references, reason=data["reason"], by=by)
        return self.look_again("Linked.", by)


def _named(data: Data) -> tuple[list[StatementLine], list[str]]:
    lines = StatementLine.objects.filter(stripe_id__in=data["lines"].split()).order_by("pk")
    return list(lines), sorted(set(data["references"].split()))


def _alike(row: Discrepancy) -> QuerySet[StatementLine]:
    """Lines of the same amount that name something else, the newest first."""
    amount = abs(row.amount_minor)
    same = Q(amount_minor=amount) | Q(amount_minor=-amount)
    found = StatementLine.objects.filter(same, account=row.account, currency=row.currency, missing_since=None)
    return found.exclude(source_id=row.object_id).order_by("-stripe_created_at", "-pk")[:OFFERED]


def _opposite(row: Discrepancy) -> QuerySet[Discrepancy]:
    """What may be the other half: one side misses what the other has too much."""
    waiting = Discrepancy.objects.filter(
        account=row.account, status=Discrepancy.Status.OPEN, currency=row.currency, amount_minor=-row.amount_minor
    )
    return waiting.exclude(amount_minor=0).order_by("-opened_at", "-pk")[:OFFERED]


def matches(row: Discrepancy) -> QuerySet[Match]:
    """The links that stand, of what the discrepancy is about."""
    named = Q(documents__reference=row.object_id) | Q(lines__line__source_id=row.object_id)
    named |= Q(lines__line__stripe_id=row.object_id)
    return Match.objects.filter(named, account=row.account, undone_at=None).distinct().order_by("pk")


class Unlink(DiscrepancyView):
    action = "unlink"
    title = "Take the link back"
    do_text = "Take it back"
    button = "Unlink…"
    tone = Tone.BAD

    @classmethod
    def fits(cls, row: Discrepancy) -> bool:
        return matches(row).exists()

    def refusal(self) -> str:
        return "" if self.fits(self.row) else "It is not linked."

    def state(self) -> str:
        return f"{super().state()} {list(matches(self.row).values_list('pk', flat=True))}"

    def consequences(self, data: Data) -> Sequence[object]:
        linked = [f"The link that {match.rule} made is taken back: {match.reason}" for match in matches(self.row)]
        return [*linked, "What it explained is matched anew, and opens again if it does not agree."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        done = [linking.undo(match=match, reason=data["reason"], by=by) for match in matches(self.row)]
        if not any(done):
            return Outcome(messages.WARNING, "Somebody was faster.")
        return self.look_again("The link is taken back.", by)
