from django.db import models
from django.db.models import Q

from config.base import clock
from config.base.ids import PublicIdField
from config.base.models import StripeAccount


class OutboundCall(models.Model):
    """One change asked of Stripe, written and committed before its first byte leaves.

    The exact parameters, version and key stand here, so that the same call can be made again, and nothing else.
    """

    class Status(models.TextChoices):
        SENT = "sent", "on its way, or in doubt"
        ANSWERED = "answered", "Stripe did it"
        REFUSED = "refused", "Stripe answered that it did not"
        REJECTED = "rejected", "it never left, or never took effect"

    public_id = PublicIdField("call")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="outbound_calls")
    action = models.CharField(max_length=48, help_text="what it is for: payment.create, refund.create, …")
    subject_type = models.CharField(max_length=32, help_text="the row it is for: payment, refund, customer, …")
    subject_id = models.CharField(max_length=40, help_text="that row's public id")
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    params = models.JSONField(default=dict)
    api_version = models.CharField(max_length=40)
    idempotency_key = models.CharField(max_length=255, unique=True)
    root_kind = models.CharField(max_length=32, blank=True, help_text="the root its reply is a snapshot of")
    root_id = models.CharField(max_length=255, blank=True, help_text="that root's Stripe id, when it existed before")
    snapshot_no = models.BigIntegerField(default=0, help_text="the root's number when the call left")

    status = models.CharField(max_length=16, choices=Status, default=Status.SENT)
    sent_at = models.DateTimeField(help_text="real time, before the first byte")
    valid_until = models.DateTimeField(help_text="real time; nobody is charged by this call after it")
    tries = models.PositiveIntegerField(default=0)
    next_check_at = models.DateTimeField(help_text="when the sweep looks at it, while it is in doubt")
    http_status = models.PositiveSmallIntegerField(null=True)
    stripe_request_id = models.CharField(max_length=64, blank=True, db_index=True)
    reply = models.JSONField(null=True, help_text="without secrets")
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True)
    resolved_by = models.CharField(max_length=32, blank=True, help_text="reply, event, same key, list, object")
    finished_at = models.DateTimeField(null=True)

    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_label = models.CharField(max_length=150, blank=True)
    request_id = models.CharField(max_length=64, blank=True, db_index=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        indexes = [
            models.Index(fields=["subject_id", "id"], name="outbound_call_by_subject"),
            models.Index(fields=["next_check_at"], condition=Q(status="sent"), name="outbound_call_in_doubt"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.public_id}"
