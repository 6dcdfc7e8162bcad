"""Draining the inbox: root by root, claim what waits, fetch once, handle in one transaction.

Several drains may run at once; the root's snapshot number decides whose snapshot holds.
"""

import json
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import lru_cache

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from structlog.contextvars import bound_contextvars

from config.base.actor import Actor
from config.base.clock import real_now
from payments import event_table, mirror
from payments.failures import JsonObject, Misconfigured, NeverLeft, RateLimited
from payments.models import InboxEvent, Root
from payments.services import accounts, inbox_claims, inbox_failures, snapshots

BUDGET_SECONDS = 20.0
# Stripe takes a few hundred milliseconds for a GET; meanwhile what was fetched before is written.
FETCHES_AHEAD = 4
Status = InboxEvent.Status
_HANDLE = """
    UPDATE payments_inboxevent SET status = 'handled', handled_at = %(now)s, last_error = ''
    WHERE id = ANY(%(ids)s) AND status = 'waiting' RETURNING id, stripe_id, type, body, stripe_created_at
"""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Turn:
    """A root's turn: the events that were in the inbox when its fetch began, and what became of them."""

    root: Root
    event_ids: list[int]
    fetched: Future[snapshots.Snapshot]
    is_each_apart: bool = False
    settled: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)


class _MomentFailed(Exception):
    """A moment handler raised, and no savepoint held the rest."""


class _StripeIsAway(Exception):
    """Nothing can be fetched now, whichever root it is."""


def drain(*, by: Actor, budget_seconds: float = BUDGET_SECONDS) -> Counter[str]:
    """Handle what is due until nothing is left, the time is up or Stripe is away; what was counted."""
    counts: Counter[str] = Counter()
    ends_at = time.monotonic() + budget_seconds
    _adopt()
    inbox_claims.want_unmirrored(now=real_now())
    while time.monotonic() < ends_at and (roots := inbox_claims.claim(now=real_now())):
        if not _take_turns(roots, by=by, ends_at=ends_at, counts=counts):
            break
    return counts


def _take_turns(roots: list[Root], *, by: Actor, ends_at: float, counts: Counter[str]) -> bool:
    """Handle the roots that were claimed, a few fetches ahead, and mirror them together; False when Stripe is away."""
    applied: list[mirror.Applied] = []
    begun: deque[_Turn] = deque()
    is_there = True
    while True:
        if is_there and roots and len(begun) < FETCHES_AHEAD and time.monotonic() < ends_at:
            begun.extend(map(_begin, inbox_claims.begin(roots[:FETCHES_AHEAD])))
            del roots[:FETCHES_AHEAD]
            continue
        if not begun:
            break
        try:
            turn = begun.popleft()
            with bound_contextvars(root=turn.root.stripe_id):
                applied.extend(_finish(turn, by=by, counts=counts))
        except _StripeIsAway:
            is_there = False
    mirror.sync(*applied)
    inbox_claims.release(roots)
    return is_there


def _adopt() -> None:
    """Give events that came before the account was known their account."""
    orphans = InboxEvent.objects.filter(status=Status.WAITING, account=None)
    if orphans.exists():
        orphans.update(account=accounts.current())


def _begin(beginning: inbox_claims.Beginning) -> _Turn:
    """Start the fetch in a thread: it holds no connection to the database."""
    root = beginning.root
    with bound_contextvars(root=root.stripe_id):
        logged = copy_context()
    fetched = _fetchers().submit(logged.run, snapshots.fetch, root, noted=beginning.noted)
    return _Turn(root, beginning.event_ids, fetched)


@lru_cache(maxsize=1)
def _fetchers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(FETCHES_AHEAD, thread_name_prefix="fetch")


def _finish(turn: _Turn, *, by: Actor, counts: Counter[str]) -> Iterator[mirror.Applied]:
    """Apply what was fetched and yield what the mirror is to be told; a root that fails holds up no other."""
    root = turn.root
    counts["roots"] += 1
    try:
        snapshot = _renew(turn, by=by)
    except snapshots.OvertakenTooOften as error:
        inbox_failures.postpone(root, turn.event_ids, error)
    except (NeverLeft, RateLimited, Misconfigured) as error:
        log.warning("nothing can be fetched from Stripe", reason=error.code)
        inbox_failures.postpone(root, turn.event_ids, error)
        raise _StripeIsAway from error
    except Exception as error:
        _let_fly_if_the_database_is_gone(error)
        log.exception("a root could not be handled")
        told = inbox_failures.told(error)
        turn.settled, turn.failed = [], dict.fromkeys(turn.event_ids, told)
        counts["parked"] += inbox_failures.count(root, turn.failed, by=by)
        counts["parked"] += inbox_failures.count_root(root, told, by=by)
    else:
        counts["parked"] += inbox_failures.count(root, turn.failed, by=by) if turn.failed else 0
        yield snapshots.applied(root, snapshot, turn.settled)
    counts.update(handled=len(turn.settled), failed=len(turn.failed))


def _renew(turn: _Turn, *, by: Actor) -> snapshots.Snapshot:
    """Mostly no moment fails. Where one does, all is undone, and done again with a savepoint for each event."""
    first = turn.fetched.result()
    try:
        return snapshots.renew(turn.root, by=by, settle=lambda: _settle(turn, by=by), first=first)
    except _MomentFailed:
        turn.is_each_apart = True
        return snapshots.renew(turn.root, by=by, settle=lambda: _settle(turn, by=by), first=first)


def _settle(turn: _Turn, *, by: Actor) -> None:
    """Inside the root's transaction: each event that still waits is handled, and its moments are told."""
    turn.settled, turn.failed = [], {}
    handled = InboxEvent.objects.raw(_HANDLE, {"now": real_now(), "ids": turn.event_ids})
    events = sorted(handled, key=lambda event: event.pk)
    for event in events:
        if error := _tell_moments(event, turn, by=by):
            turn.failed[event.pk] = error
        else:
            turn.settled.append(event.pk)
    if turn.failed:
        InboxEvent.objects.filter(pk__in=turn.failed).update(status=Status.WAITING, handled_at=None)


def _tell_moments(event: InboxEvent, turn: _Turn, *, by: Actor) -> str:
    """Run the moment handlers: one that raises holds back its own event, not the state. May raise _MomentFailed."""
    rule = event_table.rule_for(event.type)
    if rule is None or not rule.moments or not event.body:
        return ""
    body: JsonObject = json.loads(event.body)
    with bound_contextvars(event_id=event.stripe_id, event_type=event.type):
        try:
            with transaction.atomic() if turn.is_each_apart else nullcontext():
                for dotted in rule.moments:
                    event_table.handler(dotted)(event=event, body=body, account=turn.root.account, by=by)
        except Exception as error:
            if not turn.is_each_apart:
                raise _MomentFailed from error
            _let_fly_if_the_database_is_gone(error)
            log.exception("a moment handler failed")
            return inbox_failures.told(error)
    return ""


def _let_fly_if_the_database_is_gone(error: Exception) -> None:
    """A deadlock is this root's trouble; a lost connection is everybody's."""
    if isinstance(error, InterfaceError | OperationalError) and not connection.is_usable():
        raise error
