"""Makes invoices and times requests to their pages, a JSON line each.

`python -m tests.bench.invoices_list 10000 200000`
"""

import json
import sys
import time
from collections.abc import Iterator
from datetime import timedelta

import django

django.setup()

# Django must be set up before its models can be imported.
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from billing.models import Invoice, InvoiceLine  # noqa: E402
from config.base import api_keys, clock  # noqa: E402
from payments.models import Customer  # noqa: E402
from tests import factories  # noqa: E402

ROUNDS = 5
OTHER_CUSTOMERS = 1000
BATCH = 2000


def make(mine: int, others: int) -> Customer:
    """The customer who has `mine` invoices, among `others` of a thousand customers."""
    account = factories.make_account()
    rows = [
        Customer(
            account=account,
            stripe_id=f"cus_{n:022}",
            status=Customer.Status.ACTIVE,
            email=f"payer{n}@example.com",
            name=f"Payer {n}",
            currency="eur",
        )
        for n in range(OTHER_CUSTOMERS + 1)
    ]
    customers = Customer.objects.bulk_create(rows)
    for first in range(1, mine + others + 1, BATCH):
        numbers = range(first, min(first + BATCH, mine + others + 1))
        owners = [customers[0] if n <= mine else customers[1 + n % OTHER_CUSTOMERS] for n in numbers]
        invoices = Invoice.objects.bulk_create(map(_invoice, numbers, owners))
        InvoiceLine.objects.bulk_create(_line(invoice, place) for invoice in invoices for place in (1, 2))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return customers[0]


def _invoice(number: int, customer: Customer) -> Invoice:
    moment, total = clock.now() - timedelta(minutes=number), 1000 + 2 * (number % 4500)
    return Invoice(
        account=customer.account,
        customer=customer,
        stripe_id=f"in_{number:022}",
        status=Invoice.Status.PAID if number % 20 else Invoice.Status.OPEN,
        number=f"CF-{number:08}",
        currency="eur",
        billing_reason="subscription_cycle",
        subtotal_minor=total,
        total_minor=total,
        amount_due_minor=total,
        stripe_created_at=moment,
        created_at=moment,
        finalized_at=moment,
    )


def _line(invoice: Invoice, place: int) -> InvoiceLine:
    return InvoiceLine(
        invoice=invoice,
        stripe_id=f"il_{invoice.pk}_{place}",
        position=place,
        description="Studio",
        quantity=1,
        amount_minor=invoice.total_minor // 2,
        subtotal_minor=invoice.total_minor // 2,
        currency="eur",
        period_start=invoice.created_at,
        period_end=invoice.created_at,
    )


def requests(customer: Customer, mine: int) -> Iterator[tuple[str, str]]:
    """What is asked for, and its address."""
    listed = "/admin/billing/invoice/"
    yield "the customer's page", f"/admin/payments/customer/{customer.pk}/change/"
    yield "the list", listed
    yield "search by the customer's id", f"{listed}?q={customer.public_id}"
    yield "search by e-mail", f"{listed}?q={customer.email}"
    yield "search by number", f"{listed}?q=CF-{mine // 2:08}"
    yield "search by amount", f"{listed}?q=10.99"
    yield "the storefront's list", f"/api/v1/invoices?customer={customer.public_id}"


def milliseconds(client: Client, address: str) -> float:
    started = time.perf_counter()
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return (time.perf_counter() - started) * 1000


def main(mine: int, others: int) -> None:
    customer = make(mine, others)
    staff = Client()
    staff.force_login(factories.make_user(is_superuser=True))
    _, secret = api_keys.create(account=customer.account, name="shop", scopes=["*"])
    shop = Client(headers={"Authorization": f"Bearer {secret}"})
    for request, address in requests(customer, mine):
        client = shop if address.startswith("/api/") else staff
        milliseconds(client, address)
        print(json.dumps([request, *(milliseconds(client, address) for _ in range(ROUNDS))]), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
