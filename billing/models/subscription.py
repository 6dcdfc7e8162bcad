import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from billing.models.price import Price
from billing.models.stripe_row import StripeRow
from config.base.ids import PublicIdField
from payments.models import Customer, PaymentMethod


class Subscription(StripeRow):
    """A customer's standing order, as Stripe has it; `unknown` and `rejected` are ours.

    Written by the snapshot handler alone. `flags` names rules that a fact broke; staff look at them.
    """

    class Status(models.TextChoices):
        UNKNOWN = "unknown"
        INCOMPLETE = "incomplete"
        INCOMPLETE_EXPIRED = "incomplete_expired"
        TRIALING = "trialing"
        ACTIVE = "active"
        PAST_DUE = "past_due"
        UNPAID = "unpaid"
        PAUSED = "paused"
        CANCELED = "canceled"
        REJECTED = "rejected"

    TERMINAL = (Status.CANCELED, Status.INCOMPLETE_EXPIRED, Status.REJECTED)

    public_id = PublicIdField("sub")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="subscriptions")
    status = models.CharField(max_length=32, choices=Status, default=Status.UNKNOWN)
    collection_method = models.CharField(max_length=32, default="charge_automatically")
    currency = models.CharField(max_length=3)
    days_until_due = models.PositiveSmallIntegerField(null=True, blank=True)
    default_payment_method = models.ForeignKey(
        PaymentMethod, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    billing_mode = models.CharField(max_length=16, blank=True, help_text="flexible or classic")
    billing_cycle_anchor = models.DateTimeField(null=True, blank=True)
    start_date = models.DateTimeField(null=True, blank=True)
    trial_start = models.DateTimeField(null=True, blank=True)
    trial_end = models.DateTimeField(null=True, blank=True)
    cancel_at = models.DateTimeField(null=True, blank=True)
    cancel_at_period_end = models.BooleanField(default=False)
    canceled_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cancellation_reason = models.CharField(max_length=64, blank=True)
    cancellation_comment = models.TextField(blank=True)
    pause_behavior = models.CharField(
        max_length=32, blank=True, help_text="keep_as_draft, mark_uncollectible or void while collection is paused"
    )
    pause_resumes_at = models.DateTimeField(null=True, blank=True)
    latest_invoice_id = models.CharField(max_length=255, blank=True, help_text="in_…")
    schedule_id = models.CharField(max_length=255, blank=True, help_text="sub_sched_…")
    pending_update = models.JSONField(null=True, blank=True, help_text="waits for a payment; as Stripe has it")
    automatic_tax = models.BooleanField(default=False)
    tax_rate_ids = models.JSONField(default=list, blank=True, help_text="txr_… of its default tax rates")
    description = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.TextField(blank=True)
    flags = ArrayField(models.CharField(max_length=64), default=list, blank=True)

    class Meta:
        default_permissions = ["view"]
        permissions = [
            ("start_subscription", "Can start subscriptions"),
            ("change_plan_subscription", "Can change plans and quantities"),
            ("pause_subscription", "Can pause and resume subscriptions"),
            ("cancel_subscription", "Can cancel subscriptions"),
            ("clear_flags_subscription", "Can clear the flags of subscriptions"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(stripe_id__isnull=False) | Q(status__in=["unknown", "rejected"]),
                name="subscription_status_comes_from_stripe",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="subscription_newest"),
            models.Index(fields=["account", "status", "-created_at", "-id"], name="subscription_by_status"),
            models.Index(fields=["customer", "-created_at", "-id"], name="subscription_by_customer"),
            models.Index(fields=["account", "-created_at"], condition=~Q(flags=[]), name="subscription_flagged"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="terminal_status_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["canceled", "incomplete_expired"])
                & pgtrigger.Q(old__status__df=pgtrigger.F("new__status")),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class SubscriptionItem(models.Model):
    """A price in a subscription, with its own period. One that was removed at Stripe stays, with its moment."""

    public_id = PublicIdField("item")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="items")
    stripe_id = models.CharField(max_length=255, unique=True, editable=False, help_text="si_…")
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveBigIntegerField(null=True, blank=True, help_text="empty for metered prices")
    current_period_start = models.DateTimeField(null=True, blank=True)
    current_period_end = models.DateTimeField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    stripe_created_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ["view"]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.public_id


class SubscriptionSchedule(StripeRow):
    """Changes that Stripe makes to a subscription by itself at their time; phases as Stripe has them."""

    class Status(models.TextChoices):
        UNKNOWN = "unknown"
        NOT_STARTED = "not_started"
        ACTIVE = "active"
        COMPLETED = "completed"
        RELEASED = "released"
        CANCELED = "canceled"
        REJECTED = "rejected"

    public_id = PublicIdField("schedule")
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, blank=True, related_name="schedules"
    )
    status = models.CharField(max_length=16, choices=Status, default=Status.UNKNOWN)
    end_behavior = models.CharField(max_length=16, blank=True)
    phases = models.JSONField(default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)

    class Meta:
        default_permissions = ["view"]

    def __str__(self) -> str:
        return self.public_id
