"""The sweep of quotes: a change that was left in the middle is finished while somebody waits for it, else undone.

And subscriptions that Stripe made after whoever asked had stopped waiting are canceled.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from billing.models import Quote, Subscription
from billing.services import cancellations, quotes
from config.base.actor import Actor
from config.base.clock import real_now
from config.base.errors import DomainError
from payments.models import OutboundCall

LEFT_ALONE_FOR = timedelta(seconds=30)
BATCH = 50
SWEEP = Actor.system("finish_quotes")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did: quotes settled, quotes still under way, late subscriptions canceled."""

    settled: int
    under_way: int
    canceled: int


def sweep(*, by: Actor = SWEEP) -> Swept:
    """Go on with every quote that nobody has touched for a while. One that cannot holds up no other."""
    settled = [_go_on(quote, by) for quote in _left()]
    return Swept(sum(settled), len(settled) - sum(settled), _cancel_late(by))


def _left() -> QuerySet[Quote]:
    """In any order, so that those which wait long do not keep the others waiting."""
    touched = OutboundCall.objects.filter(subject_id=OuterRef("public_id"), sent_at__gt=real_now() - LEFT_ALONE_FOR)
    confirming = Quote.objects.filter(~Exists(touched), status=Quote.Status.CONFIRMING)
    return confirming.select_related("subscription__account", "subscription__customer__account__legal_entity").order_by(
        "?"
    )[:BATCH]


def _go_on(quote: Quote, by: Actor) -> bool:
    try:
        return quotes.go_on(quote=quote, by=by).status != Quote.Status.CONFIRMING
    except DomainError as failure:
        log.warning("a quote waits", quote=quote.public_id, reason=failure.code)
    except Exception:
        if not connection.is_usable():
            raise
        log.exception("a quote cannot go on", quote=quote.public_id)
    return False


def _cancel_late(by: Actor) -> int:
    late = Subscription.objects.filter(flags__contains=["arrived_late"]).exclude(status__in=Subscription.TERMINAL)
    return sum(_cancel(subscription, by) for subscription in late.select_related("account").order_by("?")[:BATCH])


def _cancel(subscription: Subscription, by: Actor) -> bool:
    try:
        cancellations.cancel(subscription=subscription, by=by, reason="abandoned")
    except DomainError as refusal:
        log.warning("late subscription not canceled", subscription=subscription.public_id, reason=refusal.code)
        return False
    return True
