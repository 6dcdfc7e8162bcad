from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "config.base"
    label = "base"
    verbose_name = "Ground floor"
    default_auto_field = "django.db.models.BigAutoField"
