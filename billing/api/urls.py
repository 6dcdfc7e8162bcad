"""`/api/v1/`, billing's part. The converter `id` is registered by `payments.api.urls`."""

from django.urls import path

from billing.api.access import Access
from billing.api.catalog import Prices, Products
from billing.api.credit_notes import CreditNotes
from billing.api.documents import InvoiceDocuments
from billing.api.invoices import Invoices
from billing.api.subscription_changes import SubscriptionChanges
from billing.api.subscriptions import Subscriptions

urlpatterns = [
    path("products", Products.as_view({"get": "list"})),
    path("products/<id:id>", Products.as_view({"get": "retrieve"})),
    path("prices", Prices.as_view({"get": "list"})),
    path("prices/<id:id>", Prices.as_view({"get": "retrieve"})),
    path("customers/<id:id>/access", Access.as_view({"get": "retrieve"})),
    path("subscriptions", Subscriptions.as_view({"get": "list", "post": "create"})),
    path("subscriptions/<id:id>", Subscriptions.as_view({"get": "retrieve"})),
    path("subscriptions/<id:id>/preview", SubscriptionChanges.as_view({"post": "preview"})),
    path("subscriptions/<id:id>/change", SubscriptionChanges.as_view({"post": "change"})),
    path("subscriptions/<id:id>/pause", Subscriptions.as_view({"post": "pause"})),
    path("subscriptions/<id:id>/resume", Subscriptions.as_view({"post": "resume"})),
    path("subscriptions/<id:id>/cancel", Subscriptions.as_view({"post": "cancel"})),
    path("subscriptions/<id:id>/undo-cancel", Subscriptions.as_view({"post": "undo_cancel"})),
    path("subscriptions/<id:id>/undo-change", Subscriptions.as_view({"post": "undo_change"})),
    path("subscriptions/<id:id>/set-payment-method", Subscriptions.as_view({"post": "set_payment_method"})),
    path("invoices", Invoices.as_view({"get": "list", "post": "create"})),
    path("invoices/<id:id>", Invoices.as_view({"get": "retrieve"})),
    path("invoices/<id:id>/finalize", Invoices.as_view({"post": "finalize"})),
    path("invoices/<id:id>/pay", Invoices.as_view({"post": "pay"})),
    path("invoices/<id:id>/pay-link", Invoices.as_view({"post": "pay_link"})),
    path("invoices/<id:id>/pdf", InvoiceDocuments.as_view({"get": "retrieve"})),
    path("invoices/<id:id>/void", Invoices.as_view({"post": "void"})),
    path("invoices/<id:id>/credit-notes", CreditNotes.as_view({"get": "list", "post": "create"})),
]
