from django.db import models

from config.base import clock
from config.base.models import StripeAccount


class ImportCursor(models.Model):
    """How far the import of one kind of Stripe's objects has come: interrupted, it goes on from here."""

    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=32, help_text="Stripe's object name")
    after = models.CharField(max_length=255, blank=True, help_text="the last one read; for methods, of which customer")
    read = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        constraints = [models.UniqueConstraint(fields=["account", "kind"], name="import_cursor_once")]

    def __str__(self) -> str:
        return f"{self.kind} after {self.after or 'the start'}"
