"""`/api/v1/invoices/{id}/pdf`: the document as it was issued."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from billing.api.invoice_answers import rows
from billing.services import documents
from billing.services.documents import NotIssued
from config.base.api.schema import MISSING, Answer, operation
from config.base.api.views import ApiViewSet
from config.base.pdf_response import pdf_response
from payments.api.asking import mine

PDF = "application/pdf"
DRAFT = NotIssued("An invoice has a document once it is finalized.")


class Pdf(BaseRenderer):
    """Lets a caller accept PDFs alone; the bytes are answered as they are stored."""

    media_type = PDF
    format = "pdf"
    charset = None
    render_style = "binary"

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        return bytes(data)


class InvoiceDocuments(ApiViewSet):
    resource = "invoices"
    renderer_classes = (JSONRenderer, Pdf)  # type: ignore[assignment]

    @operation(
        "invoices_pdf",
        "An invoice as a PDF",
        about="Always the same bytes: made once, when the invoice was issued, in the customer's language.",
        answers=[Answer(200, OpenApiTypes.BINARY, "%PDF-1.7 …", "The document", media_type=PDF)],
        refusals=[DRAFT, *MISSING],
    )
    def retrieve(self, request: Request, id: str) -> HttpResponse:
        document = documents.issue_invoice(mine(request, rows(request), id))
        return pdf_response(bytes(document.content), name=documents.filename(document))
