"""Whose turn it is: roots with due events, or wanted themselves, leased to one drain at a time.

The lease saves work and protects nothing; a drain that was killed gives its roots back when it runs out.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from payments.models import Root

LEASE = timedelta(seconds=60)
MIRROR_AGAIN_AFTER = timedelta(minutes=15)
ROOTS_A_ROUND = 16
EVENTS_LOOKED_AT = 400
_DUE = """
    WITH due AS (
        SELECT e.account_id, e.root_kind, e.root_id, e.next_try_at, e.id FROM payments_inboxevent e
        WHERE e.status = 'waiting' AND e.next_try_at <= %(now)s AND e.account_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM payments_root r
            WHERE r.stripe_id = e.root_id AND r.account_id = e.account_id AND r.lease_until > %(now)s
        ) ORDER BY e.next_try_at, e.id LIMIT %(events)s
    ), found AS (
        SELECT account_id, root_kind, root_id, MIN(next_try_at) AS since, MIN(id) AS first FROM due GROUP BY 1, 2, 3
    ), made AS (
        INSERT INTO payments_root (account_id, kind, stripe_id, snapshot_no, mirror_error, tries, last_error)
        SELECT account_id, root_kind, root_id, 0, '', 0, '' FROM found WHERE NOT EXISTS (
            SELECT FROM payments_root r WHERE r.stripe_id = root_id AND r.account_id = found.account_id
        ) ON CONFLICT DO NOTHING
    )
    SELECT root_id FROM found ORDER BY since, first
"""
_BEGIN = """
    SELECT r.id, r.snapshot_no, r.wanted_at IS NOT NULL, ARRAY(
        SELECT e.id FROM payments_inboxevent e
        WHERE e.root_id = r.stripe_id AND e.account_id = r.account_id AND e.status = 'waiting' ORDER BY e.id
    ) FROM payments_root r WHERE r.id = ANY(%(roots)s)
"""


class Beginning(NamedTuple):
    """A root, its number, and the events that the fetch will settle."""

    root: Root
    noted: int
    event_ids: list[int]


def claim(*, now: datetime) -> list[Root]:
    """Lease some roots whose turn it is, the longest waiting first; nobody waits for another drain's locks.

    More are looked at than are taken, so that drains which begin together do not all reach for the same.
    """
    order = {stripe_id: place for place, stripe_id in enumerate(_due(now))}
    with transaction.atomic():
        roots = list(_free(now, order).select_for_update(of=("self",), skip_locked=True)[:ROOTS_A_ROUND])
        Root.objects.filter(pk__in=[root.pk for root in roots]).update(lease_until=now + LEASE)
    return sorted(roots, key=lambda root: order.get(root.stripe_id, len(order)))


def _free(now: datetime, due: Collection[str]) -> QuerySet[Root]:
    """Those due and those wanted that nobody has leased."""
    wanted = Root.objects.filter(wanted_at__lte=now).order_by("wanted_at").values("pk")[:ROOTS_A_ROUND]
    free = Root.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now))
    return free.filter(Q(stripe_id__in=due) | Q(pk__in=wanted)).select_related("account").order_by("pk")


def want_unmirrored(*, now: datetime) -> int:
    """Want the roots whose mirror failed a while ago, or was never written because its process died; how many."""
    late = Root.objects.filter(~Q(mirror_error=""), fetched_at__lt=now - MIRROR_AGAIN_AFTER)
    return late.filter(wanted_at=None, parked_at=None).update(wanted_at=now)


def begin(roots: Sequence[Root]) -> list[Beginning]:
    """What holds when fetches begin now; a root for which another drain left nothing to fetch is given back."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, {"roots": [root.pk for root in roots]})
        found = {pk: (noted, event_ids) for pk, noted, is_wanted, event_ids in cursor if event_ids or is_wanted}
    release([root for root in roots if root.pk not in found])
    return [Beginning(root, *found[root.pk]) for root in roots if root.pk in found]


def release(roots: Collection[Root]) -> None:
    """Give roots back before their lease runs out."""
    if roots:
        Root.objects.filter(pk__in=[root.pk for root in roots]).update(lease_until=None)


def _due(now: datetime) -> list[str]:
    """The roots of the events that are due longest and that nobody has leased; each has its row from now on."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "events": EVENTS_LOOKED_AT})
        return [stripe_id for (stripe_id,) in cursor]
