"""The start page's panels about payments, and the figures beside menu items. Every query here is bounded."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.base import clock
from config.base.console import display
from config.base.console.display import Tone
from config.base.console.home import Card, Panel
from config.base.models import StripeAccount
from config.base.money import Money
from payments.admin.filters import capture_due, flagged
from payments.models import InboxEvent, OutboundCall, Payment, Root
from payments.services import webhook_health

COUNTED_TO = 1000
SUMMED = 20_000


def panels(request: HttpRequest) -> list[Panel]:
    """What needs somebody, how the webhooks do, and what came in today, as far as the reader may see it."""
    may_see = getattr(request.user, "has_perm")  # noqa: B009
    found: list[Panel] = []
    if may_see("payments.view_payment"):
        found += [Panel(title="Needs somebody", cards=list(_attention())), *_received()]
    if may_see("payments.view_inboxevent"):
        found.append(Panel(title="Webhooks", cards=_health()))
    return found


def parked_badge(_: HttpRequest) -> str:
    return _figure(_parked() or None)


def in_doubt_badge(_: HttpRequest) -> str:
    return _figure(_in_doubt() or None)


def _figure(count: int | None) -> str:
    """Empty without a count: beside the menu a zero would only draw the eye."""
    if count is None:
        return ""
    return f"{COUNTED_TO}+" if count >= COUNTED_TO else str(count)


def _attention() -> Iterator[Card]:
    payments, events, calls, roots = (
        reverse(f"admin:payments_{name}_changelist") for name in ("payment", "inboxevent", "outboundcall", "root")
    )
    mine = Payment.objects.filter(account__in=_accounts())
    yield _counted("Parked events", _parked(), f"{events}?status__exact=parked", "Came in, could not be handled")
    found = Root.objects.filter(parked_at__isnull=False)[:COUNTED_TO].count()
    yield _counted("Parked objects", found, f"{roots}?fetching=parked", "Known by reference, could not be fetched")
    yield _counted("Calls in doubt", _in_doubt(), f"{calls}?status__exact=sent", "Asked of Stripe, not answered yet")
    found = flagged(mine)[:COUNTED_TO].count()
    yield _counted("Flagged payments", found, f"{payments}?attention=flagged", "What Stripe says breaks a rule of ours")
    found = capture_due(mine)[:COUNTED_TO].count()
    yield _counted("Reservations ending", found, f"{payments}?attention=capture_due", "Capture within two days")


def _parked() -> int:
    return InboxEvent.objects.filter(status=InboxEvent.Status.PARKED)[:COUNTED_TO].count()


def _in_doubt() -> int:
    return OutboundCall.objects.filter(status=OutboundCall.Status.SENT)[:COUNTED_TO].count()


def _counted(title: str, count: int, url: str, text: str) -> Card:
    return Card(title=title, value=_figure(count), url=url, text=text, tone=Tone.WARN if count else Tone.GOOD)


def _received() -> list[Panel]:
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        _since(midnight, "Received today (UTC)"),
        _since(midnight.replace(day=1), f"Received in {midnight:%B} (UTC)"),
    ]


def _since(start: datetime, title: str) -> Panel:
    """Sums by currency of the payments made since `start`, of the newest SUMMED at most; then it says so."""
    newest = Payment.objects.filter(account__in=_accounts(), created_at__gte=start).order_by("-created_at")
    pks = newest.values_list("pk", flat=True)[:SUMMED]
    sums = Payment.objects.filter(pk__in=pks).values("currency").order_by("currency")
    found = sums.annotate(
        n=Count("pk"),
        paid=Count("pk", filter=Q(amount_received_minor__gt=0)),
        in_minor=Sum("amount_received_minor"),
        out_minor=Sum("amount_refunded_minor"),
    )
    url = f"{reverse('admin:payments_payment_changelist')}?created_at_from={start:%Y-%m-%d}"
    rows = list(found.values_list("currency", "n", "paid", "in_minor", "out_minor"))
    none_yet = [Card(title="Payments", value="0", url=url, text="None yet")]
    is_cut = sum(row[1] for row in rows) >= SUMMED
    note = f"Of the newest {SUMMED:,} payments; there are more." if is_cut else ""
    return Panel(title=title, cards=[_sum(*row, url=url) for row in rows] or none_yet, note=note)


def _sum(currency: str, count: int, paid: int, received_minor: int, refunded_minor: int, *, url: str) -> Card:
    refunded, locale = Money(int(refunded_minor), currency), display.locale()
    text = f"{paid} of {count} paid" + (f", {refunded.format(locale)} refunded" if refunded_minor else "")
    value = Money(int(received_minor), currency).format(locale)
    return Card(title=currency.upper(), value=value, url=f"{url}&currency={currency}", text=text)


def _accounts() -> list[int]:
    return list(StripeAccount.objects.values_list("pk", flat=True))


def _health() -> list[Card]:
    health = webhook_health.read()
    events = reverse("admin:payments_inboxevent_changelist")
    is_late = "oldest_unhandled_seconds" in health.problems
    return [
        Card(title="Received in the last hour", value=health.received, url=events, text=_ago(health.last_received_at)),
        Card(
            title="Typical delay",
            value="–" if health.lag_p50_seconds is None else f"{health.lag_p50_seconds:.1f} s",
            url=events,
            text="" if health.lag_p95_seconds is None else f"95% within {health.lag_p95_seconds:.1f} s",
        ),
        Card(
            title="Waiting",
            value=health.waiting,
            url=f"{events}?status__exact=waiting",
            text=f"the oldest for {health.oldest_unhandled_seconds:.0f} s" if health.waiting else "",
            tone=Tone.BAD if is_late else Tone.QUIET,
        ),
        Card(
            title="Needed a second try",
            value=health.failed,
            url=events,
            text=f"{health.failure_rate:.1%} of those in the last hour",
            tone=Tone.BAD if "failure_rate" in health.problems else Tone.QUIET,
        ),
    ]


def _ago(moment: datetime | None) -> SafeString | str:
    return (
        format_html("the newest at {}", display.when(moment))
        if moment and timedelta(0) <= clock.now() - moment
        else "None yet"
    )
