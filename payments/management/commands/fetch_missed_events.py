"""Read Stripe's list of events and store what never arrived."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from payments.management.moments import since_argument
from payments.services import accounts, poller


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since",
            type=since_argument,
            help="from then on (ISO 8601, UTC), not from the mark",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        counts = poller.fetch_missed(account=accounts.current(), since=options["since"])
        self.stdout.write(f"{counts['read']} events read, {counts['missed']} had never arrived.")
