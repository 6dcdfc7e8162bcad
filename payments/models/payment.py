import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Right

from config.base import clock
from config.base.encryption import EncryptedTextField
from config.base.ids import PublicIdField
from config.base.models import StripeAccount
from config.base.money import Money
from payments.models.customer import Customer
from payments.models.payment_method import PaymentMethod


class Payment(models.Model):
    """One payment intent: what was asked, what came of it.

    Status and amounts received are facts, written by the snapshot handler alone. `flags` names the rules that a
    fact broke (see `payments.handlers.payment_intents`); a flagged payment is shown to staff, never refused.
    """

    class Status(models.TextChoices):
        UNKNOWN = "unknown"
        REQUIRES_PAYMENT_METHOD = "requires_payment_method"
        REQUIRES_CONFIRMATION = "requires_confirmation"
        REQUIRES_ACTION = "requires_action"
        PROCESSING = "processing"
        REQUIRES_CAPTURE = "requires_capture"
        SUCCEEDED = "succeeded"
        CANCELED = "canceled"
        REJECTED = "rejected"

    class CaptureMethod(models.TextChoices):
        AUTOMATIC = "automatic"
        AUTOMATIC_ASYNC = "automatic_async"
        MANUAL = "manual"

    CANCELABLE = (
        Status.REQUIRES_PAYMENT_METHOD,
        Status.REQUIRES_CONFIRMATION,
        Status.REQUIRES_ACTION,
        Status.REQUIRES_CAPTURE,
    )
    TERMINAL = (Status.SUCCEEDED, Status.CANCELED, Status.REJECTED)

    public_id = PublicIdField("pay")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="payments")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="payments")
    payment_method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="payments")
    stripe_id = models.CharField(max_length=255, null=True, unique=True, editable=False, help_text="pi_…")
    latest_charge_id = models.CharField(max_length=255, blank=True, db_index=True, help_text="ch_… or py_…")
    status = models.CharField(max_length=32, choices=Status, default=Status.UNKNOWN)
    capture_method = models.CharField(max_length=16, choices=CaptureMethod, default=CaptureMethod.AUTOMATIC_ASYNC)
    off_session = models.BooleanField(default=False)

    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    amount_capturable_minor = models.BigIntegerField(default=0)
    amount_received_minor = models.BigIntegerField(default=0)
    amount_refunded_minor = models.BigIntegerField(default=0)

    failure_code = models.CharField(max_length=64, blank=True)
    decline_code = models.CharField(max_length=64, blank=True)
    failure_message = models.TextField(blank=True)
    cancellation_reason = models.CharField(max_length=32, blank=True)
    receipt_url = models.URLField(max_length=2000, blank=True)
    description = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    client_secret = EncryptedTextField(blank=True, editable=False)
    flags = ArrayField(models.CharField(max_length=64), default=list, blank=True)

    capture_before = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)
    stripe_created_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        permissions = [
            ("capture_payment", "Can capture payments"),
            ("cancel_payment", "Can cancel payments"),
            ("refund_payment", "Can refund payments"),
            ("refresh_payment", "Can refresh payments from Stripe"),
            ("clear_flags_payment", "Can clear the flags of payments"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(stripe_id__isnull=False) | Q(status__in=["unknown", "rejected"]),
                name="payment_status_comes_from_stripe",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="payment_newest"),
            models.Index(fields=["account", "status", "-created_at", "-id"], name="payment_by_status"),
            models.Index(fields=["account", "currency", "amount_minor", "-created_at"], name="payment_by_amount"),
            models.Index(fields=["customer", "-created_at", "-id"], name="payment_by_customer"),
            models.Index(fields=["account", "-created_at", "-id"], condition=~Q(flags=[]), name="payment_flagged"),
            models.Index(fields=["capture_before"], condition=Q(status="requires_capture"), name="payment_capture_due"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="terminal_status_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["succeeded", "canceled"])
                & pgtrigger.Q(old__status__df=pgtrigger.F("new__status")),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def received(self) -> Money:
        return Money(self.amount_received_minor, self.currency)

    @property
    def refunded(self) -> Money:
        return Money(self.amount_refunded_minor, self.currency)


class PaymentAttempt(models.Model):
    """One try to collect a payment: two declines and a success are three rows. Appended, then only completed.

    A try that made a charge is named by it; one that ended before a charge (failed authentication, a block at
    confirmation) by the event that told of it.
    """

    class Outcome(models.TextChoices):
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    public_id = PublicIdField("att")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="attempts")
    payment_method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=255, unique=True, help_text="the charge (ch_…, py_…) or event (evt_…)")
    outcome = models.CharField(max_length=16, choices=Outcome)
    amount_minor = models.BigIntegerField()
    failure_code = models.CharField(max_length=64, blank=True)
    decline_code = models.CharField(max_length=64, blank=True)
    failure_message = models.TextField(blank=True)
    network_status = models.CharField(max_length=64, blank=True)
    risk_level = models.CharField(max_length=32, blank=True)
    method_label = models.CharField(max_length=120, blank=True, help_text="brand or bank and last four")
    attempted_at = models.DateTimeField()

    class Meta:
        default_permissions = ["view"]
        ordering = ["attempted_at", "id"]
        indexes = [models.Index(Right("method_label", 4), F("id").desc(), name="attempt_by_last4")]

    def __str__(self) -> str:
        return f"{self.source} {self.outcome}"
