"""How the inbox does: lag, failures, what waits too long, what is parked; and where that becomes an alarm."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from config.base.clock import real_now
from payments.models import InboxEvent, Root
from payments.services import webhook_refusals

LOOKED_AT = timedelta(hours=1)
LOOKED_AT_EVENTS = 10_000
MAX_UNHANDLED_SECONDS = 300
MAX_FAILURE_RATE = 0.1
FAILURES_COUNT_FROM = 20
MAX_PARKED = 20
MIRRORED_WITHIN = timedelta(minutes=1)
Status = InboxEvent.Status

# The newest events of the last hour; the index on received_at makes it quick however long the inbox is.
_LATELY = """
    SELECT count(*),
           count(*) FILTER (WHERE tries > 0 OR status = 'parked'),
           count(*) FILTER (WHERE source = 'poller'),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM handled_at - received_at)),
           percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM handled_at - received_at))
    FROM (SELECT * FROM payments_inboxevent WHERE received_at >= %s ORDER BY received_at DESC LIMIT %s) lately
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookHealth:
    """Numbers of the last hour, and of now. Lag: from received to handled, in seconds; None without events."""

    received: int
    failed: int
    found_by_poller: int
    lag_p50_seconds: float | None
    lag_p95_seconds: float | None
    last_received_at: datetime | None
    waiting: int
    oldest_unhandled_seconds: float
    parked: int
    mirror_errors: int
    refused: Mapping[str, int] | None

    @property
    def failure_rate(self) -> float:
        return round(self.failed / self.received, 4) if self.received else 0.0

    @property
    def problems(self) -> list[str]:
        """Which limits are broken; empty is healthy."""
        broken = {
            "oldest_unhandled_seconds": self.oldest_unhandled_seconds > MAX_UNHANDLED_SECONDS,
            "failure_rate": self.failed >= FAILURES_COUNT_FROM and self.failure_rate > MAX_FAILURE_RATE,
            "parked": self.parked > MAX_PARKED,
        }
        return [name for name, is_broken in broken.items() if is_broken]


def read() -> WebhookHealth:
    now = real_now()
    received, failed, found_by_poller, p50, p95 = _lately(now)
    waiting = InboxEvent.objects.filter(status=Status.WAITING)
    oldest = waiting.order_by("received_at").values_list("received_at", flat=True).first()
    return WebhookHealth(
        received=received,
        failed=failed,
        found_by_poller=found_by_poller,
        lag_p50_seconds=_rounded(p50),
        lag_p95_seconds=_rounded(p95),
        last_received_at=InboxEvent.objects.order_by("-received_at").values_list("received_at", flat=True).first(),
        waiting=waiting.count(),
        oldest_unhandled_seconds=round((now - oldest).total_seconds(), 3) if oldest else 0.0,
        parked=InboxEvent.objects.filter(status=Status.PARKED).count(),
        mirror_errors=Root.objects.filter(~Q(mirror_error=""), fetched_at__lt=now - MIRRORED_WITHIN).count(),
        refused=webhook_refusals.lately(),
    )


def _lately(now: datetime) -> tuple[int, int, int, float | None, float | None]:
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, [now - LOOKED_AT, LOOKED_AT_EVENTS])
        received, failed, found_by_poller, p50, p95 = cursor.fetchone()
    return received, failed, found_by_poller, p50, p95


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(float(seconds), 3)
