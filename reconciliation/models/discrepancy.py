from django.conf import settings
from django.db import models
from django.db.models import Q

from config.base import clock
from config.base.ids import PublicIdField
from config.base.models import StripeAccount
from config.base.money import Money
from reconciliation.models.run import Run


class Discrepancy(models.Model):
    """Something that does not agree, with both sides as the run saw them. It closes by itself once they agree, or by
    a person's decision on exactly this amount; it opens again if it comes back."""

    class Type(models.TextChoices):
        MISSING_AT_STRIPE = "missing_at_stripe", "missing at Stripe"
        MISSING_HERE = "missing_here", "missing here"
        AMOUNT = "amount", "amount"
        CURRENCY = "currency", "currency"
        FEE = "fee", "fee against the tariff"
        DUPLICATE = "duplicate", "duplicate"
        STATUS = "status", "status"
        TIMING = "timing", "timing"
        ORPHAN_REFUND = "orphan_refund", "orphan refund"
        DISPUTE_NOT_BOOKED = "dispute_not_booked", "dispute not booked"
        PAYOUT_NOT_COMPLETE = "payout_not_complete", "payout not complete"
        EXCHANGE_DIFFERENCE = "exchange_difference", "exchange difference"
        UNKNOWN_LINE_TYPE = "unknown_line_type", "unknown line type"
        PREPAYMENT = "prepayment", "payment without a document"
        INVOICE_TOTAL = "invoice_total", "invoice does not add up"
        LEDGER = "ledger", "books and documents differ"
        BALANCE = "balance", "Stripe's balance and its lines differ"

    class Status(models.TextChoices):
        OPEN = "open"
        SETTLED = "settled", "settled: both sides agree"
        ACCEPTED = "accepted", "accepted by a person"

    public_id = PublicIdField("disc")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="discrepancies")
    type = models.CharField(max_length=32, choices=Type)
    object_id = models.CharField(max_length=255, help_text="Stripe's id of what it is about, or ours")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="what Stripe's side has more than ours; signed")
    status = models.CharField(max_length=16, choices=Status, default=Status.OPEN)
    ours = models.JSONField(default=dict, help_text='our side: {"id", "amount", "currency", "status", "date", …}')
    theirs = models.JSONField(default=dict, help_text="Stripe's side, the same fields")
    expected_on = models.DateField(null=True, help_text="timing: the day by which it settles by itself")
    rule = models.CharField(max_length=120, blank=True, help_text="the rule, or the person, that closed it")
    reason = models.TextField(blank=True, help_text="why a person accepted it")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="discrepancies"
    )
    first_seen = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    last_seen = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)
    times_opened = models.PositiveIntegerField(default=1)

    class Meta:
        default_permissions = ["view"]
        verbose_name_plural = "discrepancies"
        permissions = [("work_on_discrepancy", "Can work on discrepancies")]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "type", "object_id", "currency"], name="discrepancy_once_per_type_and_object"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "status", "-opened_at", "-id"], name="discrepancy_newest"),
            models.Index(fields=["account", "type"], condition=Q(status="open"), name="discrepancy_open"),
            models.Index(fields=["object_id"], name="discrepancy_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.object_id}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class DiscrepancyNote(models.Model):
    """The history of a discrepancy: what was seen, decided and said. Appended only."""

    class Kind(models.TextChoices):
        FOUND = "found"
        CHANGED = "changed"
        SETTLED = "settled"
        REOPENED = "reopened"
        ASSIGNED = "assigned"
        COMMENT = "comment"
        ACTION = "action"

    discrepancy = models.ForeignKey(Discrepancy, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=16, choices=Kind)
    text = models.TextField(blank=True)
    by = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"
