"""`/api/v1/customers/{id}/access`: may this customer use it, until when, and why."""

from rest_framework.request import Request
from rest_framework.response import Response

from billing.api import subscription_examples
from billing.api.subscription_bodies import AccessBody
from billing.services import access
from config.base.api.authentication import api_key
from config.base.api.schema import MISSING, Answer, operation
from config.base.api.views import ApiViewSet
from payments.api.asking import mine
from payments.models import Customer


class Access(ApiViewSet):
    resource = "customers"

    @operation(
        "customers_access",
        "May this customer use it",
        about="Answered from our own tables. `reason` is one of "
        + ", ".join(f"`{word}`" for word in access.WORDS)
        + ".",
        answers=[Answer(200, AccessBody, subscription_examples.ACCESS)],
        refusals=MISSING,
    )
    def retrieve(self, request: Request, id: str) -> Response:
        customer = mine(request, Customer.objects.filter(account=api_key(request).account), id)
        return Response(AccessBody(access.of(customer=customer)).data)
