"""Whether Stripe's lines are explained, for as many as stand on a page."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.base.console import display
from config.base.console.display import Tone
from config.base.console.places import Places
from reconciliation.admin import words
from reconciliation.models import Discrepancy, MatchedLine, StatementLine


class LineStates:
    """What is known of `lines`: their discrepancies, their matches, whether they are booked, what they name."""

    def __init__(self, lines: Sequence[StatementLine]) -> None:
        ids = {line.stripe_id for line in lines}
        sources = {line.source_id for line in lines if line.source_id}
        is_open = Discrepancy.objects.filter(status=Discrepancy.Status.OPEN, object_id__in=ids | sources)
        self._open = {row.object_id: row for row in is_open.order_by("pk")}
        matched = MatchedLine.objects.filter(line__in=lines, is_active=True).select_related("match")
        self._rules = {match.line_id: match.match.rule for match in matched}
        self.places = Places(sources)

    def label(self, line: StatementLine) -> SafeString:
        """In the order in which somebody must look: open first."""
        if row := self._open.get(line.stripe_id) or self._open.get(line.source_id):
            return format_html('<a href="{}">{}</a>', _page(row), words.type_label(row))
        if line.missing_since:
            return display.label("Not listed any more", Tone.BAD)
        if rule := self._rules.get(line.pk):
            return display.label("Linked", Tone.GOOD, title=f"by {rule}")
        if not line.is_posted:
            return display.label("Not booked yet", Tone.WARN)
        if not line.source_id:
            return display.label("Booked", Tone.GOOD, title="It names nothing that could be compared")
        if not self.places.url(line.source_id):
            return display.label("Booked", Tone.QUIET, title="What it names has no page here")
        return display.label("Matched", Tone.GOOD, title=f"by {line.source_id}")

    def source(self, line: StatementLine) -> SafeString | str:
        return self.places.brief(line.source_id) or display.EMPTY


def _page(row: Discrepancy) -> str:
    return reverse("admin:reconciliation_discrepancy_change", args=[row.pk])
