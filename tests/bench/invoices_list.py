"""Makes invoices and times requests to their pages, a JSON line each.

`python -m tests.bench.invoices_list 10000 200000`
"""

import json
import sys
import time
from collections.abc import Iterator

import django

django.setup()

# Django must be set up before its models can be imported.
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from config.base import api_keys  # noqa: E402
from payments.models import Customer  # noqa: E402
from tests import factories  # noqa: E402

ROUNDS = 5
_SUFFIX = "lpad(n::text, 22, '0')"
# The first `mine` invoices are of one customer, the others of everybody, newest first.
_MADE = (
    f"""
    INSERT INTO billing_invoice (
        public_id, account_id, stripe_id, customer_id, status, number, currency, collection_method, billing_reason,
        auto_advance, attempt_count, automatic_tax_status, finalization_error, description, footer, purchase_order,
        custom_fields, metadata, subtotal_minor, discount_minor, tax_minor, total_minor, starting_balance_minor,
        amount_due_minor, amount_paid_minor, amount_paid_off_stripe_minor, amount_remaining_minor,
        amount_overpaid_minor, pre_payment_credit_minor, post_payment_credit_minor, hosted_invoice_url, failure_code,
        failure_message, flags, created_at, finalized_at)
    SELECT 'inv_' || {_SUFFIX}, %(account)s, 'in_' || {_SUFFIX}, customer.id,
        CASE WHEN n %% 20 = 0 THEN 'open' ELSE 'paid' END, 'CF-' || lpad(n::text, 8, '0'), 'eur',
        'charge_automatically', 'subscription_cycle', false, 1, '', '', '', '', '', '[]', '{{}}',
        1000 + n %% 9000, 0, 0, 1000 + n %% 9000, 0, 1000 + n %% 9000, 0, 0, 0, 0, 0, 0, '', '', '',
        ARRAY[]::varchar[], now() - n * interval '1 minute', now() - n * interval '1 minute'
    FROM generate_series(1, %(all)s) AS n
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM payments_customer) AS customer
      ON customer.place = CASE WHEN n <= %(mine)s THEN 1 ELSE 2 + n %% %(customers)s END
    """,  # noqa: S608
    f"""
    INSERT INTO billing_invoiceline (
        invoice_id, stripe_id, position, description, quantity, amount_minor, subtotal_minor, discount_minor,
        discount_amounts, tax_minor, currency, period_start, period_end, price_id, product_id, subscription_id,
        subscription_item_id, invoice_item_id, is_proration, is_metered, is_discountable, is_duplicate, counts)
    SELECT id, 'il_' || {_SUFFIX.replace("n::", "id::")} || k, k, 'Studio', 1, total_minor / 2, total_minor / 2, 0,
        '[]', 0, 'eur', created_at, created_at, '', '', '', '', '', false, false, true, false, false
    FROM billing_invoice, generate_series(1, 2) AS k
    """,  # noqa: S608
)


def make(mine: int, others: int) -> Customer:
    """The customer who has `mine` invoices, among those of a thousand others."""
    account = factories.make_account()
    names = (f"payer{n}@example.com" for n in range(1001))
    rows = [
        Customer(
            account=account, stripe_id=f"cus_{n:022}", status="active", email=email, name=f"Payer {n}", currency="eur"
        )
        for n, email in enumerate(names)
    ]
    customer = Customer.objects.bulk_create(rows)[0]
    values = {"account": account.pk, "mine": mine, "all": mine + others, "customers": 1000}
    with connection.cursor() as cursor:
        for statement in _MADE:
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")
    return customer


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
