"""What billing adds to a payment's page: the invoices that it pays."""

from django.http import HttpRequest

from billing.admin import billing_words
from billing.models import InvoicePayment
from config.base.console import display
from config.base.console.additions import Additions
from config.base.console.pages import Table
from config.base.money import Money
from payments.admin import links
from payments.models import Payment


def additions(_: HttpRequest, payment: Payment) -> Additions:
    paid = list(InvoicePayment.objects.filter(payment=payment).select_related("invoice"))
    rows = [
        [
            links.to(each.invoice),
            display.money(Money(each.amount_paid_minor or each.amount_requested_minor, each.currency)),
            billing_words.status(each.status),
            billing_words.status(each.invoice.status),
        ]
        for each in paid
    ]
    table = Table(title="Pays the invoice", headers=["Invoice", "Amount", "Paid", "Invoice's status"], rows=rows)
    return Additions(main=[table] if rows else [])
