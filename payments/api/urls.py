"""`/api/v1/`."""

from django.urls import path, register_converter

from payments.api.converters import PublicId
from payments.api.customers import Customers
from payments.api.events import Events
from payments.api.payment_methods import PaymentMethods
from payments.api.payments import Payments
from payments.api.refunds import Refunds
from payments.api.setup_intents import SetupIntents

register_converter(PublicId, "id")

urlpatterns = [
    path("payments", Payments.as_view({"get": "list", "post": "create"})),
    path("payments/<id:id>", Payments.as_view({"get": "retrieve"})),
    path("payments/<id:id>/capture", Payments.as_view({"post": "capture"})),
    path("payments/<id:id>/cancel", Payments.as_view({"post": "cancel"})),
    path("payments/<id:id>/refunds", Refunds.as_view({"get": "list", "post": "create"})),
    path("customers", Customers.as_view({"get": "list", "post": "create"})),
    path("customers/<id:id>", Customers.as_view({"get": "retrieve", "patch": "update"})),
    path("payment-methods", PaymentMethods.as_view({"get": "list"})),
    path("payment-methods/<id:id>", PaymentMethods.as_view({"get": "retrieve"})),
    path("payment-methods/<id:id>/attach", PaymentMethods.as_view({"post": "attach"})),
    path("payment-methods/<id:id>/set-default", PaymentMethods.as_view({"post": "set_default"})),
    path("payment-methods/<id:id>/detach", PaymentMethods.as_view({"post": "detach"})),
    path("setup-intents", SetupIntents.as_view({"post": "create"})),
    path("setup-intents/<id:id>", SetupIntents.as_view({"get": "retrieve"})),
    path("events", Events.as_view({"get": "list"})),
]
