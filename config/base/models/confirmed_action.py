from django.conf import settings
from django.db import models

from config.base import clock


class ConfirmedAction(models.Model):
    """Something staff confirmed in the console, written before it is carried out.

    The confirmation page names the `sequence` that it would be for its object; it can be taken once, so a double click
    or a colleague who was faster acts once.
    """

    action = models.CharField(max_length=48)
    object_id = models.CharField(max_length=40, help_text="public id of the row it is for")
    sequence = models.PositiveIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    summary = models.TextField(help_text="what the confirmation page said would happen")
    reason = models.TextField(blank=True)
    outcome = models.TextField(blank=True, help_text="empty while it is being carried out")
    succeeded = models.BooleanField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        default_permissions = ["view"]
        constraints = [models.UniqueConstraint(fields=["object_id", "sequence"], name="confirmed_action_once")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_id} #{self.sequence}"
