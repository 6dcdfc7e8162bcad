"""`/api/v1/payments`."""

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from config.base.api import queries
from config.base.api.authentication import actor, api_key
from config.base.api.pagination import PARAMETERS, CursorPages
from config.base.api.schema import MISSING, Answer, operation
from config.base.money import Money
from payments.api import examples
from payments.api.asking import AskingViewSet, latest_call, mine
from payments.api.chosen import chosen_customer, chosen_payment_method
from payments.api.payment_bodies import (
    CancelInput,
    CaptureInput,
    PaymentBody,
    PaymentInList,
    PaymentInput,
    PaymentQuery,
)
from payments.failures import CALM, NeverLeft, Refused
from payments.models import Dispute, OutboundCall, Payment
from payments.services import doubts, payments
from payments.services.method_choice import PaymentMethodOfAnotherCustomer
from payments.services.payments import ActionInDoubt, PaymentNotCancelable, PaymentNotCapturable

DOUBT = "Stripe has not answered: poll the payment, it settles by itself."
UNREACHABLE = NeverLeft(CALM)
REFUSED = Refused("Invalid currency: xyz.", http_status=400, body={"param": "currency"})


class Payments(AskingViewSet):
    resource = "payments"
    creates: ClassVar[frozenset[str]] = frozenset({payments.CREATE})
    pagination_class = CursorPages

    @operation(
        "payments_create",
        "Ask for a payment",
        about="With `confirm` and a `payment_method` it is tried at once; without, give `pay_url` to the payer, or "
        "`client_secret` to Stripe.js. 503 means that nothing was asked: the same Idempotency-Key may be sent again.",
        request=PaymentInput,
        request_example=examples.PAYMENT_ASKED,
        answers=[
            Answer(201, PaymentBody, examples.PAYMENT, "Created; a declined card shows in status and codes."),
            Answer(202, PaymentBody, examples.PAYMENT_IN_DOUBT, DOUBT),
        ],
        refusals=[UNREACHABLE, REFUSED, PaymentMethodOfAnotherCustomer(), *MISSING],
        writes=True,
    )
    def create(self, request: Request) -> Response:
        asked = PaymentInput(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        customer = chosen_customer(request, wanted["customer"]) if wanted.get("customer") else None
        payments.create(
            account=api_key(request).account,
            amount=Money(wanted["amount"], wanted["currency"]),
            customer=customer,
            payment_method=chosen_payment_method(request, wanted.get("payment_method"), customer),
            description=wanted["description"],
            metadata=wanted["metadata"],
            capture_method=wanted["capture_method"],
            confirm=wanted["confirm"],
            off_session=wanted["off_session"],
            return_url=wanted["return_url"],
            setup_future_usage=wanted["setup_future_usage"],
            link=asked.link(),
            by=actor(request),
        )
        return self.answer_to(latest_call(request))

    @operation(
        "payments_list",
        "Payments, newest first",
        query=PaymentQuery,
        answers=[Answer(200, PaymentInList(many=True), examples.PAYMENT_LISTED)],
    )
    def list(self, request: Request) -> Response:
        wanted = queries.read(request, PaymentQuery, beside=PARAMETERS)
        pages = CursorPages()
        page = pages.paginate_queryset(_found(_payments(request), wanted), request)
        return pages.get_paginated_response(PaymentInList(page, many=True, context=_context(page)).data)

    @operation(
        "payments_retrieve",
        "One payment",
        answers=[Answer(200, PaymentBody, examples.PAYMENT_DISPUTED)],
        refusals=MISSING,
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(self.body_of(mine(request, _payments(request), id)))

    @operation(
        "payments_capture",
        "Take what was reserved, or part of it",
        about="The rest of what was reserved is released to the payer.",
        request=CaptureInput,
        request_example={"amount": 1099},
        answers=[
            Answer(200, PaymentBody, examples.PAYMENT_CAPTURED),
            Answer(202, PaymentBody, examples.PAYMENT_CAPTURE_IN_DOUBT, DOUBT),
        ],
        refusals=[
            UNREACHABLE,
            PaymentNotCapturable("The payment is canceled; only an authorized one can be captured."),
            ActionInDoubt("Stripe has not answered an earlier request for this payment. It settles by itself."),
            *MISSING,
        ],
        writes=True,
    )
    def capture(self, request: Request, id: str) -> Response:
        payment = mine(request, _payments(request), id)
        asked = CaptureInput(data=request.data)
        asked.is_valid(raise_exception=True)
        minor = asked.validated_data.get("amount")
        amount = None if minor is None else Money(minor, payment.currency)
        return self.answer_to(payments.capture(payment=payment, amount=amount, by=actor(request)))

    @operation(
        "payments_cancel",
        "Give a payment up",
        request=CancelInput,
        request_example={"reason": "requested_by_customer"},
        answers=[
            Answer(200, PaymentBody, examples.PAYMENT_CANCELED),
            Answer(202, PaymentBody, examples.PAYMENT_CANCEL_IN_DOUBT, DOUBT),
        ],
        refusals=[
            UNREACHABLE,
            PaymentNotCancelable("The payment is succeeded; it can no longer be canceled."),
            *MISSING,
        ],
        writes=True,
    )
    def cancel(self, request: Request, id: str) -> Response:
        payment = mine(request, _payments(request), id)
        asked = CancelInput(data=request.data)
        asked.is_valid(raise_exception=True)
        return self.answer_to(
            payments.cancel(payment=payment, reason=asked.validated_data["reason"], by=actor(request))
        )

    def subject_of(self, call: OutboundCall) -> Payment:
        return _SHOWN.get(public_id=call.subject_id)

    def body_of(self, row: Payment) -> dict[str, Any]:
        return dict(PaymentBody(row, context=_context([row])).data)

    def stands(self, row: Payment, call: OutboundCall) -> bool:
        return call.action == payments.CREATE and row.status != Payment.Status.REJECTED


_DISPUTES = Prefetch("disputes", Dispute.objects.order_by("-stripe_created_at", "-id"))
_SHOWN = Payment.objects.select_related("customer", "payment_method", "pay_link", "account").prefetch_related(_DISPUTES)


def _payments(request: Request) -> QuerySet[Payment]:
    return _SHOWN.filter(account=api_key(request).account)


def _context(payments: list[Payment]) -> dict[str, Any]:
    return {"doubts": doubts.among(payments)}


_LOOKUPS = {
    "customer": "customer__public_id",
    "status": "status",
    "amount": "amount_minor",
    "currency": "currency",
    "created_after": "created_at__gt",
    "created_before": "created_at__lt",
}


def _found(rows: QuerySet[Payment], wanted: dict[str, Any]) -> QuerySet[Payment]:
    return rows.filter(**{_LOOKUPS[name]: value for name, value in wanted.items()})
