from django.db import models

from config.base import clock
from config.base.ids import PublicIdField
from config.base.models import StripeAccount
from payments.models.customer import Customer


class PaymentMethod(models.Model):
    """A card or bank account at Stripe: what may be shown of it, never its number."""

    class Status(models.TextChoices):
        UNATTACHED = "unattached", "not (yet) kept for a customer"
        ATTACHED = "attached"
        DETACHED = "detached"

    public_id = PublicIdField("method")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="payment_methods")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="payment_methods")
    stripe_id = models.CharField(max_length=255, unique=True, editable=False)
    status = models.CharField(max_length=16, choices=Status, default=Status.UNATTACHED)

    kind = models.CharField(max_length=64, help_text="Stripe's type: card, us_bank_account, sepa_debit, …")
    brand = models.CharField(max_length=32, blank=True)
    wallet = models.CharField(max_length=32, blank=True)
    bank_name = models.CharField(max_length=200, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    exp_month = models.PositiveSmallIntegerField(null=True, blank=True)
    exp_year = models.PositiveSmallIntegerField(null=True, blank=True)
    funding = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, db_index=True)
    billing_name = models.CharField(max_length=256, blank=True)
    billing_email = models.EmailField(max_length=512, blank=True)
    billing_postal_code = models.CharField(max_length=50, blank=True)
    billing_country = models.CharField(max_length=2, blank=True)

    stripe_created_at = models.DateTimeField(null=True, blank=True)
    detached_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        indexes = [models.Index(fields=["last4", "-id"], name="payment_method_by_last4")]

    def __str__(self) -> str:
        return f"{self.brand or self.bank_name or self.kind} •••• {self.last4}".strip()
