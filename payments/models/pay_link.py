from django.db import models

from config.base import clock
from config.base.ids import PublicIdField
from payments.models.payment import Payment


class PayLink(models.Model):
    """What the hosted payment page shows of a payment: title, lines and way back, as its caller gave them.

    The address carries a signed token made from `public_id`; nothing here can be turned into it without SECRET_KEY.
    """

    public_id = PublicIdField("link")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="pay_link")
    title = models.CharField(max_length=200, blank=True)
    lines = models.JSONField(default=list, blank=True, help_text='[{"description": …, "quantity": …, "amount": minor}]')
    return_url = models.URLField(max_length=2000, blank=True)
    terms_url = models.URLField(max_length=2000, blank=True, help_text="terms the payer must accept, if any")
    terms_accepted_at = models.DateTimeField(null=True, blank=True)
    collects_billing_address = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]

    def __str__(self) -> str:
        return self.title or self.public_id
