from django.db import models
from django.db.models import Q

from config.base import clock
from config.base.models import StripeAccount


class StripeRow(models.Model):
    """What every row of ours for an object at Stripe has. `stripe_id` is empty until Stripe has made it."""

    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="+")
    stripe_id = models.CharField(max_length=255, null=True, unique=True, editable=False)
    stripe_created_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True


class CatalogStatus(models.TextChoices):
    """States of what a catalog holds. Nothing is deleted here; `deleted` is Stripe's word on it."""

    UNKNOWN = "unknown", "asked of Stripe, not answered yet"
    ACTIVE = "active"
    ARCHIVED = "archived"
    DELETED = "deleted", "deleted at Stripe"
    REJECTED = "rejected", "never made at Stripe"


class CatalogRow(StripeRow):
    """An entry of the catalog: what is sold, at which price, with which discount or tax."""

    status = models.CharField(max_length=16, choices=CatalogStatus, default=CatalogStatus.UNKNOWN)
    metadata = models.JSONField(default=dict, blank=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.TextField(blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(stripe_id__isnull=False) | Q(status__in=["unknown", "rejected"]),
                name="%(class)s_status_comes_from_stripe",
            ),
        ]
