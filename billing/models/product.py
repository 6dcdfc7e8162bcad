import pgtrigger
from django.db import models

from billing.models.stripe_row import CatalogRow
from config.base.ids import PublicIdField


class Product(CatalogRow):
    """What is sold. Its prices say for how much; the last three columns are ours, for subscriptions to it."""

    public_id = PublicIdField("prod")
    name = models.CharField(max_length=250)
    description = models.TextField(blank=True)
    unit_label = models.CharField(max_length=64, blank=True, help_text="seat, licence, …")
    tax_code = models.CharField(max_length=32, blank=True, help_text="Stripe Tax code, txcd_…")
    statement_descriptor = models.CharField(max_length=22, blank=True)

    grace_period_days = models.PositiveSmallIntegerField(
        default=0, help_text="days of access after a renewal that was not paid"
    )
    requires_first_payment = models.BooleanField(
        default=True, help_text="a subscription is active only once its first invoice is paid"
    )
    renewal_notice_days = models.PositiveSmallIntegerField(
        default=0, help_text="days before a renewal that the customer is told; 0: never"
    )

    class Meta(CatalogRow.Meta):
        default_permissions = ["view"]
        permissions = [("manage_catalog", "Can make, change and archive products, prices and discounts")]
        indexes = [models.Index(fields=["account", "-created_at", "-id"], name="product_newest")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name or self.public_id
