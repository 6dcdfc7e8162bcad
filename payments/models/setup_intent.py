from django.db import models

from config.base import clock
from config.base.encryption import EncryptedTextField
from config.base.ids import PublicIdField
from config.base.models import StripeAccount
from payments.models.customer import Customer
from payments.models.payment_method import PaymentMethod


class SetupIntent(models.Model):
    """The wish to keep a payment method for later, without charging it now."""

    class Status(models.TextChoices):
        UNKNOWN = "unknown"
        REQUIRES_PAYMENT_METHOD = "requires_payment_method"
        REQUIRES_CONFIRMATION = "requires_confirmation"
        REQUIRES_ACTION = "requires_action"
        PROCESSING = "processing"
        SUCCEEDED = "succeeded"
        CANCELED = "canceled"
        REJECTED = "rejected"

    public_id = PublicIdField("setup")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="setup_intents")
    payment_method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+")
    stripe_id = models.CharField(max_length=255, null=True, unique=True, editable=False)
    status = models.CharField(max_length=32, choices=Status, default=Status.UNKNOWN)
    usage = models.CharField(max_length=16, default="off_session")
    client_secret = EncryptedTextField(blank=True, editable=False)
    failure_code = models.CharField(max_length=64, blank=True)
    decline_code = models.CharField(max_length=64, blank=True)
    failure_message = models.TextField(blank=True)
    description = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    stripe_created_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]

    def __str__(self) -> str:
        return self.public_id
