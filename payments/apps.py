from django.apps import AppConfig
from django.core import checks
from django.utils.module_loading import import_string


class PaymentsConfig(AppConfig):
    name = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        checks.register(import_string("payments.checks.one_api_version"), "stripe")
