from django.db import models
from django.db.models import Q

from billing.models.subscription import Subscription
from config.base import clock
from config.base.ids import PublicIdField
from config.base.money import Money


class Quote(models.Model):
    """A change of a subscription, priced by Stripe and held for a quarter of an hour.

    What is collected when it is confirmed is what it says, or nothing: both sums for now are compared with the
    invoice that the change makes before that is paid.
    """

    class Status(models.TextChoices):
        OPEN = "open", "may be confirmed"
        CONFIRMING = "confirming", "the change is being made"
        ACCEPTED = "accepted", "changed, and collected as quoted"
        EXPIRED = "expired", "no longer true"
        FAILED = "failed", "the change was undone"

    class When(models.TextChoices):
        NOW = "now"
        PERIOD_END = "period_end"

    public_id = PublicIdField("quote")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="quotes")
    status = models.CharField(max_length=16, choices=Status, default=Status.OPEN)
    when = models.CharField(max_length=16, choices=When, default=When.NOW)
    change = models.JSONField(help_text="what was asked for, in our words")
    before = models.JSONField(help_text="the items as they were: what an undo restores")
    proration_date = models.DateTimeField()
    currency = models.CharField(max_length=3)
    lines = models.JSONField(default=list)
    total_now_minor = models.BigIntegerField(help_text="of the invoice made at once; negative is a credit")
    due_now_minor = models.BigIntegerField(default=0, help_text="what of it is collected, after the balance")
    total_next_minor = models.BigIntegerField()
    next_payment_at = models.DateTimeField(null=True)
    is_estimate = models.BooleanField(default=False, help_text="the next total depends on usage")
    invoice_id = models.CharField(max_length=255, blank=True, help_text="in_… that the confirmed change made")
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaces")
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.TextField(blank=True)
    asked_by = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=500, blank=True, help_text="why, in the words of who asked")
    expires_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"], condition=Q(status="confirming"), name="quote_one_change_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def total_now(self) -> Money:
        return Money(self.total_now_minor, self.currency)

    @property
    def due_now(self) -> Money:
        return Money(self.due_now_minor, self.currency)

    @property
    def total_next(self) -> Money:
        return Money(self.total_next_minor, self.currency)
