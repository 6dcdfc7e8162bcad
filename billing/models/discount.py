from django.db import models
from django.db.models import Q

from billing.models.coupon import Coupon, PromotionCode
from billing.models.invoice import Invoice
from billing.models.subscription import Subscription
from config.base.models import StripeAccount
from payments.models import Customer


class Discount(models.Model):
    """A coupon at work: on a customer, a subscription or an invoice. One taken away stays, with its moment."""

    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="+")
    stripe_id = models.CharField(max_length=255, unique=True, editable=False, help_text="di_…")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="discounts")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, null=True, related_name="discounts")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="discounts")
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, null=True, related_name="discounts")
    promotion_code = models.ForeignKey(PromotionCode, on_delete=models.PROTECT, null=True, related_name="discounts")
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ["view"]

    def __str__(self) -> str:
        return self.stripe_id


class DraftDiscount(models.Model):
    """A discount that staff chose for an invoice that Stripe does not know yet: a coupon, or a promotion code."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="draft_discounts")
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, null=True, related_name="+")
    promotion_code = models.ForeignKey(PromotionCode, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        default_permissions = ["view"]
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(coupon__isnull=False) ^ Q(promotion_code__isnull=False), name="draft_discount_is_one_thing"
            ),
        ]

    def __str__(self) -> str:
        return str(self.coupon or self.promotion_code)
