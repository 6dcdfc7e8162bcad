"""Collection of what broke a rule is paused at Stripe for as long as its customer is parked.

Handlers flag and park, and nothing leaves for Stripe there; this sweep asks. Staff let the customer go on, and
resume what they want resumed.
"""

from dataclasses import dataclass

import structlog
from django.db.models import QuerySet

from billing.models import Subscription
from billing.services import subscriptions
from config.base.actor import Actor
from config.base.errors import DomainError

PERIOD_BILLED_TWICE = "period_billed_twice"
TOO_MANY_LINES = "too_many_lines"
PARKING_FLAGS = [PERIOD_BILLED_TWICE, TOO_MANY_LINES]
# What Stripe makes meanwhile waits as a draft: nothing is collected, and nothing is lost.
BEHAVIOR = "keep_as_draft"
BATCH = 50
SWEEP = Actor.system("pause_parked")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did: subscriptions asked to pause, and those that cannot be asked yet."""

    paused: int
    waiting: int


def sweep(*, by: Actor = SWEEP) -> Swept:
    """Pause what is to be paused and is not yet; what cannot be asked now is asked the next time."""
    asked = [_pause(subscription, by=by) for subscription in _collecting()[:BATCH]]
    return Swept(sum(asked), len(asked) - sum(asked))


def _collecting() -> "QuerySet[Subscription]":
    """In any order, so that those which Stripe keeps refusing do not keep the others waiting."""
    flagged = Subscription.objects.filter(flags__overlap=PARKING_FLAGS, customer__parked_at__isnull=False)
    running = flagged.filter(status__in=subscriptions.RUNNING, pause_behavior="")
    return running.select_related("account", "customer").order_by("?")


def _pause(subscription: Subscription, *, by: Actor) -> bool:
    reason = subscription.customer.parked_reason
    try:
        subscriptions.pause(subscription=subscription, by=by, behavior=BEHAVIOR, reason=reason)
    except DomainError as refusal:
        log.warning("a parked subscription waits", subscription=subscription.public_id, reason=refusal.code)
        return False
    return True
