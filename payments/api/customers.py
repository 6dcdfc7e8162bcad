"""`/api/v1/customers`."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.db.models.functions import Lower
from rest_framework.request import Request
from rest_framework.response import Response

from config.base.api import queries
from config.base.api.authentication import actor, api_key
from config.base.api.pagination import PARAMETERS, CursorPages
from config.base.api.schema import MISSING, Answer, operation
from payments.api import examples
from payments.api.asking import AskingViewSet, latest_call, mine
from payments.api.customer_bodies import CustomerBody, CustomerChange, CustomerInput, CustomerQuery
from payments.failures import CALM, NeverLeft
from payments.models import Customer, OutboundCall
from payments.services import customers
from payments.services.customers import CustomerDeleted, CustomerNotReady

DOUBT = "Stripe has not answered: the customer settles by itself."


class Customers(AskingViewSet):
    resource = "customers"
    creates: ClassVar[frozenset[str]] = frozenset({customers.CREATE})
    pagination_class = CursorPages

    @operation(
        "customers_create",
        "Introduce a customer",
        request=CustomerInput,
        request_example=examples.CUSTOMER_ASKED,
        answers=[
            Answer(201, CustomerBody, examples.CUSTOMER),
            Answer(202, CustomerBody, examples.CUSTOMER_IN_DOUBT, DOUBT),
        ],
        refusals=[NeverLeft(CALM)],
        writes=True,
    )
    def create(self, request: Request) -> Response:
        asked = CustomerInput(data=request.data)
        asked.is_valid(raise_exception=True)
        customers.create(account=api_key(request).account, by=actor(request), **asked.wishes())
        return self.answer_to(latest_call(request))

    @operation(
        "customers_list",
        "Customers, newest first",
        query=CustomerQuery,
        answers=[Answer(200, CustomerBody(many=True), examples.CUSTOMER)],
    )
    def list(self, request: Request) -> Response:
        wanted = queries.read(request, CustomerQuery, beside=PARAMETERS)
        pages = CursorPages()
        page = pages.paginate_queryset(_found(_customers(request), wanted), request)
        return pages.get_paginated_response(CustomerBody(page, many=True).data)

    @operation(
        "customers_retrieve",
        "One customer",
        answers=[Answer(200, CustomerBody, examples.CUSTOMER)],
        refusals=MISSING,
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(self.body_of(mine(request, _customers(request), id)))

    @operation(
        "customers_update",
        "Change a customer",
        about="What is left out stays; an empty text clears; an address replaces the whole address; metadata merges, "
        "and an empty value removes its key.",
        request=CustomerChange,
        request_example={"name": "Ada King", "metadata": {"shop_id": ""}},
        answers=[
            Answer(200, CustomerBody, examples.CUSTOMER),
            Answer(202, CustomerBody, examples.CUSTOMER, DOUBT),
        ],
        refusals=[
            NeverLeft(CALM),
            CustomerDeleted("The customer was deleted at Stripe."),
            CustomerNotReady("Stripe has not confirmed this customer yet. Try again shortly."),
            *MISSING,
        ],
        writes=True,
    )
    def update(self, request: Request, id: str) -> Response:
        customer = mine(request, _customers(request), id)
        asked = CustomerChange(data=request.data)
        asked.is_valid(raise_exception=True)
        if not asked.validated_data:
            return Response(self.body_of(customer))
        return self.answer_to(customers.update(customer=customer, by=actor(request), **asked.wishes()))

    def subject_of(self, call: OutboundCall) -> Customer:
        return _SHOWN.get(public_id=call.subject_id)

    def body_of(self, row: Customer) -> dict[str, Any]:
        return dict(CustomerBody(row).data)


_SHOWN = Customer.objects.select_related("account", "default_payment_method").prefetch_related("tax_ids")


def _customers(request: Request) -> QuerySet[Customer]:
    return _SHOWN.filter(account=api_key(request).account)


_LOOKUPS = {"created_after": "created_at__gt", "created_before": "created_at__lt"}


def _found(rows: QuerySet[Customer], wanted: dict[str, Any]) -> QuerySet[Customer]:
    if email := wanted.pop("email", ""):
        rows = rows.alias(address=Lower("email")).filter(address=email.lower())
    return rows.filter(**{_LOOKUPS[name]: value for name, value in wanted.items()})
