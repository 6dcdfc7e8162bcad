import pgtrigger
from django.db import models

from config.base import clock
from config.base.ids import PublicIdField
from config.base.models import StripeAccount
from config.base.money import Money
from payments.models.payment import Payment


class Dispute(models.Model):
    """A charge that the customer's bank disputes, or asks about (`warning_…`), as Stripe says it.

    What moved is in the currency of the balance it moved (`settlement_currency`); money that left is positive, and
    Stripe's fee beside it. Source: https://docs.stripe.com/api/disputes/object
    """

    class Status(models.TextChoices):
        WARNING_NEEDS_RESPONSE = "warning_needs_response"
        WARNING_UNDER_REVIEW = "warning_under_review"
        WARNING_CLOSED = "warning_closed"
        NEEDS_RESPONSE = "needs_response"
        UNDER_REVIEW = "under_review"
        WON = "won"
        LOST = "lost"
        PREVENTED = "prevented"

    TO_ANSWER = (Status.WARNING_NEEDS_RESPONSE, Status.NEEDS_RESPONSE)
    ENDED = (Status.WARNING_CLOSED, Status.WON, Status.LOST, Status.PREVENTED)

    public_id = PublicIdField("dsp")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="disputes")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="disputes")
    payment_intent_id = models.CharField(max_length=255, blank=True, db_index=True, help_text="pi_…")
    charge_id = models.CharField(max_length=255, help_text="ch_… or py_…")
    stripe_id = models.CharField(max_length=255, unique=True, editable=False, help_text="du_… or dp_…")
    status = models.CharField(max_length=32, choices=Status)
    reason = models.CharField(max_length=64, blank=True)
    network_reason_code = models.CharField(max_length=32, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    is_charge_refundable = models.BooleanField(default=False)

    evidence_due_by = models.DateTimeField(null=True, blank=True)
    has_evidence = models.BooleanField(default=False)
    is_past_due = models.BooleanField(default=False)
    submission_count = models.PositiveIntegerField(default=0)

    settlement_currency = models.CharField(max_length=3, blank=True)
    withdrawn_minor = models.BigIntegerField(default=0)
    reinstated_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    reinstated_at = models.DateTimeField(null=True, blank=True)

    stripe_created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True, help_text="when we learned that it ended")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["account", "-stripe_created_at", "-id"], name="dispute_newest"),
            models.Index(fields=["account", "evidence_due_by"], name="dispute_by_deadline"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def is_inquiry(self) -> bool:
        return self.status.startswith("warning_")

    @property
    def forbids_refund(self) -> bool:
        """The bank has paid the customer, or may: Stripe refunds nothing of the charge, not even the rest of it.

        Source: https://docs.stripe.com/error-codes#charge-disputed
        """
        takes_back = (self.Status.NEEDS_RESPONSE, self.Status.UNDER_REVIEW, self.Status.LOST)
        return self.status in takes_back and not self.is_charge_refundable
