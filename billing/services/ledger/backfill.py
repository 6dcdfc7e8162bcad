"""The books of what happened before there were books: every document is booked as its handler would have.

Each chunk is a transaction of its own. Run again, or again after it was killed, it finds what is booked and goes on.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from billing.services.ledger import disputes, opening, payment_facts, payments
from config.base.models import StripeAccount
from payments.models import Dispute, Payment

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How many documents of a kind were looked at by now, and how many entries that took."""

    kind: str
    read: int
    booked: int


def run(*, account: StripeAccount, by: object, chunk: int = CHUNK) -> Iterator[Progress]:
    """Open the books and book what is missing, kind by kind; tells after each chunk. No transaction is open.

    Raises StripeFailure and BalanceMoving, from the opening entry; nothing is booked then.
    """
    yield Progress("opening", 0, opening.post(account=account, by=by))
    yield from documents(account=account, by=by, chunk=chunk)


def documents(*, account: StripeAccount, by: object, chunk: int = CHUNK) -> Iterator[Progress]:
    """As `run`, without the opening entry: nothing is asked of Stripe."""
    paid = Payment.objects.filter(account=account, status=Payment.Status.SUCCEEDED)
    yield from _chunks("payments", paid, lambda keys: _post_payments(keys, by=by), chunk)
    lost = Dispute.objects.filter(account=account).exclude(withdrawn_minor=0)
    yield from _chunks("disputes", lost, lambda keys: _post_disputes(keys, by=by), chunk)


def _chunks(kind: str, rows: QuerySet[Any], post: Callable[[Sequence[int]], int], chunk: int) -> Iterator[Progress]:
    read = booked = after = 0
    while keys := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:chunk]):
        with transaction.atomic():
            booked += post(keys)
        read, after = read + len(keys), keys[-1]
        yield Progress(kind, read, booked)


def _post_payments(keys: Sequence[int], *, by: object) -> int:
    intents = Payment.objects.filter(pk__in=keys).exclude(stripe_id=None).values_list("stripe_id", flat=True)
    return payments.post(list(payment_facts.hold(intent for intent in intents if intent)), by=by)


def _post_disputes(keys: Sequence[int], *, by: object) -> int:
    held = Dispute.objects.select_for_update(of=("self",), no_key=True).select_related("account__legal_entity")
    return sum(disputes.post(dispute, by=by) for dispute in held.filter(pk__in=keys).order_by("pk"))
