"""Addresses for customers without a log-in: a PDF to download, an invoice to pay. Signed: nobody can guess one."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from billing.models import Document, Invoice
from config.base.errors import NotFound

# A link in an e-mail is for whoever has the e-mail; after this long they ask for the document anew.
DOWNLOADABLE_FOR = timedelta(days=365)

_download = signing.TimestampSigner(sep=".", salt="billing.documents")
_pay = signing.Signer(sep=".", salt="billing.invoices.pay")


def to_download(document: Document) -> str:
    """The address of the PDF, good for a year."""
    return settings.SITE_URL + reverse("document", args=[_download.sign(document.public_id)])


def to_pay(invoice: Invoice) -> str:
    """The address at which the invoice is paid, the same for ever: it stands on paper."""
    return settings.SITE_URL + reverse("pay_invoice", args=[_pay.sign(invoice.public_id)])


def document_for(token: str) -> Document:
    """The document of an address; raises the same NotFound for a forged, an old and an unknown one."""
    try:
        public_id = _download.unsign(token, max_age=DOWNLOADABLE_FOR)
        return Document.objects.get(public_id=public_id)
    except (signing.BadSignature, Document.DoesNotExist):
        raise NotFound("There is no such document, or its link is too old. Ask for a new one.") from None


def invoice_for(token: str) -> Invoice:
    """The invoice of an address; raises NotFound."""
    try:
        rows = Invoice.objects.select_related("customer", "account__legal_entity")
        return rows.get(public_id=_pay.unsign(token))
    except (signing.BadSignature, Invoice.DoesNotExist):
        raise NotFound("There is no such invoice.") from None
