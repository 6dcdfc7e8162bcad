from django.db import models

from config.base import clock
from config.base.ids import PublicIdField


class LegalEntity(models.Model):
    """The company that issues documents and keeps books: brand, time zone, currency hang on it."""

    public_id = PublicIdField("entity")
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2, upper case")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name; days are booked in this zone")
    currency = models.CharField(max_length=3, default="usd", help_text="currency of the books, lower-case ISO 4217")
    books_closed_through = models.DateField(
        null=True, blank=True, help_text="nothing is posted on or before this day any more"
    )
    support_email = models.EmailField(blank=True)
    brand_color = models.CharField(max_length=7, default="#3b5bdb", help_text="#rrggbb")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name_plural = "legal entities"

    def __str__(self) -> str:
        return self.name


class StripeAccount(models.Model):
    """One Stripe account in one mode. Every Stripe-backed row belongs to one."""

    public_id = PublicIdField("account")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="stripe_accounts")
    stripe_id = models.CharField(max_length=64, help_text="acct_…")
    livemode = models.BooleanField()
    country = models.CharField(max_length=2, blank=True)
    default_currency = models.CharField(max_length=3, blank=True)
    display_name = models.CharField(max_length=200, blank=True)
    events_read_until = models.DateTimeField(
        null=True, blank=True, help_text="the poller has read Stripe's event list up to here"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stripe_id", "livemode"], name="stripe_account_once_per_mode")]

    def __str__(self) -> str:
        return f"{self.display_name or self.stripe_id} ({'live' if self.livemode else 'test'})"
