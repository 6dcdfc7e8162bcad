"""Draining the inbox: root by root, claim what waits, fetch once, handle in one transaction.

Several drains may run at once; the root's snapshot number decides whose snapshot holds.
"""

import json
import time
from collections import Counter
from dataclasses import dataclass, field

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction

from config.base.actor import Actor
from payments import event_table, mirror
from payments.failures import JsonObject, Misconfigured, NeverLeft, RateLimited
from payments.models import InboxEvent, Root
from payments.models.inbox import real_now
from payments.services import accounts, inbox_claims, inbox_failures, snapshots

BUDGET_SECONDS = 20.0
Status = InboxEvent.Status

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Turn:
    """A root's turn: the events that were in the inbox when its fetch began, and what became of them."""

    root: Root
    event_ids: list[int]
    handled: list[JsonObject] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)


def drain(*, by: Actor, budget_seconds: float = BUDGET_SECONDS) -> Counter[str]:
    """Handle what is due until nothing is left, the time is up or Stripe is away; what was counted."""
    counts: Counter[str] = Counter()
    ends_at = time.monotonic() + budget_seconds
    _adopt()
    while time.monotonic() < ends_at and (roots := inbox_claims.claim(now=real_now())):
        while roots and time.monotonic() < ends_at:
            is_stripe_there = _take_turn(roots.pop(0), by=by, counts=counts)
            if not is_stripe_there:
                inbox_claims.release(roots)
                return counts
        inbox_claims.release(roots)
    return counts


def _adopt() -> None:
    """Give events that came before the account was known their account."""
    orphans = InboxEvent.objects.filter(status=Status.WAITING, account=None)
    if orphans.exists():
        orphans.update(account=accounts.current())


def _take_turn(root: Root, *, by: Actor, counts: Counter[str]) -> bool:
    """Handle one root; False when nothing can be fetched now, whichever root it is."""
    turn = _Turn(root, inbox_claims.waiting_ids(root))
    counts["roots"] += 1
    try:
        snapshots.refresh(root, by=by, settle=lambda: _settle(turn, by=by))
    except snapshots.OvertakenTooOften as error:
        inbox_failures.postpone(root, turn.event_ids, error)
        return True
    except (NeverLeft, RateLimited, Misconfigured) as error:
        log.warning("nothing can be fetched from Stripe", root=root.stripe_id, reason=error.code)
        inbox_failures.postpone(root, turn.event_ids, error)
        return False
    except Exception as error:
        _let_fly_if_the_database_is_gone(error)
        log.exception("a root could not be handled", root=root.stripe_id)
        turn.handled, turn.failed = [], dict.fromkeys(turn.event_ids, inbox_failures.told(error))
        counts["parked"] += inbox_failures.count(root, turn.failed, by=by)
    else:
        counts["parked"] += inbox_failures.count(root, turn.failed, by=by) if turn.failed else 0
        mirror.keep_events(root, turn.handled)
    counts.update(handled=len(turn.handled), failed=len(turn.failed))
    return True


def _settle(turn: _Turn, *, by: Actor) -> None:
    """Inside the root's transaction: the moments of each event that still waits, and the event is handled."""
    turn.handled, turn.failed = [], {}
    events = InboxEvent.objects.filter(pk__in=turn.event_ids, status=Status.WAITING)
    done: list[int] = []
    for event in events.order_by("pk").select_for_update():
        body: JsonObject = json.loads(event.body) if event.body else {}
        if error := _tell_moments(event, body, turn.root, by=by):
            turn.failed[event.pk] = error
        else:
            turn.handled.append(body)
            done.append(event.pk)
    InboxEvent.objects.filter(pk__in=done).update(status=Status.HANDLED, handled_at=real_now(), last_error="")


def _tell_moments(event: InboxEvent, body: JsonObject, root: Root, *, by: Actor) -> str:
    """Run the event's moment handlers in a savepoint: one that raises holds back its own event, not the state."""
    rule = event_table.rule_for(event.type)
    if rule is None or not rule.moments or not body:
        return ""
    try:
        with transaction.atomic():
            for dotted in rule.moments:
                event_table.handler(dotted)(event=event, body=body, account=root.account, by=by)
    except Exception as error:
        _let_fly_if_the_database_is_gone(error)
        log.exception("a moment handler failed", event_id=event.stripe_id, event_type=event.type)
        return inbox_failures.told(error)
    return ""


def _let_fly_if_the_database_is_gone(error: Exception) -> None:
    """A deadlock is this root's trouble; a lost connection is everybody's."""
    if isinstance(error, InterfaceError | OperationalError) and not connection.is_usable():
        raise error
