from django.db import models

from config.base import clock
from config.base.encryption import EncryptedTextField
from config.base.models.api_key import ApiKey


class IdempotentRequest(models.Model):
    """The first answer to a POST with an `Idempotency-Key`, kept for a day.

    `status_code` is null while the first request runs. `request_id` joins it to what it asked of Stripe, so that a
    request whose process died can be answered without running it again.
    """

    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=500)
    key = models.CharField(max_length=255)
    body_sha256 = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64, unique=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=100, blank=True)
    body = EncryptedTextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["api_key", "method", "path", "key"], name="idempotency_key_once")
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.key}"
