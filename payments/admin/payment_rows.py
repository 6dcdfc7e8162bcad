"""Payments as a table on the page of something else: of a customer, of a payment method, beside another payment."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from config.base.console import display
from config.base.console.pages import Table
from payments.admin import links, words
from payments.models import Payment

SHOWN = 20


def table(title: str, payments: Iterable[Payment], *, search: str = "", at_most: int = SHOWN) -> Table:
    """`search`: what finds all of them in the list of payments, for when `at_most` are shown."""
    rows = [_row(payment) for payment in payments]
    every = f"{reverse('admin:payments_payment_changelist')}?q={search}"
    return Table(
        title=title,
        headers=["Amount", "Status", "For", "Method", "Created (UTC)"],
        rows=rows,
        empty="No payments yet.",
        more_url=every if search and len(rows) >= at_most else "",
    )


def _row(payment: Payment) -> list[object]:
    return [
        display.link(links.url(payment), display.money(payment.amount)),
        statuses(payment, refunded(payment)),
        payment.description or display.EMPTY,
        words.method(payment.payment_method) or display.EMPTY,
        display.when(payment.created_at),
    ]


def statuses(payment: Payment, *more: str) -> SafeString:
    """The payment's status, and beside it what else must be seen at once."""
    declined = display.label("Declined", display.Tone.BAD) if was_declined(payment) else ""
    flagged = display.label("Flagged", display.Tone.BAD) if payment.flags else ""
    is_partly = 0 < payment.amount_received_minor < payment.amount_minor
    title = f"{payment.received.format(display.locale())} received of {payment.amount.format(display.locale())}"
    partly = display.label("Partly captured", display.Tone.QUIET, title=title) if is_partly else ""
    labels = [words.status(payment.status), declined, partly, *more, flagged]
    return format_html_join(" ", "{}", ((label,) for label in labels if label))


def refunded(payment: Payment) -> SafeString | str:
    """A label that says how much of what was received went back; empty when nothing did."""
    if not payment.amount_refunded_minor:
        return ""
    is_all = payment.amount_refunded_minor >= payment.amount_received_minor
    return display.label("Refunded" if is_all else "Partly refunded", display.Tone.QUIET)


def was_declined(payment: Payment) -> bool:
    """Its last try failed, and nothing else happened since."""
    waits = payment.status == Payment.Status.REQUIRES_PAYMENT_METHOD
    return waits and bool(payment.failure_code or payment.decline_code)
