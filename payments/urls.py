"""What payers, Stripe and monitors call."""

from django.urls import path

from payments.views import brand, health, pay, webhook

urlpatterns = [
    path("pay/brand/<str:color>.css", brand.style_sheet, name="brand"),
    path("pay/<str:token>/", pay.page, name="pay"),
    path("pay/<str:token>/status", pay.status, name="pay_status"),
    path("pay/<str:token>/begin", pay.begin, name="pay_begin"),
    path("webhooks/stripe/", webhook.stripe_webhook, name="stripe-webhook"),
    path("api/health", health.health, name="health"),
    path("api/webhooks/health", health.webhooks_health, name="webhooks-health"),
    path("metrics", health.prometheus, name="metrics"),
]
