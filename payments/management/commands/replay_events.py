"""Run rows of the inbox again; handling an event twice changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.base.actor import Actor
from payments.management.moments import since_argument
from payments.services import inbox, inbox_drain

ACTOR = Actor.system("replay_events")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--id", default="", help="one event, evt_…")
        which.add_argument("--parked", action="store_true", help="all that wait for staff")
        which.add_argument("--since", type=since_argument, help="all received since then (ISO 8601, UTC)")

    def handle(self, *_: Any, **options: Any) -> None:
        events = inbox.replayable(stripe_id=options["id"], is_parked=options["parked"], since=options["since"])
        if options["id"] and not events.exists():
            raise CommandError(f"The inbox has no event {options['id']} that could be run again.")
        replayed = inbox.replay(events, by=ACTOR, reason="replayed from the command line")
        self.stdout.write(f"{replayed} events put back.")
        counts = inbox_drain.drain(by=ACTOR)
        self.stdout.write(f"{counts['handled']} events handled, {counts['failed']} failed, {counts['parked']} parked.")
