from typing import Any

from django.core.management.base import BaseCommand

from config.base.console import roles


class Command(BaseCommand):
    help = "Makes the groups that staff get their permissions from; running again repairs them."

    def handle(self, *args: Any, **options: Any) -> None:
        for name in roles.create():
            self.stdout.write(name)
