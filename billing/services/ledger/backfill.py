"""The books of what happened before there were books: every document is booked as its handler would have.

Each chunk is a transaction of its own. Run again, or again after it was killed, it finds what is booked and goes on.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from billing.models import CreditNote, Entry, Invoice
from billing.services.ledger import credit_notes, disputes, invoices, opening, payment_facts, payments
from config.base.models import StripeAccount
from payments.models import Dispute, Payment

CHUNK = 500
_NOBODY = "what is missing"
_Post = Callable[[Sequence[int]], int]


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
    for kind, rows, post in _work(account, by=by):
        read = booked = 0
        for keys in _chunks(rows, chunk):
            with transaction.atomic():
                booked += post(keys)
            read += len(keys)
            yield Progress(kind, read, booked)


def missing(*, account: StripeAccount, chunk: int = CHUNK) -> Iterator[Entry]:
    """What a backfill would book: nothing, if every document is in the books as it should be. Nothing of it stays."""
    for _, rows, post in _work(account, by=_NOBODY):
        for keys in _chunks(rows, chunk):
            yield from _undone(keys, post)


def _undone(keys: Sequence[int], post: _Post) -> list[Entry]:
    with transaction.atomic():
        newest = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        if not post(keys):
            return []
        found = list(Entry.objects.filter(pk__gt=newest, by=_NOBODY).order_by("pk"))
        transaction.set_rollback(True)
        return found


def _work(account: StripeAccount, *, by: object) -> Iterator[tuple[str, QuerySet[Any], _Post]]:
    """Kind by kind: the documents that are to be in the books, and what books those of these keys."""
    issued = Invoice.objects.filter(account=account, status__in=invoices.ISSUED)
    yield "invoices", issued, _each(issued, invoices.post, by=by)
    noted = CreditNote.objects.filter(account=account).exclude(stripe_id=None)
    yield "credit_notes", noted, _each(noted, credit_notes.post, by=by)
    paid = Payment.objects.filter(account=account, status=Payment.Status.SUCCEEDED)
    yield "payments", paid, lambda keys: _post_payments(keys, by=by)
    lost = Dispute.objects.filter(account=account).exclude(withdrawn_minor=0)
    yield "disputes", lost, _each(lost, disputes.post, by=by)


def _chunks(rows: QuerySet[Any], chunk: int) -> Iterator[list[int]]:
    after = 0
    while keys := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:chunk]):
        yield keys
        after = keys[-1]


def _post_payments(keys: Sequence[int], *, by: object) -> int:
    intents = Payment.objects.filter(pk__in=keys).exclude(stripe_id=None).values_list("stripe_id", flat=True)
    return payments.post(list(payment_facts.hold(intent for intent in intents if intent)), by=by)


def _each(rows: QuerySet[Any], post: Callable[..., int], *, by: object) -> _Post:
    """Posts row by row, each held, in key order."""
    held = rows.select_for_update(of=("self",), no_key=True).select_related("account__legal_entity").order_by("pk")
    return lambda keys: sum(post(row, by=by) for row in held.filter(pk__in=keys))
