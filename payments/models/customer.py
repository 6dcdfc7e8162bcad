from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Lower

from config.base import clock
from config.base.ids import PublicIdField
from config.base.models import StripeAccount


class Customer(models.Model):
    """Somebody who pays. The one place, with PaymentMethod, where personal data stands."""

    class Status(models.TextChoices):
        UNKNOWN = "unknown", "asked of Stripe, not answered yet"
        ACTIVE = "active"
        DELETED = "deleted", "deleted at Stripe"
        REJECTED = "rejected", "never made at Stripe"

    public_id = PublicIdField("cust")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="customers")
    stripe_id = models.CharField(max_length=255, null=True, unique=True, editable=False)
    status = models.CharField(max_length=16, choices=Status, default=Status.UNKNOWN)

    email = models.EmailField(max_length=512, blank=True)
    name = models.CharField(max_length=256, blank=True)
    phone = models.CharField(max_length=64, blank=True)
    address_line1 = models.CharField(max_length=500, blank=True)
    address_line2 = models.CharField(max_length=500, blank=True)
    address_city = models.CharField(max_length=200, blank=True)
    address_state = models.CharField(max_length=200, blank=True)
    address_postal_code = models.CharField(max_length=50, blank=True)
    address_country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    preferred_locale = models.CharField(max_length=35, blank=True)
    description = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    default_payment_method = models.ForeignKey(
        "PaymentMethod", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    parked_at = models.DateTimeField(null=True, blank=True)
    parked_reason = models.CharField(max_length=500, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    stripe_created_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        permissions = [("park_customer", "Can park customers and let them go on")]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="customer_newest"),
            models.Index(OpClass(Lower("email"), name="text_pattern_ops"), name="customer_by_email"),
            models.Index(OpClass(Lower("name"), name="text_pattern_ops"), name="customer_by_name"),
            GinIndex(SearchVector("name", config="simple"), name="customer_by_words"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.public_id


class CustomerTaxId(models.Model):
    """A tax number that Stripe knows of a customer, with Stripe's word on whether it is genuine."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tax_ids")
    stripe_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=32, help_text="Stripe's type, such as eu_vat")
    value = models.CharField(max_length=100)
    country = models.CharField(max_length=2, blank=True)
    verification_status = models.CharField(max_length=16, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.type} {self.value}"
