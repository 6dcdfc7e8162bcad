"""What the views of invoices have in common: how the row is found, shown, and told after a call."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.invoice_bodies import InvoiceBody
from billing.models import Invoice
from billing.services import draft_sending, invoice_wishes, invoices, tax_exemptions
from config.base.api.authentication import api_key
from config.base.api.idempotency import POLL_SECONDS
from payments.api.asking import AskingViewSet, mine
from payments.models import OutboundCall

SHOWN = Invoice.objects.select_related(
    "account__legal_entity", "customer__default_payment_method", "subscription", "from_invoice"
)
_GOES_ON = {
    draft_sending.CREATE: Invoice.Wanted.SEND,
    draft_sending.ADD_LINES: Invoice.Wanted.SEND,
    invoices.SET_NUMBER: Invoice.Wanted.FINALIZE,
    invoices.FINALIZE: Invoice.Wanted.FINALIZE,
}


class InvoiceViews(AskingViewSet):
    """A call about an invoice is answered with the invoice."""

    resource = "invoices"
    creates: ClassVar[frozenset[str]] = frozenset({draft_sending.CREATE, draft_sending.ADD_LINES})
    prepares: ClassVar[frozenset[str]] = frozenset({tax_exemptions.SET})

    def answer_to(self, call: OutboundCall) -> Response:
        """Making an invoice, and finalizing it under our number, are several calls: the sweep goes on with them."""
        row = self.subject_of(call)
        if row.status == Invoice.Status.DRAFT and row.wanted == _GOES_ON.get(call.action):
            return Response(self.body_of(row), status=202, headers={"Retry-After": str(POLL_SECONDS)})
        return super().answer_to(call)

    def subject_of(self, call: OutboundCall) -> Invoice:
        return SHOWN.get(public_id=call.subject_id)

    def body_of(self, row: Invoice) -> dict[str, Any]:
        return dict(InvoiceBody(row, context=context([row])).data)


def found(request: Request, public_id: str) -> Invoice:
    """The invoice with this id in the key's account; raises NotFound."""
    invoice: Invoice = mine(request, SHOWN, public_id)
    return invoice


def rows(request: Request) -> QuerySet[Invoice]:
    return SHOWN.filter(account=api_key(request).account)


def context(page: list[Invoice]) -> dict[str, Any]:
    return {"doubts": invoice_wishes.doubts_among(page)}
