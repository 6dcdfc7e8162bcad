"""`/api/v1/invoices`: written and sent, finalized, paid, voided."""

from collections.abc import Callable
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from billing.api import chosen, invoice_examples
from billing.api.invoice_answers import InvoiceViews, context, found, rows
from billing.api.invoice_bodies import (
    InvoiceBody,
    InvoiceInList,
    InvoiceInput,
    InvoiceQuery,
    InvoiceReasonInput,
    PayInput,
)
from billing.services import draft_sending, invoice_links, invoices
from billing.services.draft_terms import InvalidInvoice
from billing.services.invoice_links import NothingToPay
from billing.services.invoice_wishes import InvoiceNotChangeable
from billing.services.invoices import InvoiceBeingPaid, InvoiceIncomplete, NoPaymentMethod
from billing.services.tax import TaxUndecided
from config.base.api import queries
from config.base.api.authentication import actor
from config.base.api.pagination import PARAMETERS, CursorPages
from config.base.api.schema import MISSING, Answer, operation
from config.base.errors import DomainError
from payments.api.asking import latest_call
from payments.api.chosen import chosen_customer, chosen_payment_method
from payments.failures import CALM, CardDeclined, NeverLeft
from payments.services.parking import CustomerParked
from payments.services.payments import ActionInDoubt

Handler = Callable[..., Response]
DOUBT = "Stripe has not answered: poll the invoice, it settles by itself."
UNREACHABLE = NeverLeft(CALM)
PARKED = CustomerParked("This customer is parked and cannot be billed: two bills for a period", param="customer")
UNDECIDED = TaxUndecided("The customer's address has no country, so nobody can tell the tax.")
IN_DOUBT = ActionInDoubt("Stripe has not answered an earlier request for this invoice. It settles by itself.")
_LOOKUPS = {
    "customer": "customer__public_id",
    "subscription": "subscription__public_id",
    "status": "status",
    "number": "number",
    "currency": "currency",
    "created_after": "created_at__gt",
    "created_before": "created_at__lt",
}


def _wish(
    name: str,
    summary: str,
    *,
    done: dict[str, Any],
    doubtful: dict[str, Any],
    refusals: list[DomainError],
    request: Any = InvoiceReasonInput,
    example: dict[str, Any] | None = None,
    about: str = "",
) -> Callable[[Handler], Handler]:
    """How a wish about an invoice is described."""
    return operation(
        f"invoices_{name}",
        summary,
        about=about,
        request=request,
        request_example=example or {"reason": "Agreed on the phone"},
        answers=[Answer(200, InvoiceBody, done), Answer(202, InvoiceBody, doubtful, DOUBT)],
        refusals=[UNREACHABLE, *refusals, IN_DOUBT, *MISSING],
        writes=True,
    )


