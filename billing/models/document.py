import pgtrigger
from django.db import models
from django.db.models import Q

from billing.models.credit_note import CreditNote
from billing.models.invoice import Invoice
from config.base import clock
from config.base.ids import PublicIdField
from config.base.models import LegalEntity
from payments.models import Payment


class Document(models.Model):
    """A PDF, made once when its subject was issued, and never again: a new template does not change it."""

    class Kind(models.TextChoices):
        INVOICE = "invoice"
        CREDIT_NOTE = "credit_note"
        RECEIPT = "receipt"

    public_id = PublicIdField("doc")
    kind = models.CharField(max_length=16, choices=Kind)
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, null=True, related_name="document")
    credit_note = models.OneToOneField(CreditNote, on_delete=models.PROTECT, null=True, related_name="document")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="receipt")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    template = models.CharField(max_length=40, help_text="name and version of the template that made it")
    locale = models.CharField(max_length=35)
    issued_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="invoice", invoice__isnull=False, credit_note=None, payment=None)
                | Q(kind="credit_note", invoice=None, credit_note__isnull=False, payment=None)
                | Q(kind="receipt", invoice=None, credit_note=None, payment__isnull=False),
                name="document_has_its_subject",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.public_id


class Letterhead(models.Model):
    """How a legal entity's documents and e-mails look. User text; escaped wherever it is shown."""

    legal_entity = models.OneToOneField(LegalEntity, on_delete=models.PROTECT, related_name="letterhead")
    address = models.TextField(blank=True, help_text="as it stands on documents, line by line")
    tax_ids = models.TextField(blank=True, help_text="one a line, such as VAT DE123456789")
    footer = models.TextField(blank=True, help_text="bank details, register, directors")
    payment_terms = models.TextField(blank=True)
    logo = models.BinaryField(null=True, blank=True, editable=True, help_text="PNG or SVG")
    logo_type = models.CharField(max_length=16, blank=True, help_text="png or svg")
    reply_to = models.EmailField(blank=True)

    class Meta:
        default_permissions = ["view", "change"]

    def __str__(self) -> str:
        return f"letterhead of {self.legal_entity}"
