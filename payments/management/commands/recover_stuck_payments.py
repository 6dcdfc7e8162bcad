"""Settle every call to Stripe that is in doubt and due."""

from typing import Any

from django.core.management.base import BaseCommand

from payments.services import recovery


class Command(BaseCommand):
    help = __doc__

    def handle(self, *_: Any, **__: Any) -> None:
        swept = recovery.sweep()
        self.stdout.write(
            f"{swept.settled} calls settled, {swept.in_doubt} still in doubt, {swept.canceled} late payments canceled."
        )
