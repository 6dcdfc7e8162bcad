"""Invoices written in a line, for tests."""

from collections.abc import Sequence
from typing import Any

from billing.models import Invoice
from billing.services import draft_sending, drafts, invoices
from billing.services.draft_terms import Line, Terms
from config.base.actor import Actor
from payments.models import Customer
from payments.services import inbox_drain

TEST = Actor.system("test")
WORKSHOP = Line(description="Workshop", quantity=2, unit_amount=40000)
SUPPORT = Line(description="Support", unit_amount=9900)


def written(customer: Customer, lines: Sequence[Line] = (WORKSHOP, SUPPORT), **terms: Any) -> Invoice:
    """A draft of ours that Stripe does not know; due in 14 days unless told otherwise."""
    wanted = Terms(**{"days_until_due": 14, **terms})
    return drafts.create(customer=customer, currency="eur", terms=wanted, lines=lines, by=TEST)


def sent(customer: Customer, lines: Sequence[Line] = (WORKSHOP, SUPPORT), **terms: Any) -> Invoice:
    """A draft at Stripe."""
    return draft_sending.send(invoice=written(customer, lines, **terms), by=TEST)


def opened(customer: Customer, lines: Sequence[Line] = (WORKSHOP, SUPPORT), **terms: Any) -> Invoice:
    """An open invoice, with the payment that Stripe made for it read."""
    invoice = sent(customer, lines, **terms)
    invoices.finalize(invoice=invoice, by=TEST)
    drain()
    return fresh(invoice)


def paid(customer: Customer, lines: Sequence[Line] = (WORKSHOP, SUPPORT), **terms: Any) -> Invoice:
    """A paid invoice."""
    invoice = opened(customer, lines, **terms)
    invoices.pay(invoice=invoice, by=TEST)
    drain()
    return fresh(invoice)


def drain() -> None:
    """Read what is known by reference only."""
    inbox_drain.drain(by=TEST)


def fresh(invoice: Invoice) -> Invoice:
    return Invoice.objects.select_related("account__legal_entity", "customer", "subscription").get(pk=invoice.pk)
