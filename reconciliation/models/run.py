from django.db import models
from django.db.models import Q

from config.base import clock
from config.base.ids import PublicIdField
from config.base.models import StripeAccount


class ReadingMark(models.Model):
    """How far Stripe's balance transactions are read. Moved only after the last page, to the start of the reading."""

    account = models.OneToOneField(StripeAccount, on_delete=models.PROTECT, related_name="reading_mark")
    read_until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ["view"]

    def __str__(self) -> str:
        return f"{self.account} {self.read_until}"


class Run(models.Model):
    """One reconciliation of an account: read, post, match. Killed anywhere, it is resumed where it stood."""

    class Status(models.TextChoices):
        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"

    class Step(models.TextChoices):
        READ_LINES = "read_lines", "reading balance transactions"
        READ_PAYOUTS = "read_payouts", "reading payouts"
        POST = "post", "posting to the ledger"
        MATCH = "match", "matching"
        DONE = "done", "done"

    public_id = PublicIdField("run")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="reconciliation_runs")
    status = models.CharField(max_length=16, choices=Status, default=Status.RUNNING)
    step = models.CharField(max_length=16, choices=Step, default=Step.READ_LINES)
    from_date = models.DateField(null=True, help_text="days asked for by hand; empty: what is new")
    to_date = models.DateField(null=True)
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)
    read_from = models.DateTimeField(null=True, help_text="lines created since then are read")
    cursor = models.CharField(max_length=255, blank=True, help_text="txn_… of the last page that is kept")
    lines_read = models.PositiveBigIntegerField(default=0)
    lines_new = models.PositiveBigIntegerField(default=0)
    lines_changed = models.PositiveBigIntegerField(default=0)
    entries_posted = models.PositiveBigIntegerField(default=0)
    discrepancies_found = models.PositiveIntegerField(default=0)
    discrepancies_settled = models.PositiveIntegerField(default=0)
    by = models.CharField(max_length=150)
    error = models.TextField(blank=True)

    class Meta:
        default_permissions = ["view"]
        permissions = [("start_run", "Can start a reconciliation")]
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(status="running"), name="one_run_at_a_time_per_account"
            ),
        ]
        indexes = [models.Index(fields=["account", "-started_at"], name="run_newest")]

    def __str__(self) -> str:
        return self.public_id


class RunBalance(models.Model):
    """What a run saw of one currency, in minor units. `unexplained` is the sum of its six parts."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="balances")
    currency = models.CharField(max_length=3)
    moved_minor = models.BigIntegerField(default=0, help_text="gross, of all lines, without signs")
    proven_minor = models.BigIntegerField(default=0, help_text="of it, led from the payout to the invoice line")
    clearing_minor = models.BigIntegerField(default=0, help_text="past its day")
    in_transit_minor = models.BigIntegerField(default=0, help_text="past its day")
    suspense_minor = models.BigIntegerField(default=0)
    unmatched_minor = models.BigIntegerField(default=0, help_text="lines that nothing explains")
    prepayments_minor = models.BigIntegerField(default=0, help_text="payments without a document")
    balance_gap_minor = models.BigIntegerField(default=0, help_text="Stripe's balance less what its lines add up to")
    timing_minor = models.BigIntegerField(default=0, help_text="settles by itself; not part of unexplained")
    stripe_balance_minor = models.BigIntegerField(null=True, help_text="what Stripe said it holds, at the run")

    class Meta:
        default_permissions = ["view"]
        verbose_name = "unexplained amount"
        verbose_name_plural = "unexplained"
        ordering = ["currency"]
        constraints = [models.UniqueConstraint(fields=["run", "currency"], name="run_balance_once_per_currency")]

    def __str__(self) -> str:
        return f"{self.run} {self.currency}"

    @property
    def unexplained_minor(self) -> int:
        """Each part is summed without signs, so that two wrongs never hide each other."""
        return (
            self.clearing_minor
            + self.in_transit_minor
            + self.suspense_minor
            + self.unmatched_minor
            + self.prepayments_minor
            + self.balance_gap_minor
        )
