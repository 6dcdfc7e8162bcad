"""Posts entries as handlers do, and asks for the balance of a customer with many postings; a JSON line each.

`python -m tests.bench.reconciliation_books 2000 100000`
"""

import json
import sys
import time
from typing import Any

import django

django.setup()

# Django must be set up before its models can be imported.
from django.db import connection, transaction  # noqa: E402

from billing.models import LedgerAccount  # noqa: E402
from billing.services.ledger import balances, entries  # noqa: E402
from billing.services.ledger.accounts import Place, key_of  # noqa: E402
from billing.services.ledger.entries import Line  # noqa: E402
from config.base import clock  # noqa: E402
from payments.models import Customer  # noqa: E402
from tests import factories  # noqa: E402

ROUNDS = 5
Kind = LedgerAccount.Kind

# One entry a thousand postings, among as many of other customers; the triggers are off, as they look at each posting.
_MANY = """
    WITH entry AS (
        INSERT INTO billing_entry
            (public_id, legal_entity_id, source, kind, effective_date, recorded_at, note, "by", written_in, digest)
        SELECT 'entry_' || lpad(n::text, 22, '0'), %(entity)s, 'in_' || n, 'issued', %(day)s, %(now)s, '',
            'bench', 0, ''
        FROM generate_series(1, %(count)s / 1000) n RETURNING id
    )
    INSERT INTO billing_posting (entry_id, account_id, amount_minor, customer_id, reference, document, line, digest)
    SELECT entry.id, %(receivable)s, CASE WHEN n %% 2 = 0 THEN 1000 + n ELSE -n END,
        CASE WHEN n <= 1000 THEN %(customer)s ELSE %(other)s END, '', 'in_' || entry.id, '', ''
    FROM entry, generate_series(1, 2000) n
"""


def main(posted: int, held: int) -> None:
    account = factories.make_account()
    customer = factories.make_customer(account=account)
    rates = [_rate(customer, first, posted) for first in range(0, ROUNDS * posted, posted)]
    print(json.dumps(["posted", *rates]), flush=True)
    _fill(customer, factories.make_customer(account=account), held)
    print(json.dumps(["balance", *(_asked(customer) for _ in range(ROUNDS))]), flush=True)


def _rate(customer: Customer, first: int, count: int) -> float:
    """Postings a second, three an entry, each entry a transaction of its own."""
    entity, today = customer.account.legal_entity, clock.now().date()
    started = time.perf_counter()
    for number in range(first, first + count):
        lines = [
            Line(kind=Kind.RECEIVABLE, amount_minor=1190, currency="eur", customer_id=customer.pk, document="in_1"),
            Line(kind=Kind.REVENUE, amount_minor=-1000, currency="eur", document="in_1"),
            Line(kind=Kind.TAX_PAYABLE, amount_minor=-190, currency="eur", document="in_1"),
        ]
        entries.post(
            legal_entity=entity, effective_on=today, source=f"bench_{number}", kind="issued", by="bench", lines=lines
        )
    return 3 * count / (time.perf_counter() - started)


def _fill(customer: Customer, other: Customer, count: int) -> None:
    entity = customer.account.legal_entity
    values: dict[str, Any] = {
        "entity": entity.pk,
        "day": clock.now().date(),
        "now": clock.now(),
        "count": count,
        "receivable": key_of(Place(entity.pk, Kind.RECEIVABLE, "eur")),
        "customer": customer.pk,
        "other": other.pk,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_MANY, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE billing_posting")


def _asked(customer: Customer) -> float:
    """Milliseconds until the balance is there."""
    started = time.perf_counter()
    balances.of(Kind.RECEIVABLE, "eur", legal_entity=customer.account.legal_entity, customer=customer)
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
