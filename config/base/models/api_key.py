from django.contrib.postgres.fields import ArrayField
from django.db import models

from config.base import clock
from config.base.ids import PublicIdField
from config.base.models.account import StripeAccount


class ApiKey(models.Model):
    """A storefront's key: only its hash is kept, so it can be shown once, at creation."""

    public_id = PublicIdField("key")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    secret_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    last_four = models.CharField(max_length=4, editable=False)
    scopes = ArrayField(models.CharField(max_length=64), help_text="such as payments:read; * allows everything")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        default_permissions = ["add", "view"]
        permissions = [("revoke_apikey", "Can revoke API keys")]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} (…{self.last_four})"
