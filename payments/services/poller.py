"""The poller: Stripe's list of events is read from a mark with overlap; what never arrived arrives now.

The list is newest first and documents no order, so the mark moves only when a whole window was read. Windows are
read oldest first: a long catch-up that was interrupted goes on where it was. Stripe lists 30 days.
Source: https://docs.stripe.com/api/events
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from config.base import clock
from config.base.models import StripeAccount
from payments import gateway
from payments.failures import JsonObject
from payments.models import InboxEvent
from payments.services import inbox, inbox_entries
from payments.services.inbox_entries import Entry, NotAnEvent
from payments.stripe_fields import moment

OVERLAP = timedelta(minutes=5)
WINDOW = timedelta(hours=6)
RETENTION = timedelta(days=30)
Window = tuple[datetime, datetime | None]

log = structlog.get_logger(__name__)


def fetch_missed(*, account: StripeAccount, since: datetime | None = None) -> Counter[str]:
    """Store what Stripe lists and we never received, from the mark or `since`; how many were read and missed."""
    now = clock.now()
    start = since or (account.events_read_until or account.created_at) - OVERLAP
    counts: Counter[str] = Counter(read=0, missed=0)
    for window in _windows(max(start, now - RETENTION), now):
        latest = _read(account, window, counts)
        read_until = window[1] or latest
        if since is None and read_until:
            _move_mark(account, read_until)
    if counts["missed"]:
        log.warning("events had never arrived", missed=counts["missed"])
    return counts


def _windows(start: datetime, now: datetime) -> Iterator[Window]:
    """Closed windows that end a good while before now, then one without an end."""
    while start + 2 * WINDOW < now:
        yield start, start + WINDOW
        start += WINDOW
    yield start, None


def _read(account: StripeAccount, window: Window, counts: Counter[str]) -> datetime | None:
    """Store the events of a window; when the newest of them was created, by Stripe's clock."""
    start, end = window
    created = {"gte": int(start.timestamp())} | ({"lt": int(end.timestamp())} if end else {})
    latest = 0
    for page in gateway.pages("/v1/events", {"created": created}, account=account.stripe_id):
        latest = max([latest, *(event["created"] for event in page)])
        counts.update(read=len(page), missed=inbox.store(_unknown(page)))
    return moment(latest) if latest else None


def _unknown(page: list[JsonObject]) -> Iterator[Entry]:
    ids = [event["id"] for event in page]
    known = set(InboxEvent.objects.filter(stripe_id__in=ids).values_list("stripe_id", flat=True))
    for event in reversed(page):
        if event["id"] in known:
            continue
        try:
            yield inbox_entries.read(json.dumps(event).encode(), source=InboxEvent.Source.POLLER)
        except NotAnEvent as error:
            log.warning("Stripe listed what is no event to us", event_id=event["id"], reason=error.detail)


def _move_mark(account: StripeAccount, until: datetime) -> None:
    """Forward only: another poller may have been faster."""
    behind = Q(events_read_until=None) | Q(events_read_until__lt=until)
    StripeAccount.objects.filter(behind, pk=account.pk).update(events_read_until=until)
