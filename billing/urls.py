"""What customers reach from their e-mails and documents."""

from django.urls import path

from billing.views import documents

urlpatterns = [
    path("documents/<str:token>/", documents.document, name="document"),
    path("invoices/<str:token>/pay/", documents.pay_invoice, name="pay_invoice"),
]
