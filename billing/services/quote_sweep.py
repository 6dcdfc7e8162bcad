"""The sweep of quotes: a change that was left in the middle is finished while somebody waits for it, else undone.

And subscriptions that Stripe made after whoever asked had stopped waiting are canceled.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog

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
    """Go on with every quote that nobody has touched for a while."""
    settled = [_go_on(quote, by) for quote in _left()]
    return Swept(sum(settled), len(settled) - sum(settled), _cancel_late(by))


def _left() -> list[Quote]:
    confirming = Quote.objects.filter(status=Quote.Status.CONFIRMING).select_related(
        "subscription__account", "subscription__customer__account__legal_entity"
    )
    return [quote for quote in confirming.order_by("id")[:BATCH] if not _is_touched(quote)]


def _is_touched(quote: Quote) -> bool:
    since = real_now() - LEFT_ALONE_FOR
    return OutboundCall.objects.filter(subject_id=quote.public_id, sent_at__gt=since).exists()


def _go_on(quote: Quote, by: Actor) -> bool:
    try:
        return quotes.go_on(quote=quote, by=by).status != Quote.Status.CONFIRMING
    except DomainError as failure:
        log.warning("a quote waits", quote=quote.public_id, reason=failure.code)
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
