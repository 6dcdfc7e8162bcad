from django.db import models

from config.base import clock
from config.base.models import StripeAccount


class Tariff(models.Model):
    """What Stripe is expected to take of a charge: basis points and a fixed part, between a floor and a cap.

    `extra_basis_points` is let pass on top: cards issued abroad, conversion. Without a tariff for its method and
    currency, a fee is not checked.
    """

    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="tariffs")
    method = models.CharField(max_length=32, help_text="card, sepa_debit, us_bank_account, …")
    currency = models.CharField(max_length=3, help_text="of the balance that the fee is taken from")
    basis_points = models.PositiveIntegerField(help_text="290 is 2.9 %")
    fixed_minor = models.PositiveBigIntegerField(default=0)
    floor_minor = models.PositiveBigIntegerField(default=0)
    cap_minor = models.PositiveBigIntegerField(null=True, blank=True)
    extra_basis_points = models.PositiveIntegerField(default=0, help_text="at most this on top; 150 is 1.5 %")
    valid_from = models.DateField(help_text="charges from this day on")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["method", "currency", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["account", "method", "currency", "valid_from"], name="tariff_once_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.currency} from {self.valid_from}"
