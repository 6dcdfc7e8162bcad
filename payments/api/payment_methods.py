"""`/api/v1/payment-methods`."""

from contextlib import suppress
from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.base.api import queries
from config.base.api.authentication import actor, api_key
from config.base.api.fields import Strict, StrictText
from config.base.api.pagination import PARAMETERS, CursorPages
from config.base.api.queries import Query
from config.base.api.schema import MISSING, Answer, operation
from config.base.errors import NotFound
from payments.api import examples
from payments.api.asking import AskingViewSet, latest_call
from payments.api.chosen import chosen_customer
from payments.api.shapes import Reference, Word
from payments.failures import CALM, InDoubt, NeverLeft
from payments.models import OutboundCall, PaymentMethod
from payments.services import method_choice, payment_methods
from payments.services.method_choice import PaymentMethodOfAnotherCustomer
from payments.services.payment_methods import PaymentMethodNotAttached

DOUBT = "Stripe has not answered: it settles by itself."
NOT_ATTACHED = PaymentMethodNotAttached("Only a payment method that is kept for a customer can be detached.")


class AttachInput(Strict):
    customer = StrictText(max_length=40)


class NothingInput(Strict):
    """An empty body, or none."""


class PaymentMethodQuery(Query):
    customer = serializers.CharField(max_length=40)
    status = serializers.ChoiceField(PaymentMethod.Status.choices, default=PaymentMethod.Status.ATTACHED)


class PaymentMethodBody(serializers.ModelSerializer[PaymentMethod]):
    id = Word(source="public_id", help_text="null while Stripe has not answered")
    customer = Reference("customer")
    status = serializers.CharField(help_text="unattached, attached, detached; unknown while Stripe has not answered")
    brand = Word()
    wallet = Word()
    bank_name = Word()
    last4 = Word()
    funding = Word()
    country = Word()
    is_default = serializers.SerializerMethodField()

    class Meta:
        model = PaymentMethod
        fields = (
            "id", "stripe_id", "customer", "status", "kind", "brand", "wallet", "bank_name", "last4", "exp_month",
            "exp_year", "funding", "country", "is_default", "created_at",
        )  # fmt: skip

    def get_is_default(self, method: PaymentMethod) -> bool:
        return bool(method.pk and method.customer and method.customer.default_payment_method_id == method.pk)


class PaymentMethods(AskingViewSet):
    resource = "payment-methods"
    pagination_class = CursorPages

    @operation(
        "payment_methods_list",
        "A customer's payment methods, newest first",
        query=PaymentMethodQuery,
        answers=[Answer(200, PaymentMethodBody(many=True), examples.PAYMENT_METHOD)],
    )
    def list(self, request: Request) -> Response:
        wanted = queries.read(request, PaymentMethodQuery, beside=PARAMETERS)
        customer = chosen_customer(request, wanted["customer"])
        pages = CursorPages()
        page = pages.paginate_queryset(_methods(request).filter(customer=customer, status=wanted["status"]), request)
        return pages.get_paginated_response(PaymentMethodBody(page, many=True).data)

    @operation(
        "payment_methods_retrieve",
        "One payment method",
        answers=[Answer(200, PaymentMethodBody, examples.PAYMENT_METHOD)],
        refusals=MISSING,
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(self.body_of(_named(request, id)))

    @operation(
        "payment_methods_attach",
        "Keep a payment method, made in the browser, for a customer",
        request=AttachInput,
        request_example={"customer": examples.CUSTOMER["id"]},
        answers=[
            Answer(200, PaymentMethodBody, examples.PAYMENT_METHOD),
            Answer(202, PaymentMethodBody, examples.PAYMENT_METHOD_IN_DOUBT, DOUBT),
        ],
        refusals=[NeverLeft(CALM), PaymentMethodOfAnotherCustomer()],
        writes=True,
    )
    def attach(self, request: Request, id: str) -> Response:
        asked = AttachInput(data=request.data)
        asked.is_valid(raise_exception=True)
        customer = chosen_customer(request, asked.validated_data["customer"])
        at_stripe = method_choice.stripe_id(account=api_key(request).account, reference=id, customer=customer)
        with suppress(InDoubt):
            payment_methods.attach(customer=customer, stripe_id=at_stripe, by=actor(request))
        return self.answer_to(latest_call(request))

    @operation(
        "payment_methods_set_default",
        "Charge this one where none is named",
        request=NothingInput,
        answers=[
            Answer(200, PaymentMethodBody, examples.PAYMENT_METHOD),
            Answer(202, PaymentMethodBody, examples.PAYMENT_METHOD_DETACHED, DOUBT),
        ],
        refusals=[NeverLeft(CALM), NOT_ATTACHED, *MISSING],
        writes=True,
    )
    def set_default(self, request: Request, id: str) -> Response:
        method = _named(request, id)
        NothingInput(data=request.data).is_valid(raise_exception=True)
        if method.customer is None:
            raise NOT_ATTACHED
        return self.answer_to(payment_methods.set_default(customer=method.customer, method=method, by=actor(request)))

    @operation(
        "payment_methods_detach",
        "Give a payment method up for good",
        request=NothingInput,
        answers=[
            Answer(200, PaymentMethodBody, examples.PAYMENT_METHOD_DETACHED),
            Answer(202, PaymentMethodBody, examples.PAYMENT_METHOD, DOUBT),
        ],
        refusals=[NeverLeft(CALM), NOT_ATTACHED, *MISSING],
        writes=True,
    )
    def detach(self, request: Request, id: str) -> Response:
        method = _named(request, id)
        NothingInput(data=request.data).is_valid(raise_exception=True)
        return self.answer_to(payment_methods.detach(method=method, by=actor(request)))

    def subject_of(self, call: OutboundCall) -> PaymentMethod:
        """The method that the call is about; one that Stripe has not told us of is shown without an id."""
        at_stripe = _stripe_id(call)
        method = _SHOWN.filter(Q(public_id=call.subject_id) | Q(stripe_id=at_stripe)).first()
        return method or PaymentMethod(public_id="", stripe_id=at_stripe, status="unknown")

    def body_of(self, row: PaymentMethod) -> dict[str, Any]:
        return dict(PaymentMethodBody(row).data)


_SHOWN = PaymentMethod.objects.select_related("customer", "account")


def _methods(request: Request) -> QuerySet[PaymentMethod]:
    return _SHOWN.filter(account=api_key(request).account)


def _named(request: Request, reference: str) -> PaymentMethod:
    method = _methods(request).filter(Q(public_id=reference) | Q(stripe_id=reference)).first()
    if method is None:
        raise NotFound("There is no such object.")
    return method


def _stripe_id(call: OutboundCall) -> str:
    if call.action == payment_methods.SET_DEFAULT:
        return str(call.params["invoice_settings"]["default_payment_method"])
    return call.root_id
