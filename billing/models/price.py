import pgtrigger
from django.db import models

from billing.models.product import Product
from billing.models.stripe_row import CatalogRow
from config.base.ids import PublicIdField


class Price(CatalogRow):
    """For how much a product is sold, and how often. Amounts never change; a new price replaces an old one.

    `unit_amount_decimal` is in minor units too, with up to twelve decimals; null where tiers or the payer decide.
    """

    class Type(models.TextChoices):
        ONE_TIME = "one_time"
        RECURRING = "recurring"

    class Interval(models.TextChoices):
        DAY = "day"
        WEEK = "week"
        MONTH = "month"
        YEAR = "year"

    public_id = PublicIdField("price")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="prices")
    type = models.CharField(max_length=16, choices=Type)
    nickname = models.CharField(max_length=255, blank=True)
    lookup_key = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=3)
    unit_amount_minor = models.BigIntegerField(null=True, blank=True)
    unit_amount_decimal = models.DecimalField(max_digits=28, decimal_places=12, null=True, blank=True)
    billing_scheme = models.CharField(max_length=16, default="per_unit", help_text="per_unit or tiered")
    tiers_mode = models.CharField(max_length=16, blank=True, help_text="graduated or volume")
    tiers = models.JSONField(default=list, blank=True, help_text="as Stripe has them, in order")
    transform_divide_by = models.PositiveIntegerField(null=True, blank=True)
    transform_round = models.CharField(max_length=8, blank=True)
    interval = models.CharField(max_length=8, choices=Interval, blank=True)
    interval_count = models.PositiveSmallIntegerField(default=0)
    usage_type = models.CharField(max_length=16, blank=True, help_text="licensed or metered; empty for one-time prices")
    trial_period_days = models.PositiveIntegerField(null=True, blank=True)
    tax_behavior = models.CharField(max_length=16, blank=True, help_text="exclusive, inclusive or unspecified")

    class Meta(CatalogRow.Meta):
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="price_newest"),
            models.Index(fields=["lookup_key"], name="price_by_lookup_key"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.nickname or self.public_id


class PriceCurrency(models.Model):
    """The same price in one more currency."""

    price = models.ForeignKey(Price, on_delete=models.CASCADE, related_name="currencies")
    currency = models.CharField(max_length=3)
    unit_amount_minor = models.BigIntegerField(null=True, blank=True)
    unit_amount_decimal = models.DecimalField(max_digits=28, decimal_places=12, null=True, blank=True)
    tiers = models.JSONField(default=list, blank=True)
    tax_behavior = models.CharField(max_length=16, blank=True)

    class Meta:
        default_permissions = ["view"]
        constraints = [models.UniqueConstraint(fields=["price", "currency"], name="price_once_per_currency")]

    def __str__(self) -> str:
        return f"{self.price_id} {self.currency}"
