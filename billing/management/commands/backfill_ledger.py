"""Book what happened before there were books. May be stopped, and run again, at any time."""

from typing import Any

from django.core.management.base import BaseCommand

from billing.services.ledger import backfill
from config.base.actor import Actor
from payments.services import accounts


class Command(BaseCommand):
    help = __doc__

    def handle(self, *_: Any, **__: Any) -> None:
        last: dict[str, backfill.Progress] = {}
        for progress in backfill.run(account=accounts.current(), by=Actor.system("backfill_ledger")):
            last[progress.kind] = progress
            self.stdout.write(f"{progress.kind}: {progress.read} read, {progress.booked} entries", ending="\r")
        for progress in last.values():
            self.stdout.write(f"{progress.kind}: {progress.read} read, {progress.booked} entries")
