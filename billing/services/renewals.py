"""Renewals that customers are told of beforehand, as many days as the product says."""

from datetime import timedelta

from django.db.models import DateTimeField, DurationField, Exists, ExpressionWrapper, F, OuterRef, QuerySet, Value

from billing.models import Notice, Subscription, SubscriptionItem
from billing.services import notices
from config.base import clock
from config.base.actor import Actor

SYSTEM = Actor.system("tell_renewals")
BATCH = 500


def tell_due(*, by: Actor = SYSTEM) -> int:
    """Tell of the renewals that are near, once for each period; how many were told."""
    return sum(_tell(item, by) for item in _near()[:BATCH])


def occasion(item: SubscriptionItem) -> str:
    return f"period ending {item.current_period_end:%Y-%m-%dT%H:%M:%SZ}"


def _near() -> QuerySet[SubscriptionItem]:
    now = clock.now()
    before = ExpressionWrapper(
        F("price__product__renewal_notice_days") * Value(timedelta(days=1)), output_field=DurationField()
    )
    told_from = ExpressionWrapper(F("current_period_end") - before, output_field=DateTimeField())
    renewing = SubscriptionItem.objects.filter(
        price__product__renewal_notice_days__gt=0,
        subscription__status=Subscription.Status.ACTIVE,
        subscription__cancel_at=None,
        subscription__cancel_at_period_end=False,
        subscription__pause_behavior="",
        removed_at=None,
        current_period_end__gt=now,
    )
    told = Notice.objects.filter(
        message=Notice.Message.RENEWAL,
        subject_id=OuterRef("subscription__public_id"),
        created_at__gte=OuterRef("told_from"),
    )
    return (
        renewing.annotate(told_from=told_from)
        .filter(~Exists(told), told_from__lte=now)
        .select_related("subscription__customer", "price__product")
        .order_by("current_period_end", "pk")
    )


def _tell(item: SubscriptionItem, by: Actor) -> bool:
    subscription = item.subscription
    return notices.tell(
        message=Notice.Message.RENEWAL,
        customer=subscription.customer,
        subject=subscription,
        occasion=occasion(item),
        by=by,
    )
