"""The books of what happened before there were books: every document is booked as its handler would have.

Each chunk is a transaction of its own. Run again, or again after it was killed, it finds what is booked and goes on.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from billing.models import CreditNote, Invoice
from billing.services.ledger import credit_notes, disputes, invoices, opening, payment_facts, payments
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
    issued = Invoice.objects.filter(account=account, status__in=invoices.ISSUED)
    yield from _chunks("invoices", issued, _each(issued, invoices.post, by=by), chunk)
    noted = CreditNote.objects.filter(account=account).exclude(stripe_id=None)
    yield from _chunks("credit_notes", noted, _each(noted, credit_notes.post, by=by), chunk)
    paid = Payment.objects.filter(account=account, status=Payment.Status.SUCCEEDED)
    yield from _chunks("payments", paid, lambda keys: _post_payments(keys, by=by), chunk)
    lost = Dispute.objects.filter(account=account).exclude(withdrawn_minor=0)
    yield from _chunks("disputes", lost, _each(lost, disputes.post, by=by), chunk)


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


def _each(rows: QuerySet[Any], post: Callable[..., int], *, by: object) -> Callable[[Sequence[int]], int]:
    """Posts row by row, each held, in key order."""
    held = rows.select_for_update(of=("self",), no_key=True).select_related("account__legal_entity").order_by("pk")
    return lambda keys: sum(post(row, by=by) for row in held.filter(pk__in=keys))
