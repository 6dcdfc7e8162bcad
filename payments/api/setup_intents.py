"""`/api/v1/setup-intents`."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.base.api.authentication import actor, api_key
from config.base.api.fields import Metadata, Strict, StrictText
from config.base.api.schema import MISSING, Answer, operation
from payments.api import examples
from payments.api.asking import AskingViewSet, latest_call, mine
from payments.api.chosen import chosen_customer
from payments.api.shapes import Reference, Word
from payments.failures import CALM, NeverLeft
from payments.models import OutboundCall, SetupIntent
from payments.services import setup_intents
from payments.services.customers import CustomerNotReady

DOUBT = "Stripe has not answered: poll the setup intent, it settles by itself."


class SetupIntentInput(Strict):
    customer = StrictText(max_length=40)
    usage = serializers.ChoiceField(["off_session", "on_session"], default="off_session")
    description = StrictText(max_length=1000, required=False, allow_blank=True, default="")
    metadata = Metadata(default=dict)


class SetupIntentBody(serializers.ModelSerializer[SetupIntent]):
    id = serializers.CharField(source="public_id")
    stripe_id = Word()
    customer = Reference("customer")
    payment_method = Reference("payment_method")
    failure_code = Word()
    decline_code = Word()
    failure_message = Word()
    description = Word()
    metadata = serializers.DictField(child=serializers.CharField())
    client_secret = Word(help_text="for Stripe.js in the customer's browser")

    class Meta:
        model = SetupIntent
        fields = (
            "id", "stripe_id", "status", "customer", "payment_method", "usage", "failure_code", "decline_code",
            "failure_message", "description", "metadata", "client_secret", "created_at",
        )  # fmt: skip


class SetupIntents(AskingViewSet):
    resource = "setup-intents"
    creates: ClassVar[frozenset[str]] = frozenset({setup_intents.CREATE})

    @operation(
        "setup_intents_create",
        "Ask to keep a payment method without charging it",
        request=SetupIntentInput,
        request_example={"customer": examples.CUSTOMER["id"], "usage": "off_session"},
        answers=[
            Answer(201, SetupIntentBody, examples.SETUP_INTENT),
            Answer(202, SetupIntentBody, examples.SETUP_INTENT_IN_DOUBT, DOUBT),
        ],
        refusals=[
            NeverLeft(CALM),
            CustomerNotReady("Stripe has not confirmed this customer yet. Try again shortly.", param="customer"),
        ],
        writes=True,
    )
    def create(self, request: Request) -> Response:
        asked = SetupIntentInput(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        customer = chosen_customer(request, wanted.pop("customer"))
        setup_intents.create(account=api_key(request).account, customer=customer, by=actor(request), **wanted)
        return self.answer_to(latest_call(request))

    @operation(
        "setup_intents_retrieve",
        "One setup intent",
        answers=[Answer(200, SetupIntentBody, examples.SETUP_INTENT)],
        refusals=MISSING,
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(self.body_of(mine(request, _SHOWN.all(), id)))

    def subject_of(self, call: OutboundCall) -> SetupIntent:
        return _SHOWN.get(public_id=call.subject_id)

    def body_of(self, row: SetupIntent) -> dict[str, Any]:
        return dict(SetupIntentBody(row).data)


_SHOWN = SetupIntent.objects.select_related("customer", "payment_method", "account")
