"""`/api/v1/`."""

from django.urls import path, register_converter

from payments.api.converters import PublicId
from payments.api.events import Events
from payments.api.payments import Payments
from payments.api.refunds import Refunds

register_converter(PublicId, "id")

urlpatterns = [
    path("payments", Payments.as_view({"get": "list", "post": "create"})),
    path("payments/<id:id>", Payments.as_view({"get": "retrieve"})),
    path("payments/<id:id>/capture", Payments.as_view({"post": "capture"})),
    path("payments/<id:id>/cancel", Payments.as_view({"post": "cancel"})),
    path("payments/<id:id>/refunds", Refunds.as_view({"get": "list", "post": "create"})),
    path("events", Events.as_view({"get": "list"})),
]
