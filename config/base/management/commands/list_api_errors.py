from typing import Any

from django.core.management.base import BaseCommand
from django.urls import get_resolver

from config.base.api.catalog import as_markdown


class Command(BaseCommand):
    help = "Prints docs/api-errors.md: every code of the API with its status and meaning."

    def handle(self, *args: Any, **options: Any) -> None:
        _ = get_resolver().url_patterns  # every error's module is loaded with the addresses that can answer it
        self.stdout.write(as_markdown(), ending="")
