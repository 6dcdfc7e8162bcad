import pgtrigger
from django.db import models

from billing.models.stripe_row import CatalogRow
from config.base import clock
from config.base.ids import PublicIdField
from config.base.models import StripeAccount


class TaxRate(CatalogRow):
    """A tax rate at Stripe. Its percentage never changes there; a new one replaces it."""

    public_id = PublicIdField("taxrate")
    display_name = models.CharField(max_length=50)
    description = models.TextField(blank=True)
    percentage = models.DecimalField(max_digits=7, decimal_places=4)
    is_inclusive = models.BooleanField()
    country = models.CharField(max_length=2, blank=True)
    state = models.CharField(max_length=10, blank=True)
    jurisdiction = models.CharField(max_length=50, blank=True)
    tax_type = models.CharField(max_length=32, blank=True)

    class Meta(CatalogRow.Meta):
        default_permissions = ["view"]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.display_name} {self.percentage.normalize():f} %"


class TaxRule(models.Model):
    """Which rate is charged where, when `TAX_CALCULATION_SERVICE` is `rates`; ours, kept by finance.

    A business elsewhere in the European Union with a tax number pays no tax under reverse charge.
    """

    public_id = PublicIdField("taxrule")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="+")
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2, upper case")
    region = models.CharField(max_length=10, blank=True, help_text="state or province; empty: the whole country")
    display_name = models.CharField(max_length=50, help_text="VAT, GST, Sales tax, …")
    percentage = models.DecimalField(max_digits=7, decimal_places=4)
    is_inclusive = models.BooleanField(default=False, help_text="prices contain the tax already")
    allows_reverse_charge = models.BooleanField(default=False)
    tax_rate = models.ForeignKey(TaxRate, on_delete=models.PROTECT, null=True, editable=False, related_name="rules")
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        permissions = [("manage_tax", "Can change where which tax is charged")]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "country", "region"],
                condition=models.Q(archived_at=None),
                name="tax_rule_once_per_place",
            ),
            models.CheckConstraint(
                condition=models.Q(percentage__gte=0, percentage__lte=100), name="tax_rule_is_a_percentage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.display_name} {self.percentage.normalize():f} % in {self.region or self.country}"
