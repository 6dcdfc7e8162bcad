"""Read Stripe's books, match them with ours, and say what is not explained.

Exit 0: all is explained; 2: something is not; 1: it failed, or the days make no sense.
"""

import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.base.actor import Actor
from config.base.errors import DomainError
from config.base.money import Money
from payments.services import accounts
from reconciliation.models import Run
from reconciliation.services import filing, runs


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--date", help="read this day again (legal entity's time)")
        parser.add_argument("--from", dest="from_date", help="read again from this day")
        parser.add_argument("--to", dest="to_date", help="up to this day, included")

    def handle(self, *_: Any, **options: Any) -> None:
        first, last = _days(options)
        try:
            run = runs.run(account=accounts.current(), by=Actor.system("reconcile"), from_date=first, to_date=last)
        except DomainError as error:
            raise CommandError(f"{error.title}: {error}") from error
        self._tell(run)
        if not runs.is_explained(run):
            sys.exit(2)

    def _tell(self, run: Run) -> None:
        self.stdout.write(
            f"{run.lines_read} lines read ({run.lines_new} new, {run.lines_changed} changed), "
            f"{run.entries_posted} entries posted, {run.discrepancies_found} discrepancies found, "
            f"{run.discrepancies_settled} settled."
        )
        for discrepancy in filing.open_but_timing(run)[:50]:
            self.stdout.write(f"  {discrepancy.get_type_display()}: {discrepancy.object_id} {discrepancy.amount}")
        for part in run.balances.all():
            moved, proven = Money(part.moved_minor, part.currency), Money(part.proven_minor, part.currency)
            self.stdout.write(f"{part.currency}: moved {moved}, proven {proven}")
        for part in run.balances.all():
            self.stdout.write(f"Unexplained {part.currency}: {Money(part.unexplained_minor, part.currency)}")


def _days(options: dict[str, Any]) -> tuple[date | None, date | None]:
    if options["date"] and (options["from_date"] or options["to_date"]):
        raise CommandError("--date is one day: leave out --from and --to.")
    first, last = _day(options["date"] or options["from_date"]), _day(options["date"] or options["to_date"])
    if last and not first:
        raise CommandError("--to needs --from: say from which day.")
    if first and last and last < first:
        raise CommandError("--to lies before --from.")
    return first, last or first


def _day(text: str | None) -> date | None:
    """Read here, because the parser of arguments ends with 2."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CommandError(f"{text} is no day; write it as 2026-03-29.") from error
