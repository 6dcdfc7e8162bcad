"""What did not get there is tried again with growing pauses, and parked for staff after the last try; never dropped."""

import random
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from config.base import audit
from config.base.actor import Actor
from config.base.clock import real_now
from payments.failures import StripeFailure
from payments.models import InboxEvent, Root
from payments.services import inbox_claims

PAUSES_SECONDS = (5, 15, 60, 300, 1200, 3600, 3 * 3600)
MAX_TRIES = len(PAUSES_SECONDS) + 1
OUTAGE_PAUSE_SECONDS = 10
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
    inbox_claims.release([root])
    _wanted(root).update(wanted_at=_after(OUTAGE_PAUSE_SECONDS))


def count(root: Root, errors: Mapping[int, str], *, by: Actor) -> int:
    """Count a try for each event and pause it, the longer the more it had; how many were parked instead."""
    waiting = InboxEvent.objects.filter(pk__in=errors, status=Status.WAITING).defer("body")
    inbox_claims.release([root])
    return sum(_count(event, errors[event.pk], by=by) for event in waiting)


def count_root(root: Root, error: str, *, by: Actor) -> int:
    """Count a try for a root that is wanted itself, as for an event; 1 when it was parked instead."""
    inbox_claims.release([root])
    with transaction.atomic():
        wanted = _wanted(root).select_for_update().first()
        if wanted is None:
            return 0
        tries = wanted.tries + 1
        is_last = tries >= MAX_TRIES
        fate = {"wanted_at": None, "parked_at": real_now()} if is_last else {"wanted_at": _pause_ends(tries)}
        _wanted(root).update(tries=tries, last_error=error, **fate)
        if is_last:
            audit.record(root, changes={"state": ["wanted", "parked"]}, by=by, reason=error)
    return int(is_last)


def _count(event: InboxEvent, error: str, *, by: Actor) -> bool:
    tries = event.tries + 1
    if tries >= MAX_TRIES:
        return audit.move(
            event, from_=[Status.WAITING], to=Status.PARKED, by=by, reason=error, tries=tries, last_error=error
        )
    InboxEvent.objects.filter(pk=event.pk, status=Status.WAITING, tries=event.tries).update(
        tries=tries, next_try_at=_pause_ends(tries), last_error=error
    )
    return False


def _wanted(root: Root) -> QuerySet[Root]:
    return Root.objects.filter(pk=root.pk, wanted_at__isnull=False)


def _pause_ends(tries: int) -> datetime:
    return _after(PAUSES_SECONDS[tries - 1])


def _after(seconds: float) -> datetime:
    """That long from now, spread a little so that what failed together does not come back together."""
    return real_now() + timedelta(seconds=seconds * random.uniform(1, 1 + JITTER))  # noqa: S311
