"""`/api/v1/`, billing's part. The converter `id` is registered by `payments.api.urls`."""

from django.urls import path

from billing.api.catalog import Prices, Products

urlpatterns = [
    path("products", Products.as_view({"get": "list"})),
    path("products/<id:id>", Products.as_view({"get": "retrieve"})),
    path("prices", Prices.as_view({"get": "list"})),
    path("prices/<id:id>", Prices.as_view({"get": "retrieve"})),
]