class Invoices(InvoiceViews):
    pagination_class = CursorPages

    @operation(
        "invoices_create",
        "Write an invoice",
        about="It is a draft at Stripe, with Stripe's sums and taxes, until it is finalized.",
        request=InvoiceInput,
        request_example=invoice_examples.ASKED,
        answers=[
            Answer(201, InvoiceBody, invoice_examples.INVOICE),
            Answer(202, InvoiceBody, invoice_examples.IN_DOUBT, DOUBT),
        ],
        refusals=[
            UNREACHABLE,
            InvalidInvoice("Say when it is due: in how many days, or on which day.", param="days_until_due"),
            UNDECIDED,
            PARKED,
        ],
        writes=True,
    )
    def create(self, request: Request) -> Response:
        asked = InvoiceInput(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        draft_sending.make(
            customer=chosen_customer(request, wanted["customer"]),
            currency=wanted["currency"],
            terms=asked.terms(chosen.discounts(request, wanted["discounts"])),
            lines=asked.lines_for(chosen.prices_of_lines(request, wanted["lines"])),
            by=actor(request),
        )
        return self.answer_to(latest_call(request))

    @operation(
        "invoices_list",
        "Invoices, newest first",
        query=InvoiceQuery,
        answers=[Answer(200, InvoiceInList(many=True), invoice_examples.LISTED)],
    )
    def list(self, request: Request) -> Response:
        wanted = queries.read(request, InvoiceQuery, beside=PARAMETERS)
        pages = CursorPages()
        matching = rows(request).filter(**{_LOOKUPS[name]: value for name, value in wanted.items()})
        page = pages.paginate_queryset(matching, request)
        return pages.get_paginated_response(InvoiceInList(page, many=True, context=context(page)).data)

    @operation(
        "invoices_retrieve",
        "One invoice",
        answers=[Answer(200, InvoiceBody, invoice_examples.OPEN)],
        refusals=MISSING,
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(self.body_of(found(request, id)))

    @_wish(
        "finalize",
        "Make a draft binding",
        about="It gets its number and cannot be changed any more. When the tax service cannot say the tax, the answer "
        "is 409 `tax_undecided`; the invoice waits, and is finalized by itself.",
        done=invoice_examples.OPEN,
        doubtful=invoice_examples.FINALIZE_IN_DOUBT,
        refusals=[
            InvoiceNotChangeable("The invoice is open; this is not possible."),
            InvoiceIncomplete("Send the draft again first: Stripe does not have all of its lines."),
            UNDECIDED,
            PARKED,
        ],
    )
    def finalize(self, request: Request, id: str) -> Response:
        asked = _read(InvoiceReasonInput, request)
        return self.answer_to(invoices.finalize(invoice=found(request, id), by=actor(request), **asked))

    @_wish(
        "pay",
        "Collect an invoice with a saved payment method",
        about="Through the payment that Stripe made for the invoice. With `paid_outside` nothing is collected.",
        request=PayInput,
        example={"payment_method": "method_5xTn8sWfGa0JYyVbRz3mQk"},
        done=invoice_examples.PAID,
        doubtful=invoice_examples.PAY_IN_DOUBT,
        refusals=[
            CardDeclined("Your card was declined.", http_status=402, body={"code": "card_declined"}),
            InvoiceNotChangeable("The invoice is void; this is not possible."),
            InvoiceBeingPaid("A payment of it is on its way. Wait until it has settled."),
            NoPaymentMethod("The customer has no default payment method. Name one, or send the payment link."),
            PARKED,
        ],
    )
    def pay(self, request: Request, id: str) -> Response:
        asked, invoice, by = _read(PayInput, request), found(request, id), actor(request)
        if asked["paid_outside"]:
            return self.answer_to(invoices.record_paid_outside(invoice=invoice, reason=asked["reason"], by=by))
        method = chosen_payment_method(request, asked["payment_method"], invoice.customer)
        return self.answer_to(invoices.pay(invoice=invoice, payment_method=method, reason=asked["reason"], by=by))

    @operation(
        "invoices_pay_link",
        "The payment page of an open invoice",
        about="`pay_url` of the answer is for the payer; a second call answers the same.",
        request=None,
        answers=[Answer(200, InvoiceBody, invoice_examples.LINKED)],
        refusals=[NothingToPay("The invoice is paid; only an open one is paid by link."), PARKED, *MISSING],
        writes=True,
    )
    def pay_link(self, request: Request, id: str) -> Response:
        invoice = found(request, id)
        invoice_links.of(invoice=invoice, by=actor(request))
        return Response(self.body_of(invoice))

    @_wish(
        "void",
        "Take an invoice back that was not paid",
        about="Its number stays with it. One that is being paid is not voided.",
        done=invoice_examples.VOID,
        doubtful=invoice_examples.VOID_IN_DOUBT,
        refusals=[
            InvoiceNotChangeable("The invoice is paid; this is not possible."),
            InvoiceBeingPaid("A payment of it is on its way. Wait until it has settled."),
        ],
    )
    def void(self, request: Request, id: str) -> Response:
        asked = _read(InvoiceReasonInput, request)
        return self.answer_to(invoices.void(invoice=found(request, id), by=actor(request), **asked))


def _read(kind: Any, request: Request) -> dict[str, Any]:
    asked = kind(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
