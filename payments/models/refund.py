import pgtrigger
from django.db import models
from django.db.models import Q, QuerySet, Sum

from config.base import clock
from config.base.ids import PublicIdField
from config.base.models import StripeAccount
from config.base.money import Money
from payments.models.payment import Payment


class RefundQuerySet(QuerySet["Refund"]):
    def counting(self) -> "RefundQuerySet":
        """Refunds that took or may take money: asked, in doubt, pending or done."""
        return self.exclude(status__in=Refund.VOID)

    def total_minor(self) -> int:
        return self.aggregate(total=Sum("amount_minor"))["total"] or 0


_NEVER_ABOVE_RECEIVED = """
    PERFORM 1 FROM payments_payment WHERE id = NEW.payment_id FOR UPDATE;
    IF NEW.amount_minor + COALESCE((
        SELECT SUM(amount_minor) FROM payments_refund
        WHERE payment_id = NEW.payment_id AND status NOT IN ('failed', 'canceled', 'rejected')
    ), 0) > (SELECT amount_received_minor FROM payments_payment WHERE id = NEW.payment_id) THEN
        RAISE EXCEPTION 'refunds asked would exceed what was received'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_never_above_received';
    END IF;
    RETURN NEW;
"""


class Refund(models.Model):
    """Money given back for a payment. `unknown` and `rejected` are ours, the other words Stripe's."""

    class Status(models.TextChoices):
        UNKNOWN = "unknown"
        PENDING = "pending"
        REQUIRES_ACTION = "requires_action"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELED = "canceled"
        REJECTED = "rejected"

    class Reason(models.TextChoices):
        DUPLICATE = "duplicate"
        FRAUDULENT = "fraudulent"
        REQUESTED_BY_CUSTOMER = "requested_by_customer"
        EXPIRED_UNCAPTURED_CHARGE = "expired_uncaptured_charge"

    VOID = (Status.FAILED, Status.CANCELED, Status.REJECTED)

    public_id = PublicIdField("refund")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    stripe_id = models.CharField(max_length=255, null=True, unique=True, editable=False, help_text="re_…")
    status = models.CharField(max_length=32, choices=Status, default=Status.UNKNOWN)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=32, choices=Reason, blank=True)
    note = models.TextField(blank=True, help_text="why, in our own words; stays here")
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    requested_by = models.CharField(max_length=150, blank=True)
    stripe_created_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = RefundQuerySet.as_manager()

    class Meta:
        default_permissions = ["view"]
        constraints = [
            models.CheckConstraint(
                condition=Q(stripe_id__isnull=False) | Q(status__in=["unknown", "rejected"]),
                name="refund_status_comes_from_stripe",
            ),
            models.CheckConstraint(
                condition=Q(stripe_id__isnull=False) | Q(amount_minor__gt=0), name="refund_asked_is_positive"
            ),
        ]
        indexes = [models.Index(fields=["account", "-created_at", "-id"], name="refund_newest")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="asked_within_received",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__stripe_id__isnull=True),
                func=_NEVER_ABOVE_RECEIVED,
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
