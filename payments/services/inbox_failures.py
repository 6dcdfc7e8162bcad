"""What did not get there is tried again with growing pauses, and parked for staff after the last try; never dropped."""

import random
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from config.base import audit
from config.base.actor import Actor
from payments.failures import StripeFailure
from payments.models import InboxEvent, Root
from payments.models.inbox import real_now
from payments.services import inbox_claims

PAUSES_SECONDS = (5, 15, 60, 300, 1200, 3600, 3 * 3600)
MAX_TRIES = len(PAUSES_SECONDS) + 1
OUTAGE_PAUSE_SECONDS = 10
WANTED_PAUSE_SECONDS = 60
JITTER = 0.2
Status = InboxEvent.Status


def told(error: Exception) -> str:
    """The error in the words for staff."""
    detail = error.staff if isinstance(error, StripeFailure) else str(error)
    return f"{type(error).__name__}: {detail}"[:2000]


def postpone(root: Root, event_ids: Collection[int], error: Exception) -> None:
    """Nobody's fault here: a short pause that counts as no try, however long Stripe is away."""
    waiting = InboxEvent.objects.filter(pk__in=event_ids, status=Status.WAITING)
    waiting.update(next_try_at=_after(OUTAGE_PAUSE_SECONDS), last_error=told(error))
    _put_back(root, OUTAGE_PAUSE_SECONDS)


def count(root: Root, errors: Mapping[int, str], *, by: Actor) -> int:
    """Count a try for each event and pause it, the longer the more it had; how many were parked instead."""
    waiting = InboxEvent.objects.filter(pk__in=errors, status=Status.WAITING).defer("body")
    parked = sum(_count(event, errors[event.pk], by=by) for event in waiting)
    _put_back(root, WANTED_PAUSE_SECONDS)
    return parked


def _count(event: InboxEvent, error: str, *, by: Actor) -> bool:
    tries = event.tries + 1
    if tries >= MAX_TRIES:
        return audit.move(
            event, from_=[Status.WAITING], to=Status.PARKED, by=by, reason=error, tries=tries, last_error=error
        )
    InboxEvent.objects.filter(pk=event.pk, status=Status.WAITING, tries=event.tries).update(
        tries=tries, next_try_at=_after(PAUSES_SECONDS[tries - 1]), last_error=error
    )
    return False


def _put_back(root: Root, seconds: float) -> None:
    """End the lease; a root that was wanted is wanted later."""
    inbox_claims.release([root])
    Root.objects.filter(pk=root.pk, wanted_at__isnull=False).update(wanted_at=_after(seconds))


def _after(seconds: float) -> datetime:
    """That long from now, spread a little so that what failed together does not come back together."""
    return real_now() + timedelta(seconds=seconds * random.uniform(1, 1 + JITTER))  # noqa: S311
