import pgtrigger
from django.db import models

from billing.models.invoice import Invoice
from config.base import clock
from config.base.models import LegalEntity


class NumberSeries(models.Model):
    """A legal entity's own numbers for invoices, without gaps and never twice. Locked while one is taken."""

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="number_series")
    prefix = models.CharField(max_length=20, blank=True, help_text="such as 2026-")
    digits = models.PositiveSmallIntegerField(default=5)
    next_number = models.PositiveBigIntegerField(default=1)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name_plural = "number series"
        default_permissions = ["view", "add", "change"]
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "prefix"], name="number_series_once_per_prefix"),
            models.UniqueConstraint(
                fields=["legal_entity"], condition=models.Q(is_active=True), name="number_series_one_active"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}{self.next_number:0{self.digits}}"


class IssuedNumber(models.Model):
    """A number taken for an invoice. It stays with it through retries, also if the invoice ends void."""

    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="issued")
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="issued_number")
    value = models.PositiveBigIntegerField()
    number = models.CharField(max_length=64)
    taken_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(fields=["series", "value"], name="number_issued_once"),
        ]
        triggers = [
            pgtrigger.Protect(name="stays", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number
