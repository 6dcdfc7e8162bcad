import pgtrigger
from django.db import models
from django.db.models import Q, QuerySet

from billing.models.invoice import Invoice, InvoiceLine
from billing.models.stripe_row import StripeRow
from config.base.ids import PublicIdField
from config.base.money import Money

_NEVER_ABOVE_TOTAL = """
    PERFORM 1 FROM billing_invoice WHERE id = NEW.invoice_id FOR UPDATE;
    IF NEW.total_minor + COALESCE((
        SELECT SUM(total_minor) FROM billing_creditnote
        WHERE invoice_id = NEW.invoice_id AND status NOT IN ('void', 'rejected')
    ), 0) > (SELECT total_minor FROM billing_invoice WHERE id = NEW.invoice_id) THEN
        RAISE EXCEPTION 'credit notes asked would exceed the invoice'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_never_above_invoice';
    END IF;
    RETURN NEW;
"""


class CreditNoteQuerySet(QuerySet["CreditNote"]):
    def counting(self) -> "CreditNoteQuerySet":
        """Credit notes that reduce or may reduce an invoice: asked, in doubt or issued."""
        return self.exclude(status__in=CreditNote.WITHOUT_EFFECT)


class CreditNote(StripeRow):
    """A document that takes back an invoice, or part of it. `unknown` and `rejected` are ours."""

    class Status(models.TextChoices):
        UNKNOWN = "unknown"
        ISSUED = "issued"
        VOID = "void"
        REJECTED = "rejected"

    class Reason(models.TextChoices):
        DUPLICATE = "duplicate"
        FRAUDULENT = "fraudulent"
        ORDER_CHANGE = "order_change"
        PRODUCT_UNSATISFACTORY = "product_unsatisfactory"

    WITHOUT_EFFECT = (Status.VOID, Status.REJECTED)

    public_id = PublicIdField("cn")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    status = models.CharField(max_length=16, choices=Status, default=Status.UNKNOWN)
    number = models.CharField(max_length=64, blank=True)
    type = models.CharField(max_length=16, blank=True, help_text="pre_payment, post_payment or mixed")
    reason = models.CharField(max_length=32, choices=Reason, blank=True)
    memo = models.TextField(blank=True)
    note = models.TextField(blank=True, help_text="why, in our own words; stays here")
    currency = models.CharField(max_length=3)
    subtotal_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField()
    pre_payment_minor = models.BigIntegerField(default=0)
    post_payment_minor = models.BigIntegerField(default=0)
    refund_minor = models.BigIntegerField(default=0, help_text="given back to the payment method")
    credit_minor = models.BigIntegerField(default=0, help_text="credited to the customer's balance")
    out_of_band_minor = models.BigIntegerField(default=0, help_text="given back another way")
    refund_ids = models.JSONField(default=list, help_text="re_… of its refunds")
    effective_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    requested_by = models.CharField(max_length=150, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.TextField(blank=True)

    objects = CreditNoteQuerySet.as_manager()

    class Meta:
        default_permissions = ["view"]
        permissions = [
            ("issue_creditnote", "Can issue credit notes"),
            ("void_creditnote", "Can void credit notes"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(stripe_id__isnull=False) | Q(status__in=["unknown", "rejected"]),
                name="credit_note_status_comes_from_stripe",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="credit_note_newest"),
            models.Index(fields=["number"], name="credit_note_by_number"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="asked_within_invoice",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__stripe_id__isnull=True),
                func=_NEVER_ABOVE_TOTAL,
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.public_id

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)


class CreditNoteLine(models.Model):
    """A line of a credit note: of an invoice's line, or one of its own."""

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="lines")
    stripe_id = models.CharField(max_length=255, null=True, unique=True, editable=False, help_text="cnli_…")
    invoice_line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, null=True, related_name="credited_by")
    position = models.PositiveIntegerField()
    description = models.TextField(blank=True)
    quantity = models.BigIntegerField(null=True)
    amount_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ["view"]
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.stripe_id or str(self.pk)
