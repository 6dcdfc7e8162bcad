import pgtrigger
from django.db import models

from billing.models.document import Document
from config.base import clock
from config.base.ids import PublicIdField
from payments.models import Customer


class Notice(models.Model):
    """One e-mail to a customer, once for its message, its subject and its occasion. Holds no address: that is
    the customer's when it is sent.
    """

    class Message(models.TextChoices):
        INVOICE = "invoice", "a new invoice"
        RECEIPT = "receipt", "a payment arrived"
        CREDIT_NOTE = "credit_note", "a credit note"
        PAYMENT_FAILED = "payment_failed", "a payment failed"
        PAYMENT_ACTION_REQUIRED = "payment_action_required", "the bank wants a confirmation"
        TRIAL_ENDING = "trial_ending", "a trial ends soon"
        RENEWAL = "renewal", "a subscription renews soon"

    class Status(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed", "given up; staff may send it again"
        SKIPPED = "skipped", "no address, or no longer true"

    public_id = PublicIdField("notice")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="notices")
    message = models.CharField(max_length=32, choices=Message)
    subject_type = models.CharField(max_length=32, help_text="invoice, credit_note, payment, subscription")
    subject_id = models.CharField(max_length=40, help_text="that row's public id")
    occasion = models.CharField(max_length=255, help_text="what it tells of: an event's id, a date, an attempt")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="notices")
    status = models.CharField(max_length=16, choices=Status, default=Status.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(help_text="real time")
    lease_until = models.DateTimeField(null=True, help_text="real time; somebody is sending it")
    sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        permissions = [("resend_notice", "Can send e-mails again")]
        constraints = [
            models.UniqueConstraint(fields=["message", "subject_id", "occasion"], name="notice_once_per_occasion"),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(status="waiting"), name="notice_waiting"),
            models.Index(fields=["customer", "-created_at"], name="notice_by_customer"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.message} {self.subject_id}"
