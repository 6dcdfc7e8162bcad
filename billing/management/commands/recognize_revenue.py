"""Move what was earned by the end of the last month to revenue, as the hourly job does."""

from typing import Any

from django.core.management.base import BaseCommand

from billing import tasks
from config.base.models import JobRun


class Command(BaseCommand):
    help = __doc__

    def handle(self, *_: Any, **__: Any) -> None:
        tasks.recognize_revenue()
        counts = JobRun.objects.filter(name="recognize_revenue").latest("started_at", "pk").counts
        self.stdout.write(f"{counts['entries']} entries booked.")
