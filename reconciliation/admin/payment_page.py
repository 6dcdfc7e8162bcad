"""What reconciliation adds to a payment's page: Stripe's lines of it, its payout, and what does not agree."""

from collections.abc import Iterator

from django.http import HttpRequest

from config.base.console import display
from config.base.console.additions import Additions
from config.base.console.display import Tone
from config.base.console.pages import Notice, Table
from config.base.models import User
from config.base.money import Money
from payments.admin import links
from payments.models import Payment
from reconciliation.admin import words
from reconciliation.admin.line_states import LineStates
from reconciliation.models import Discrepancy, StatementLine

SHOWN = 50


def additions(request: HttpRequest, payment: Payment) -> Additions:
    """After what was billed; only for those who may read it, and only when there is something."""
    if not payment.latest_charge_id or not _may_read(request.user):
        return Additions()
    refunds = list(payment.refunds.exclude(stripe_id=None).values_list("stripe_id", flat=True)[:SHOWN])
    sources = [payment.latest_charge_id, *map(str, refunds)]
    lines = StatementLine.objects.filter(source_id__in=sources).select_related("payout")
    found = list(lines.order_by("stripe_created_at", "pk")[:SHOWN])
    return Additions(notices=list(_notices([*sources, str(payment.stripe_id)])), main=[_lines(found)] if found else [])


def _may_read(user: object) -> bool:
    return isinstance(user, User) and user.has_perm("reconciliation.view_statementline")


def _notices(ids: list[str]) -> Iterator[Notice]:
    for row in Discrepancy.objects.filter(object_id__in=ids, status=Discrepancy.Status.OPEN).order_by("pk"):
        tone = Tone.BUSY if row.type == Discrepancy.Type.TIMING else Tone.WARN
        title = f"Not explained: {words.name(row.type).lower()}, {words.difference(row.amount)}"
        yield Notice(title=title, text=links.to(row, words.cause(row)), tone=tone)


def _lines(lines: list[StatementLine]) -> Table:
    states = LineStates(lines)
    return Table(
        title="In Stripe's books",
        headers=["Line", "Gross", "Fee", "Net", "Explained", "Payout"],
        rows=[
            [
                links.to(line, words.line_type(line.type)),
                display.money(line.amount),
                display.money_unless_zero(Money(-line.fee_minor, line.currency)),
                display.money(Money(line.net_minor, line.currency)),
                states.label(line),
                links.to(line.payout, f"{line.payout.arrival_date:%-d %b %Y}") if line.payout else "Not paid out yet",
            ]
            for line in lines
        ],
    )
