"""Prove that the books are whole: they balance, nobody changed them, and every document is in them. Exit 0 or 1."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from billing.models import Entry, Posting
from config.base.models import LegalEntity
from reconciliation.services import verification


class Command(BaseCommand):
    help = __doc__

    def handle(self, *_: Any, **__: Any) -> None:
        found = 0
        for entity in LegalEntity.objects.order_by("pk"):
            for finding in verification.findings(entity):
                found += 1
                self.stdout.write(f"{finding.check}: {finding.subject}: {finding.text}")
        self.stdout.write(f"{Entry.objects.count()} entries, {Posting.objects.count()} postings, {found} findings.")
        if found:
            sys.exit(1)
