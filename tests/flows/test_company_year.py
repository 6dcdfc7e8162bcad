"""The year of the company at the local Stripe: everybody ends as their story says, and every sum holds."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from tests.flows import company_year
from tests.flows.company_year import Company
from tests.sandbox.server import serve

ENDS = {
    "ada": "active",
    "bruno": "active",
    "chiyo": "active",
    "dara": "active",
    "elif": "active",
    "felix": "canceled",
    "grace": "canceled",
    "hugo": "canceled",
    "iris": "active",
    "jon": "incomplete_expired",
    "kay": "active",
    "mia": "active",
    "nora": "active",
    "olga": "active",
}


@pytest.fixture(scope="module")
def year() -> Iterator[Company]:
    with serve("--capture-delay-seconds", "0") as server:
        yield company_year.play(server.client(), server)


@pytest.fixture(scope="module")
def invoices(year: Company) -> list[Any]:
    listed = year.client.v1.invoices.list({"limit": 100, "expand": ["data.payments"]})
    return list(listed.auto_paging_iter())


def test_everybody_ends_as_their_story_says(year: Company) -> None:
    found = {name: year.client.v1.subscriptions.retrieve(id_).status for name, id_ in year.subscriptions.items()}

    assert found == ENDS


def test_three_currencies_were_paid_in(year: Company) -> None:
    charges = year.client.v1.charges.list({"limit": 100}).auto_paging_iter()

    assert {charge.currency for charge in charges if charge.paid} == {"eur", "usd", "jpy"}


def test_every_invoice_is_the_sum_of_its_lines(invoices: list[Any]) -> None:
    for invoice in invoices:
        lines = invoice.lines.data
        assert not invoice.lines.has_more
        discounts = sum(each.amount for line in lines for each in line.discount_amounts)
        added = sum(tax.amount for line in lines for tax in line.taxes or [] if tax.tax_behavior == "exclusive")
        assert invoice.subtotal == sum(line.amount for line in lines), invoice.id
        assert invoice.total == invoice.subtotal - discounts + added, invoice.id
        assert invoice.amount_due == invoice.amount_paid + invoice.amount_remaining, invoice.id


def test_what_was_charged_is_what_invoices_say_was_paid(year: Company, invoices: list[Any]) -> None:
    charges = year.client.v1.charges.list({"limit": 100}).auto_paging_iter()
    charged = sum((Counter({charge.currency: charge.amount}) for charge in charges if charge.paid), Counter[str]())
    paid: Counter[str] = Counter()
    for invoice in invoices:
        for each in invoice.payments.data:
            paid[invoice.currency] += each.amount_paid or 0

    assert charged == paid


def test_no_period_was_billed_twice(invoices: list[Any]) -> None:
    billed = Counter(
        (item, line.period.start)
        for invoice in invoices
        if invoice.status != "void"
        for item, line in _licensed(invoice)
    )

    assert [period for period, times in billed.items() if times > 1] == []


def _licensed(invoice: stripe.Invoice) -> Iterator[tuple[str, stripe.InvoiceLineItem]]:
    """Lines of a whole period by their item; tiers of one price are one bill."""
    seen = set()
    for line in invoice.lines.data:
        details = line.parent.subscription_item_details if line.parent else None
        if details and not details.proration and details.subscription_item not in seen:
            seen.add(details.subscription_item)
            yield details.subscription_item, line


def test_the_customer_of_the_31st_is_billed_on_the_last_day_of_every_month(year: Company) -> None:
    listed = year.client.v1.invoices.list({"customer": year.customers["olga"], "limit": 100})
    renewals = (invoice for invoice in listed.data if invoice.billing_reason == "subscription_cycle")
    days = {company_year.month_and_day(invoice.period_end) for invoice in renewals}

    assert days <= {*enumerate((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1), (2, 29)}
    assert len(days) >= 3
