"""Find payments by whatever a caller reads out: any id of ours or Stripe's, an e-mail, a name, an amount, four digits.

Each way goes through an index and hands ids on, so that no search reads the table of payments.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower, Right

from config.base.console import amounts
from config.base.currencies import CURRENCIES
from config.base.models import DomainEvent
from payments.models import Customer, InboxEvent, OutboundCall, PayLink, Payment, PaymentAttempt, PaymentMethod, Refund

AT_MOST = 200
NOTHING = Q(pk__in=[])
_LAST4 = re.compile(r"(?P<brand>[^\W\d_][^\W\d_ ]*(?: [^\W\d_]+)*)?[\s•*.…]*(?P<last4>\d{4})")


def payments(queryset: QuerySet[Payment], term: str) -> QuerySet[Payment]:
    """The payments that `term` may mean."""
    return queryset.filter(condition(term))


def condition(term: str) -> Q:
    by_id = BY_PREFIX.get(term.partition("_")[0]) if "_" in term else None
    if by_id:
        return by_id(term)
    if "@" in term:
        return _of_customers(customers(Customer.objects.all(), term))
    amount, ending = amounts.read(term), _LAST4.fullmatch(term)
    if amount:
        return _of_amount(*amount) | (_of_last4(ending["last4"]) if ending and not ending["brand"] else NOTHING)
    return _of_last4(ending["last4"]) if ending else _of_customers(customers(Customer.objects.all(), term))


def customers(queryset: QuerySet[Customer], term: str) -> QuerySet[Customer]:
    """The customers whose id is `term`, whose e-mail or name begins with it, or whose name has words that begin so."""
    if term.startswith("cust_"):
        return queryset.filter(public_id=term)
    if term.startswith("cus_"):
        return queryset.filter(stripe_id=term)
    begins = queryset.alias(lower_email=Lower("email"), lower_name=Lower("name"))
    text = term.lower()
    if "@" in term and queryset.alias(lower_email=Lower("email")).filter(lower_email=text).exists():
        return begins.filter(lower_email=text)
    found = Q(lower_email__startswith=text) | Q(lower_name__startswith=text)
    if words := re.findall(r"\w+", text):
        begins = begins.alias(words=SearchVector("name", config="simple"))
        wanted = " & ".join(f"{word}:*" for word in words)
        found |= Q(words=SearchQuery(wanted, search_type="raw", config="simple"))
    return begins.filter(found)


def _of_customers(found: QuerySet[Customer]) -> Q:
    return Q(customer_id__in=list(found.values_list("pk", flat=True)[:AT_MOST]))


def _of_amount(readings: Iterable[Decimal], currency: str) -> Q:
    """Amounts of every currency, or of the named one, grouped so that the index of amounts is used."""
    by_minor: dict[int, list[str]] = defaultdict(list)
    for rule in [CURRENCIES[currency]] if currency else CURRENCIES.values():
        for reading in readings:
            exact = amounts.minor(reading, rule.exponent)
            if exact is not None:
                by_minor[exact].append(rule.code)
    found = NOTHING
    for minor, codes in by_minor.items():
        found |= Q(currency__in=codes, amount_minor=minor)
    return found


def _of_last4(last4: str) -> Q:
    """Paid, or tried, with the newest cards and accounts that end so; a declined card is known by its try alone."""
    methods = PaymentMethod.objects.filter(last4=last4).order_by("-id").values_list("pk", flat=True)[:AT_MOST]
    endings = PaymentAttempt.objects.alias(ending=Right("method_label", 4)).filter(ending=last4).order_by("-id")
    tried = endings.values_list("payment_id", flat=True)[:AT_MOST]
    return Q(payment_method_id__in=list(methods)) | Q(pk__in=list(tried))


def _of_charge(term: str) -> Q:
    tried = PaymentAttempt.objects.filter(source=term).values_list("payment_id", flat=True)
    return Q(latest_charge_id=term) | Q(pk__in=list(tried))


def _of_refunds(found: Q) -> Q:
    return Q(pk__in=list(Refund.objects.filter(found).values_list("payment_id", flat=True)[:AT_MOST]))


def _of_event(found: Q) -> Q:
    roots = InboxEvent.objects.filter(found, root_kind="payment_intent").values_list("root_id", flat=True)
    return Q(stripe_id__in=list(roots[:AT_MOST]))


def _of_calls(found: Q) -> Q:
    return _of_objects(OutboundCall.objects.filter(found).values_list("subject_id", flat=True)[:AT_MOST])


def _of_objects(public_ids: Iterable[str]) -> Q:
    ids = list(public_ids)
    refunded = Refund.objects.filter(public_id__in=ids).values_list("payment_id", flat=True)
    return Q(public_id__in=ids) | Q(pk__in=list(refunded))


def _of_method(found: Q) -> Q:
    method = PaymentMethod.objects.filter(found).first()
    if method is None:
        return NOTHING
    return Q(payment_method=method)


BY_PREFIX: dict[str, Callable[[str], Q]] = {
    "pay": lambda term: Q(public_id=term),
    "pi": lambda term: Q(stripe_id=term),
    "ch": _of_charge,
    "py": _of_charge,
    "refund": lambda term: _of_refunds(Q(public_id=term)),
    "re": lambda term: _of_refunds(Q(stripe_id=term)),
    "pyr": lambda term: _of_refunds(Q(stripe_id=term)),
    "cust": lambda term: _of_customers(Customer.objects.filter(public_id=term)),
    "cus": lambda term: _of_customers(Customer.objects.filter(stripe_id=term)),
    "method": lambda term: _of_method(Q(public_id=term)),
    "pm": lambda term: _of_method(Q(stripe_id=term)),
    "card": lambda term: _of_method(Q(stripe_id=term)),
    "att": lambda term: Q(pk__in=list(PaymentAttempt.objects.filter(public_id=term).values_list("payment", flat=True))),
    "link": lambda term: Q(pk__in=list(PayLink.objects.filter(public_id=term).values_list("payment", flat=True))),
    "evt": lambda term: _of_event(Q(stripe_id=term)),
    "inbox": lambda term: _of_event(Q(public_id=term)),
    "event": lambda term: _of_objects(DomainEvent.objects.filter(public_id=term).values_list("object_id", flat=True)),
    "call": lambda term: _of_calls(Q(public_id=term)),
    "req": lambda term: _of_calls(Q(request_id=term) | Q(stripe_request_id=term)),
}
