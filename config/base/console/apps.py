from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    """Django's admin, served by our site."""

    default_site = "config.base.console.site.ConsoleSite"
