from django.db import models

from payments.models import Customer


class BillingProfile(models.Model):
    """What billing knows of a customer beside payments: balance, tax status, and the prefix of Stripe's numbers.

    `balance_minor`: negative is a credit that reduces the next invoice.
    Source: https://docs.stripe.com/billing/customer/balance
    """

    class TaxExempt(models.TextChoices):
        NONE = "none"
        EXEMPT = "exempt"
        REVERSE = "reverse", "reverse charge"

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="billing_profile")
    balance_minor = models.BigIntegerField(default=0)
    tax_exempt = models.CharField(max_length=16, choices=TaxExempt, default=TaxExempt.NONE)
    invoice_prefix = models.CharField(max_length=20, blank=True)

    class Meta:
        default_permissions = ["view"]

    def __str__(self) -> str:
        return f"billing of {self.customer_id}"
