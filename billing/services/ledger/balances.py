"""What stands in the books: of an account, a customer or a document, at any day, and as it was known at any moment.

Signed as postings are: a debit balance is above zero.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import QuerySet, Sum

from billing.models import LedgerAccount, Posting
from config.base.models import LegalEntity, StripeAccount
from config.base.money import Money
from payments.models import Customer


def of(
    kind: str,
    currency: str,
    *,
    legal_entity: LegalEntity,
    account: StripeAccount | None = None,
    customer: Customer | None = None,
    document: str = "",
    line: str = "",
    reference: str = "",
    on: date | None = None,
    known_at: datetime | None = None,
) -> Money:
    """What stands there by the end of the day `on`, by what the books knew at the moment `known_at`.

    Without them: all that is booked. `account`: one Stripe account's part, of kinds that are at Stripe.
    """
    places = LedgerAccount.objects.filter(legal_entity=legal_entity, kind=kind, currency=currency)
    if account:
        places = places.filter(account=account)
    named = {"customer": customer, "document": document, "line": line, "reference": reference}
    keys = list(places.values_list("pk", flat=True))
    postings = Posting.objects.filter(account__in=keys, **{name: value for name, value in named.items() if value})
    return Money(_as_of(postings, on=on, known_at=known_at).aggregate(sum=Sum("amount_minor"))["sum"] or 0, currency)


def by_account(
    *, legal_entity: LegalEntity, on: date | None = None, known_at: datetime | None = None
) -> Mapping[LedgerAccount, Money]:
    """The trial balance: every account, also one on which nothing stands; each currency comes to zero."""
    places = LedgerAccount.objects.filter(legal_entity=legal_entity).select_related("account").order_by("kind", "pk")
    postings = Posting.objects.filter(account__legal_entity=legal_entity)
    rows = _as_of(postings, on=on, known_at=known_at).values_list("account").annotate(Sum("amount_minor")).order_by()
    sums = dict(rows)
    return {place: Money(sums.get(place.pk, 0), place.currency) for place in places}


def of_document(
    document: str, *, on: date | None = None, known_at: datetime | None = None
) -> Mapping[tuple[str, str], int]:
    """What a document (`in_…`, `cn_…`, `pi_…`) has standing, in minor units, by kind of account and currency."""
    postings = _as_of(Posting.objects.filter(document=document), on=on, known_at=known_at)
    rows = postings.values_list("account__kind", "account__currency").annotate(Sum("amount_minor")).order_by()
    return {(kind, currency): amount for kind, currency, amount in rows if amount}


def _as_of(postings: QuerySet[Posting], *, on: date | None, known_at: datetime | None) -> QuerySet[Posting]:
    if on:
        postings = postings.filter(entry__effective_date__lte=on)
    return postings.filter(entry__recorded_at__lte=known_at) if known_at else postings
