"""Find invoices by what a caller reads out: a number, any id, an e-mail, a name, an exact amount. Through indexes."""

from collections import defaultdict
from decimal import Decimal

from django.db.models import Q

from billing.models import CreditNote, InvoicePayment, Subscription
from config.base.console import amounts
from config.base.currencies import CURRENCIES
from payments.admin import search
from payments.models import Customer

_CUSTOMER = ("cust_", "cus_")


def condition(term: str) -> Q:
    """The invoices that `term` may mean."""
    if term.startswith(_CUSTOMER) or "@" in term:
        return _of_customers(term)
    prefix = term.partition("_")[0] if "_" in term else ""
    by_prefix = {
        "inv": Q(public_id=term),
        "in": Q(stripe_id=term),
        "sub": Q(subscription__in=Subscription.objects.filter(Q(public_id=term) | Q(stripe_id=term))),
        "pi": Q(pk__in=InvoicePayment.objects.filter(payment_intent_id=term).values("invoice")),
        "pay": Q(pk__in=InvoicePayment.objects.filter(payment__public_id=term).values("invoice")),
        "cn": Q(pk__in=CreditNote.objects.filter(Q(public_id=term) | Q(stripe_id=term)).values("invoice")),
    }
    if prefix in by_prefix:
        return by_prefix[prefix]
    numbered = Q(number=term) | Q(number=term.upper())
    amount = amounts.read(term)
    return numbered | (_of_amount(*amount) if amount else _of_customers(term))


def _of_customers(term: str) -> Q:
    found = search.customers(Customer.objects.all(), term).values_list("pk", flat=True)[: search.AT_MOST]
    return Q(customer__in=list(found))


def _of_amount(readings: set[Decimal], currency: str) -> Q:
    by_minor: dict[int, list[str]] = defaultdict(list)
    for rule in [CURRENCIES[currency]] if currency else CURRENCIES.values():
        for reading in readings:
            exact = amounts.minor(reading, rule.exponent)
            if exact is not None:
                by_minor[exact].append(rule.code)
    found = Q(pk__in=[])
    for minor, codes in by_minor.items():
        found |= Q(currency__in=codes, total_minor=minor)
    return found
