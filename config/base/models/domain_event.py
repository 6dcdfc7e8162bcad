import pgtrigger
from django.db import models
from django.db.models import F, Func, Q

from config.base import clock
from config.base.ids import PublicIdField
from config.base.models.account import StripeAccount


class CurrentTransaction(Func):
    """The id of the writing transaction (xid8 as bigint): readers of the feed stop before ids still in flight."""

    template = "pg_current_xact_id()::text::bigint"
    output_field = models.BigIntegerField()


class DomainEvent(models.Model):
    """What happened to one of our objects, appended in the transaction that did it; never changed.

    (`object_id`, `sequence`) orders one object's story; (`transaction_id`, `id`) orders the feed.
    `source` and `type` together happen once: a handler that runs again appends nothing.
    """

    public_id = PublicIdField("event")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="+")
    transaction_id = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)
    type = models.CharField(max_length=64)
    object_type = models.CharField(max_length=32)
    object_id = models.CharField(max_length=40)
    sequence = models.PositiveIntegerField()
    source = models.CharField(max_length=128, blank=True)
    data = models.JSONField(default=dict)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_label = models.CharField(max_length=150, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(fields=["object_id", "sequence"], name="domain_event_sequence_once"),
            models.UniqueConstraint(
                fields=["source", "type", "object_id"],
                condition=~Q(source=""),
                name="domain_event_source_once",
            ),
        ]
        indexes = [models.Index(F("account"), F("transaction_id"), F("id"), name="domain_event_feed")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id} #{self.sequence}"
