"""Makes invoices and times their documents, a JSON line for each length: `python -m tests.bench.documents_made 150`"""

import json
import sys
import time

import django

django.setup()

# Django must be set up before its models can be imported.
from billing.models import Invoice  # noqa: E402
from billing.services import documents, letterheads  # noqa: E402
from config.base.actor import Actor  # noqa: E402
from tests.bench.documents import LINES  # noqa: E402
from tests.billing.documents import pictures, rows  # noqa: E402

ROUNDS = 3


def per_second(invoices: list[Invoice]) -> float:
    started = time.perf_counter()
    for invoice in invoices:
        documents.issue_invoice(Invoice.objects.select_related("customer__account__legal_entity").get(pk=invoice.pk))
    return len(invoices) / (time.perf_counter() - started)


def main(invoices: int) -> None:
    entity = rows.make_letterhead().legal_entity
    letterheads.set_logo(entity=entity, content=pictures.png(200, 60), by=Actor.system("bench"))
    customers = [rows.make_buyer(name=f"Customer {number}") for number in range(20)]
    for lines in LINES:
        count = max(invoices * LINES[0] // lines, 2)
        rounds = []
        for _ in range(ROUNDS):
            made = [
                rows.make_invoice(customers[number % len(customers)], pieces=lines, number=f"2026-{number:05}")
                for number in range(count)
            ]
            rounds.append(per_second(made))
        print(json.dumps([lines, *rounds]), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
