from django.db import models
from django.db.models import Q

from config.base.clock import real_now
from config.base.ids import PublicIdField
from config.base.models import StripeAccount


class Root(models.Model):
    """A Stripe object that is fetched as one, with all that hangs on it; its snapshots are numbered.

    Whoever applies a snapshot raises `snapshot_no` by a guarded update; who finds it raised already fetched too
    early, throws the snapshot away and fetches again.
    """

    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=32, help_text="Stripe's object name: payment_intent, customer, …")
    stripe_id = models.CharField(max_length=255)
    snapshot_no = models.BigIntegerField(default=0)
    fetched_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True, help_text="real time; saves work, protects nothing")
    wanted_at = models.DateTimeField(null=True, help_text="known by reference only, or asked for: fetch it")
    tries = models.PositiveIntegerField(default=0, help_text="since it was wanted")
    last_error = models.TextField(blank=True)
    parked_at = models.DateTimeField(null=True, help_text="wanted in vain: waits for staff, or for its next event")
    mirror_error = models.TextField(blank=True)

    class Meta:
        default_permissions = ["view"]
        constraints = [models.UniqueConstraint(fields=["stripe_id", "account"], name="root_once")]
        indexes = [
            models.Index(fields=["wanted_at"], condition=Q(wanted_at__isnull=False), name="root_wanted"),
            models.Index(fields=["fetched_at"], condition=~Q(mirror_error=""), name="root_not_mirrored"),
            models.Index(fields=["parked_at"], condition=Q(parked_at__isnull=False), name="root_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.stripe_id}"


class InboxEvent(models.Model):
    """One event that Stripe told us of: stored before it is answered, handled later, never dropped."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        HANDLED = "handled"
        PARKED = "parked", "waits for staff"
        UNHANDLED = "unhandled", "stored; nobody handles this type"
        IGNORED = "ignored", "of the other mode or account"

    class Source(models.TextChoices):
        WEBHOOK = "webhook"
        POLLER = "poller"

    public_id = PublicIdField("inbox")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, null=True, related_name="+")
    stripe_id = models.CharField(max_length=255, unique=True, help_text="evt_…")
    type = models.CharField(max_length=100)
    livemode = models.BooleanField()
    api_version = models.CharField(max_length=40, blank=True)
    stripe_created_at = models.DateTimeField()
    root_kind = models.CharField(max_length=32, blank=True)
    root_id = models.CharField(max_length=255, blank=True)
    object_id = models.CharField(max_length=255, blank=True, help_text="data.object.id")
    request_idempotency_key = models.CharField(max_length=255, blank=True)
    body = models.TextField(blank=True, help_text="the raw event without client secrets; may be blanked after a time")
    body_sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=8, choices=Source)
    received_at = models.DateTimeField(default=real_now)

    status = models.CharField(max_length=16, choices=Status, default=Status.WAITING)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(default=real_now)
    handled_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        default_permissions = ["view"]
        permissions = [("replay_inboxevent", "Can replay inbox events")]
        indexes = [
            models.Index(fields=["next_try_at", "id"], condition=Q(status="waiting"), name="inbox_waiting"),
            models.Index(fields=["root_id", "id"], name="inbox_by_root"),
            models.Index(
                fields=["request_idempotency_key"], condition=~Q(request_idempotency_key=""), name="inbox_by_our_key"
            ),
            models.Index(fields=["-received_at"], name="inbox_newest"),
            models.Index(fields=["status", "-received_at"], name="inbox_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_id}"
