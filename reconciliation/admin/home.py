"""The start page's panels about proof: what is unexplained first, who waits, and two charts. Queries are bounded."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse

from config.base import clock
from config.base.console import display
from config.base.console.display import Tone
from config.base.console.home import Card, Chart, Panel, Series
from config.base.models import StripeAccount
from config.base.money import Money
from payments.admin import links
from payments.models import Payment
from reconciliation.models import Discrepancy, Run, RunBalance, StatementLine

RUNS = 30
Status, Type = Discrepancy.Status, Discrepancy.Type


def panels(request: HttpRequest) -> list[Panel]:
    """As far as the reader may see it."""
    if not request.user.has_perm("reconciliation.view_run"):
        return []
    accounts = list(StripeAccount.objects.select_related("legal_entity").order_by("pk"))
    return [
        *(_unexplained(account) for account in accounts),
        Panel(title="What does not agree", cards=list(_waiting(request))),
        *(_received(account) for account in accounts),
    ]


def _unexplained(account: StripeAccount) -> Panel:
    run = Run.objects.filter(account=account, status=Run.Status.FINISHED).order_by("-started_at", "-pk").first()
    if run is None:
        url = reverse("admin:reconciliation_run_changelist")
        card = Card(
            title="Unexplained", value=display.EMPTY, url=url, text="Nothing was reconciled yet", tone=Tone.WARN
        )
        return Panel(title="Unexplained", cards=[card])
    balances = list(run.balances.select_related("run"))
    newest = Run.objects.filter(account=account, status=Run.Status.FINISHED).order_by("-started_at", "-pk")[:RUNS]
    return Panel(
        title=f"Unexplained, {account.display_name or account.legal_entity.name}",
        cards=[_tile(row) for row in balances],
        note=f"As of the run of {run.started_at:%-d %b %Y, %H:%M} UTC. Click for each part, down to the line.",
        chart=_history(_telling(account, balances), list(newest)[::-1]),
    )


def _tile(row: RunBalance) -> Card:
    def said(minor: int) -> str:
        return Money(minor, row.currency).format(display.locale())

    late = f" · {said(row.timing_minor)} settles by itself" if row.timing_minor else ""
    return Card(
        title=row.currency.upper(),
        value=said(row.unexplained_minor),
        url=links.url(row),
        text=f"{said(row.proven_minor)} proven of {said(row.moved_minor)} moved{late}",
        tone=Tone.BAD if row.unexplained_minor else Tone.GOOD,
    )


def _telling(account: StripeAccount, balances: list[RunBalance]) -> str:
    """The currency of the books, unless all is explained there and not elsewhere."""
    books = account.legal_entity.currency
    unexplained = [row.currency for row in balances if row.unexplained_minor]
    return books if books in unexplained or not unexplained else unexplained[0]


def _history(currency: str, runs: list[Run]) -> Chart | None:
    """Unexplained over the last runs, in one currency."""
    found = {row.run_id: row for row in RunBalance.objects.filter(run__in=runs, currency=currency)}
    if len(found) < 2:
        return None
    values = [found[run.pk].unexplained_minor if run.pk in found else 0 for run in runs]
    return Chart(
        title=f"Unexplained over the last {len(runs)} runs ({currency.upper()})",
        kind="line",
        labels=[f"{run.started_at:%-d %b}" for run in runs],
        series=[Series("Now", [_major(value, currency) for value in values], _said(values[-1], currency))],
    )


def _waiting(request: HttpRequest) -> Iterator[Card]:
    url = reverse("admin:reconciliation_discrepancy_changelist")
    mine = Q(assignee_id=request.user.pk) & ~Q(type=Type.TIMING)
    counted = Discrepancy.objects.filter(status=Status.OPEN).aggregate(
        to_work=Count("pk", filter=~Q(type=Type.TIMING)),
        mine=Count("pk", filter=mine),
        timing=Count("pk", filter=Q(type=Type.TIMING)),
        next=Min("expected_on", filter=Q(type=Type.TIMING)),
    )
    yield Card(
        title="Discrepancies",
        value=counted["to_work"],
        url=url,
        text="Open, for somebody to look at",
        tone=Tone.WARN if counted["to_work"] else Tone.GOOD,
    )
    yield Card(title="Mine", value=counted["mine"], url=f"{url}?assignee=me", text="Assigned to you")
    text = f"The next by {counted['next']:%-d %b %Y}" if counted["next"] else "Nothing is on its way"
    yield Card(title="Settle by themselves", value=counted["timing"], url=f"{url}?status=timing", text=text)


def _received(account: StripeAccount) -> Panel:
    """This month against last, day by day, in the currency in which most payments are made."""
    today = clock.now().date()
    first = today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    since = datetime.combine(before, time(), UTC)
    currency = _busiest(account, since)
    rows = (
        Payment.objects.filter(account=account, currency=currency, created_at__gte=since)
        .annotate(day=TruncDate("created_at"))
        .values_list("day")
        .annotate(total=Sum("amount_received_minor"))
    )
    by_day = {day: int(total) for day, total in rows}
    this, last = _running(by_day, first, today), _running(by_day, before, first - timedelta(days=1))
    url = reverse("admin:payments_payment_changelist")
    up_to = last[min(len(this), len(last)) - 1] if last else 0
    chart = Chart(
        title=f"Received this month against last ({currency.upper()}), added up",
        kind="line",
        labels=[str(day + 1) for day in range(max(len(this), len(last)))],
        series=[
            Series(f"{first:%B}", [_major(value, currency) for value in this], _said(this[-1], currency)),
            Series(f"{before:%B}", [_major(value, currency) for value in last], _said(last[-1], currency)),
        ],
    )
    cards = [
        Card(title=f"{first:%B} so far", value=_said(this[-1], currency), url=url),
        Card(title=f"{before:%B} by this day", value=_said(up_to, currency), url=url),
        *_fees(account, first, currency),
    ]
    return Panel(title="This month against last", cards=cards, chart=chart)


def _busiest(account: StripeAccount, since: datetime) -> str:
    counted = Payment.objects.filter(account=account, created_at__gte=since, amount_received_minor__gt=0)
    by_currency = counted.values_list("currency").annotate(count=Count("pk")).order_by("-count", "currency").first()
    return by_currency[0] if by_currency else account.legal_entity.currency


def _fees(account: StripeAccount, first: date, currency: str) -> Iterator[Card]:
    """What Stripe kept of this month's charges; nothing while it has no line of one."""
    since = datetime.combine(first, time(), UTC)
    lines = StatementLine.objects.filter(account=account, currency=currency, stripe_created_at__gte=since)
    sums = lines.filter(type__in=["charge", "payment"]).aggregate(fees=Sum("fee_minor"), gross=Sum("amount_minor"))
    if sums["gross"]:
        share = Decimal(sums["fees"] * 100) / sums["gross"]
        url = reverse("admin:reconciliation_statementline_changelist")
        text = f"{_said(sums['fees'], currency)} of {_said(sums['gross'], currency)} charged"
        yield Card(title="Stripe's fees", value=f"{share:.2f} %", url=url, text=text)


def _running(by_day: dict[date, int], first: date, last: date) -> list[int]:
    total, found = 0, []
    for offset in range((last - first).days + 1):
        total += by_day.get(first + timedelta(days=offset), 0)
        found.append(total)
    return found


def _said(minor: int, currency: str) -> str:
    return Money(minor, currency).format(display.locale())


def _major(minor: int, currency: str) -> str:
    return str(Money(minor, currency).decimal)
