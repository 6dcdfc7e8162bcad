import pgtrigger
from django.db import models

from billing.models.stripe_row import CatalogRow
from config.base.ids import PublicIdField
from payments.models import Customer


class Coupon(CatalogRow):
    """A reduction: by percent or by amount; once, for some months, or forever."""

    class Duration(models.TextChoices):
        ONCE = "once"
        REPEATING = "repeating"
        FOREVER = "forever"

    public_id = PublicIdField("coupon")
    name = models.CharField(max_length=40, blank=True)
    percent_off = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    amount_off_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    amounts_off = models.JSONField(default=dict, blank=True, help_text="more currencies: {code: minor units}")
    duration = models.CharField(max_length=16, choices=Duration)
    duration_in_months = models.PositiveSmallIntegerField(null=True, blank=True)
    max_redemptions = models.PositiveIntegerField(null=True, blank=True)
    times_redeemed = models.PositiveIntegerField(default=0)
    redeem_by = models.DateTimeField(null=True, blank=True)
    is_valid = models.BooleanField(default=True, help_text="Stripe's word on whether it can still be redeemed")
    product_ids = models.JSONField(default=list, blank=True, help_text="Stripe's ids of the only products it is for")

    class Meta(CatalogRow.Meta):
        default_permissions = ["view"]
        indexes = [models.Index(fields=["account", "-created_at", "-id"], name="coupon_newest")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name or self.stripe_id or self.public_id


class PromotionCode(CatalogRow):
    """A coupon by a word that customers type."""

    public_id = PublicIdField("promo")
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="promotion_codes")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=500)
    expires_at = models.DateTimeField(null=True, blank=True)
    max_redemptions = models.PositiveIntegerField(null=True, blank=True)
    times_redeemed = models.PositiveIntegerField(default=0)
    first_time_transaction = models.BooleanField(default=False)
    minimum_amount_minor = models.BigIntegerField(null=True, blank=True)
    minimum_amount_currency = models.CharField(max_length=3, blank=True)

    class Meta(CatalogRow.Meta):
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="promotion_code_newest"),
            models.Index(fields=["code"], name="promotion_code_by_code"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.code
