"""What the views of invoices have in common: how the row is found, shown, and told after a call."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.invoice_bodies import InvoiceBody
from billing.models import Invoice
from billing.services import draft_sending, invoice_wishes
from config.base.api.authentication import api_key
from config.base.api.idempotency import POLL_SECONDS
from payments.api.asking import AskingViewSet, mine
from payments.models import OutboundCall

SHOWN = Invoice.objects.select_related(
    "account__legal_entity", "customer__default_payment_method", "subscription", "from_invoice"
)
_MAKING = frozenset({draft_sending.CREATE, draft_sending.ADD_LINES})


class InvoiceViews(AskingViewSet):
    """A call about an invoice is answered with the invoice."""

    resource = "invoices"
    creates: ClassVar[frozenset[str]] = _MAKING

    def recall(self, request_id: str) -> Response | None:
        """The last call about an invoice; those about its customer only prepared it."""
        calls = OutboundCall.objects.filter(request_id=request_id, subject_type="invoice").select_related("account")
        call = calls.order_by("-id").first()
        return self.answer_to(call) if call else None

    def answer_to(self, call: OutboundCall) -> Response:
        """Making an invoice is many calls: it is in doubt until all its lines are there, and the sweep goes on."""
        row = self.subject_of(call)
        if call.action in _MAKING and row.stripe_id and row.wanted == Invoice.Wanted.SEND:
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
