"""Is this customer allowed in, until when, and why: answered from our own tables, in one query."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from billing.models import Invoice, Subscription
from config.base import clock
from payments.models import Customer

LATE_NEWS = timedelta(days=2)  # so long may the news of a renewal take before it is missed
FIRST_PAYMENT_WITHIN = timedelta(hours=23)
Status = Subscription.Status

WORDS = {
    "active": "Paid; it renews by itself.",
    "renewal_pending": "The period has ended and its renewal is not known yet.",
    "trialing": "In the trial.",
    "ends": "Canceled; it runs until the end of what is paid for.",
    "grace": "The renewal is not paid yet; it is within its days of grace.",
    "first_payment_pending": "The first payment is under way; this product does not wait for it.",
    "free_while_paused": "Collection is paused; the service goes on.",
    "paused": "The subscription is paused.",
    "past_due": "The renewal is not paid, and the days of grace are over.",
    "unpaid": "The renewals are not paid.",
    "first_payment_missing": "The first payment is missing.",
    "canceled": "The subscription has ended.",
    "no_subscription": "There is no subscription.",
}


@dataclass(frozen=True, slots=True)
class Access:
    """`until`: the end of it as far as it is known; of one that is over, when it ended."""

    allowed: bool
    until: datetime | None
    reason: str
    subscription: Subscription | None = None

    @property
    def words(self) -> str:
        return WORDS[self.reason]


def of(*, customer: Customer) -> Access:
    """The best that any of the customer's subscriptions gives."""
    now = clock.now()
    found = [_RULES[Status(subscription.status)](subscription, now) for subscription in _with_facts(customer)]
    return max(found, key=_rank, default=Access(False, None, "no_subscription"))


def _with_facts(customer: Customer) -> QuerySet[Any]:
    """Each subscription that tells something, with its period, its product's promises, and its oldest debt."""
    live = Q(items__removed_at=None)
    debts = Invoice.objects.filter(subscription=OuterRef("pk"), status="open", billing_reason="subscription_cycle")
    since = debts.annotate(since=Coalesce("stripe_created_at", "created_at")).order_by("since").values("since")[:1]
    return (
        Subscription.objects.filter(customer=customer)
        .exclude(status__in=[Status.UNKNOWN, Status.REJECTED])
        .annotate(
            period_start=Max("items__current_period_start", filter=live),
            period_end=Min("items__current_period_end", filter=live),
            grace_days=Coalesce(Max("items__price__product__grace_period_days", filter=live), 0),
            waits_for_payment=BoolOr("items__price__product__requires_first_payment", filter=live),
            unpaid_since=Subquery(since),
        )
    )


def _rank(access: Access) -> tuple[bool, datetime]:
    """Allowed before refused; then whatever reaches furthest."""
    return access.allowed, access.until or datetime.min.replace(tzinfo=UTC)


# One rule a status -------------------------------------------------------------------------------------------------
def _running(subscription: Any, now: datetime) -> Access:
    end = subscription.period_end
    if ends_at := subscription.cancel_at or (end if subscription.cancel_at_period_end else None):
        return Access(now < ends_at, ends_at, "ends" if now < ends_at else "canceled", subscription)
    if subscription.pause_behavior:
        return _while_not_collecting(subscription)
    if end is None or now < end:
        return Access(True, end, "active", subscription)
    until = end + max(timedelta(days=subscription.grace_days), LATE_NEWS)
    return Access(now < until, until, "renewal_pending" if now < until else "past_due", subscription)


def _while_not_collecting(subscription: Any) -> Access:
    """Voided invoices mean that nothing is given; the other two are a service without payment, or on credit.

    Source: https://docs.stripe.com/billing/subscriptions/pause-payment
    """
    if subscription.pause_behavior == "void":
        return Access(False, subscription.pause_resumes_at, "paused", subscription)
    return Access(True, subscription.period_end, "free_while_paused", subscription)


def _trialing(subscription: Any, now: datetime) -> Access:
    end = subscription.trial_end
    if end is None or now < end:
        return Access(True, end, "trialing", subscription)
    return Access(now < end + LATE_NEWS, end + LATE_NEWS, "renewal_pending", subscription)


def _past_due(subscription: Any, now: datetime) -> Access:
    """Days of grace run from the oldest renewal that is not paid; a debt of another kind takes nothing away."""
    since = subscription.unpaid_since
    if since is None:
        return _running(subscription, now)
    until = since + timedelta(days=subscription.grace_days)
    return Access(now < until, until, "grace" if now < until else "past_due", subscription)


def _incomplete(subscription: Any, now: datetime) -> Access:
    until = (subscription.stripe_created_at or subscription.created_at) + FIRST_PAYMENT_WITHIN
    if subscription.waits_for_payment or now >= until:
        return Access(False, None, "first_payment_missing", subscription)
    return Access(True, until, "first_payment_pending", subscription)


def _over(reason: str) -> Callable[[Any, datetime], Access]:
    return lambda subscription, _: Access(False, subscription.ended_at, reason, subscription)


_RULES: dict[Status, Callable[[Any, datetime], Access]] = {
    Status.ACTIVE: _running,
    Status.TRIALING: _trialing,
    Status.PAST_DUE: _past_due,
    Status.INCOMPLETE: _incomplete,
    Status.UNPAID: _over("unpaid"),
    Status.PAUSED: _over("paused"),
    Status.INCOMPLETE_EXPIRED: _over("first_payment_missing"),
    Status.CANCELED: _over("canceled"),
}
