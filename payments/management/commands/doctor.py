"""Look at keys, webhooks, database, queue, clock and e-mail; one line each, with what to do. Exits 0 or 1."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from payments.services import doctor
from payments.services.doctor import Verdict


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **__: Any) -> None:
        failures = 0
        for finding in doctor.examine():
            failures += finding.verdict is Verdict.FAILED
            todo = f" → {finding.todo}" if finding.todo else ""
            line = f"{finding.verdict:<7}{finding.name:<18}{finding.says}{todo}"
            self.stdout.write(self._style_of(finding.verdict)(line))
        if failures:
            sys.exit(1)

    def _style_of(self, verdict: Verdict) -> Any:
        styles = {Verdict.OK: self.style.SUCCESS, Verdict.NOTE: self.style.WARNING, Verdict.FAILED: self.style.ERROR}
        return styles[verdict]
