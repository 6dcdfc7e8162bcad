"""The start page's panels about payments, and the figures beside menu items. Every query here is bounded."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from config.base import clock
from config.base.console import display
from config.base.console.display import Tone
from config.base.console.home import Card, Panel
from config.base.models import StripeAccount
from config.base.money import Money
from payments.admin.filters import capture_due, flagged
from payments.models import InboxEvent, OutboundCall, Payment
from payments.services import webhook_health

COUNTED_TO = 1000
SUMMED = 20_000


def panels(request: HttpRequest) -> list[Panel]:
    """What needs somebody, how the webhooks do, and what came in today, as far as the reader may see it."""
    may_see = getattr(request.user, "has_perm")  # noqa: B009
    found: list[Panel] = []
    if may_see("payments.view_payment"):
        found += [Panel(title="Needs somebody", cards=list(_attention())), _today()]
    if may_see("payments.view_inboxevent"):
        found.append(Panel(title="Webhooks", cards=_health()))
    return found


def parked_badge(_: HttpRequest) -> str:
    return _figure(_parked())


def in_doubt_badge(_: HttpRequest) -> str:
    return _figure(_in_doubt())


def _figure(count: int) -> str:
    return f"{COUNTED_TO}+" if count >= COUNTED_TO else str(count)


def _attention() -> Iterator[Card]:
    payments, events, calls = (
        reverse(f"admin:payments_{name}_changelist") for name in ("payment", "inboxevent", "outboundcall")
    )
    mine = Payment.objects.filter(account__in=_accounts())
    yield _counted("Parked events", _parked(), f"{events}?status__exact=parked", "Came in, could not be handled")
    yield _counted("Calls in doubt", _in_doubt(), f"{calls}?status__exact=sent", "Asked of Stripe, not answered yet")
    found = flagged(mine)[:COUNTED_TO].count()
    yield _counted("Flagged payments", found, f"{payments}?attention=flagged", "What Stripe says broke a rule")
    found = capture_due(mine)[:COUNTED_TO].count()
    yield _counted("Reservations ending", found, f"{payments}?attention=capture_due", "Capture within two days")


def _parked() -> int:
    return InboxEvent.objects.filter(status=InboxEvent.Status.PARKED)[:COUNTED_TO].count()


def _in_doubt() -> int:
    return OutboundCall.objects.filter(status=OutboundCall.Status.SENT)[:COUNTED_TO].count()


def _counted(title: str, count: int, url: str, text: str) -> Card:
    return Card(title=title, value=_figure(count), url=url, text=text, tone=Tone.WARN if count else Tone.GOOD)


def _today() -> Panel:
    """Sums by currency of the payments made since midnight UTC, of the newest SUMMED at most."""
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    newest = Payment.objects.filter(account__in=_accounts(), created_at__gte=midnight).order_by("-created_at")
    pks = newest.values_list("pk", flat=True)[:SUMMED]
    sums = Payment.objects.filter(pk__in=pks).values("currency").order_by("currency")
    found = sums.annotate(n=Count("pk"), in_minor=Sum("amount_received_minor"), out_minor=Sum("amount_refunded_minor"))
    url = f"{reverse('admin:payments_payment_changelist')}?created_at_from={midnight:%Y-%m-%d}"
    rows = found.values_list("currency", "n", "in_minor", "out_minor")
    cards = [_sum(*row, url=url) for row in rows]
    none_yet = [Card(title="Payments", value="0", url=url, text="None since midnight UTC")]
    return Panel(title="Received today (UTC)", cards=cards or none_yet)


def _sum(currency: str, count: int, received_minor: int, refunded_minor: int, *, url: str) -> Card:
    refunded, locale = Money(int(refunded_minor), currency), display.locale()
    text = f"{count} payments" + (f", {refunded.format(locale)} refunded" if refunded_minor else "")
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
            text="" if health.lag_p95_seconds is None else f"{health.lag_p95_seconds:.1f} s at worst, of 95 %",
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
            text=f"{health.failure_rate:.1%} of the last hour's",
            tone=Tone.BAD if "failure_rate" in health.problems else Tone.QUIET,
        ),
    ]


def _ago(moment: datetime | None) -> SafeString | str:
    return display.when(moment) if moment and timedelta(0) <= clock.now() - moment else "None yet"
