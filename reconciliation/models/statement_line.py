from django.db import models
from django.db.models import Q

from config.base import clock
from config.base.ids import PublicIdField
from config.base.models import StripeAccount
from config.base.money import Money
from reconciliation.models.payout import Payout


class StatementLine(models.Model):
    """A line of Stripe's own books: one balance transaction, copied as Stripe says it.

    `source_id` names what moved (`ch_…`, `re_…`, `du_…`, `po_…`). `payout` is known from the listing of the payout.
    Source: https://docs.stripe.com/api/balance_transactions/object
    """

    public_id = PublicIdField("line")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="statement_lines")
    stripe_id = models.CharField(max_length=255, unique=True, editable=False, help_text="txn_…")
    type = models.CharField(max_length=64)
    reporting_category = models.CharField(max_length=64, blank=True)
    amount_minor = models.BigIntegerField(help_text="gross; negative leaves the balance")
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, help_text="of the balance that it moved")
    exchange_rate = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    fee_details = models.JSONField(default=list)
    source_id = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=16, help_text="pending or available")
    available_on = models.DateTimeField()
    stripe_created_at = models.DateTimeField()
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, null=True, related_name="lines")
    missing_since = models.DateTimeField(null=True, help_text="Stripe listed it before, and does not any more")
    is_posted = models.BooleanField(default=False, help_text="the books have it as it stands here")
    last_run = models.ForeignKey("Run", on_delete=models.PROTECT, null=True, related_name="+")
    read_at = models.DateTimeField(default=clock.now, help_text="when it was first read")

    class Meta:
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["account", "-stripe_created_at", "-id"], name="line_newest"),
            models.Index(fields=["account", "currency", "status"], name="line_by_balance"),
            models.Index(fields=["source_id"], name="line_by_source"),
            models.Index(fields=["account", "id"], condition=Q(is_posted=False), name="line_to_post"),
            models.Index(
                fields=["account", "type"], condition=~Q(type__in=["charge", "payment"]), name="line_but_charges"
            ),
            models.Index(fields=["payout"], condition=Q(payout__isnull=False), name="line_by_payout"),
        ]

    def __str__(self) -> str:
        return self.stripe_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def is_available(self) -> bool:
        """Whether it may be paid out by now. `status` is as it was when the line was last read."""
        return self.available_on <= clock.now()
