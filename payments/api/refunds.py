"""`/api/v1/payments/{id}/refunds`."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from config.base.api import queries
from config.base.api.authentication import actor
from config.base.api.pagination import PARAMETERS, CursorPages
from config.base.api.schema import MISSING, Answer, operation
from config.base.money import Money
from payments.api import examples
from payments.api.asking import AskingViewSet, latest_call, mine
from payments.api.payment_bodies import RefundBody, RefundInput
from payments.failures import CALM, NeverLeft
from payments.models import OutboundCall, Payment, Refund
from payments.services import refunds
from payments.services.refunds import PaymentDisputed, PaymentNotRefundable, RefundExceedsPayment

DOUBT = "Stripe has not answered: the refund counts as asked and settles by itself."


class Refunds(AskingViewSet):
    resource = "payments"
    creates: ClassVar[frozenset[str]] = frozenset({refunds.CREATE})
    pagination_class = CursorPages

    @operation(
        "payments_refunds_create",
        "Give money back",
        request=RefundInput,
        request_example={"amount": 500, "reason": "requested_by_customer", "note": "One of two arrived broken"},
        answers=[
            Answer(201, RefundBody, examples.REFUND),
            Answer(202, RefundBody, examples.REFUND_IN_DOUBT, DOUBT),
        ],
        refusals=[
            NeverLeft(CALM),
            PaymentNotRefundable("Everything that was received is refunded already, or being refunded."),
            PaymentDisputed("The bank takes €10.99 back for its customer; nothing can be refunded."),
            RefundExceedsPayment("At most €5.99 can still be refunded.", param="amount"),
            *MISSING,
        ],
        writes=True,
    )
    def create(self, request: Request, id: str) -> Response:
        payment = mine(request, Payment.objects.select_related("account"), id)
        asked = RefundInput(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        amount = Money(wanted["amount"], payment.currency) if "amount" in wanted else None
        refunds.create(payment=payment, amount=amount, reason=wanted["reason"], note=wanted["note"], by=actor(request))
        return self.answer_to(latest_call(request))

    @operation(
        "payments_refunds_list",
        "Refunds of a payment, newest first",
        query=queries.Query,
        answers=[Answer(200, RefundBody(many=True), examples.REFUND)],
        refusals=MISSING,
    )
    def list(self, request: Request, id: str) -> Response:
        queries.read(request, queries.Query, beside=PARAMETERS)
        payment = mine(request, Payment.objects.all(), id)
        pages = CursorPages()
        page = pages.paginate_queryset(payment.refunds.select_related("payment"), request)
        return pages.get_paginated_response(RefundBody(page, many=True).data)

    def subject_of(self, call: OutboundCall) -> Refund:
        return Refund.objects.select_related("payment").get(public_id=call.subject_id)

    def body_of(self, row: Refund) -> dict[str, Any]:
        return dict(RefundBody(row).data)
