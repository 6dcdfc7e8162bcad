from django.db import models
from django.db.models import Q

from config.base import clock
from config.base.ids import PublicIdField
from config.base.models import StripeAccount
from config.base.money import Money


class Payout(models.Model):
    """Money that Stripe sent to the bank, or took from it (negative). Written by the snapshot handler alone.

    An automatic payout is proven by its lines; Stripe cannot itemise a manual or instant one, which is proven as
    part of the balance only. Source: https://docs.stripe.com/reports/payout-reconciliation
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        IN_TRANSIT = "in_transit"
        PAID = "paid"
        FAILED = "failed"
        CANCELED = "canceled"

    public_id = PublicIdField("payout")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="payouts")
    stripe_id = models.CharField(max_length=255, unique=True, editable=False, help_text="po_…")
    status = models.CharField(max_length=16, choices=Status)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    is_automatic = models.BooleanField()
    method = models.CharField(max_length=16, help_text="standard or instant")
    type = models.CharField(max_length=16, help_text="bank_account or card")
    arrival_date = models.DateTimeField(help_text="when it is, or was, expected at the bank")
    description = models.TextField(blank=True)
    statement_descriptor = models.CharField(max_length=64, blank=True)
    trace_id = models.CharField(max_length=128, blank=True, help_text="the bank's reference, if it gave one")
    reconciliation_status = models.CharField(max_length=16, blank=True)
    balance_transaction_id = models.CharField(max_length=255, blank=True, help_text="txn_…")
    failure_balance_transaction_id = models.CharField(max_length=255, blank=True, help_text="txn_…")
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.TextField(blank=True)
    original_payout_id = models.CharField(max_length=255, blank=True, help_text="po_… that this one reverses")
    reversed_by_id = models.CharField(max_length=255, blank=True, help_text="po_… that reverses this one")
    metadata = models.JSONField(default=dict, blank=True)
    stripe_created_at = models.DateTimeField()
    lines_read_at = models.DateTimeField(null=True, help_text="when its lines were listed to the last page")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["account", "-arrival_date", "-id"], name="payout_newest"),
            models.Index(
                fields=["account"], condition=Q(is_automatic=True, lines_read_at=None), name="payout_to_itemise"
            ),
        ]

    def __str__(self) -> str:
        return self.stripe_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
