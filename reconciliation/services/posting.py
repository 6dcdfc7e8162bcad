"""Stripe's lines → the books: Stripe's side of what our documents posted from theirs.

A line is posted once; one that Stripe changed is posted again by the difference. What was settled in another currency
passes the exchange account: there the rate is Stripe's, and the document keeps its own amount.
"""

from collections.abc import Iterator, Sequence

from django.db import transaction

from billing.models import LedgerAccount
from billing.services.ledger import books_start, entries, sides
from billing.services.ledger.sides import Booked, Side, Sides
from config.base import clock
from config.base.models import StripeAccount
from reconciliation.models import Payout, StatementLine
from reconciliation.services import documents, line_types
from reconciliation.services.documents import Document

CHUNK = 1000
_Kind = LedgerAccount.Kind


def post(account: StripeAccount, *, by: object) -> int:
    """Book every line that is not booked as it stands: the number of entries. Types that we do not know wait."""
    posted, after = 0, 0
    while True:
        with transaction.atomic():
            waiting = StatementLine.objects.filter(account=account, is_posted=False, pk__gt=after)
            lines = list(waiting.select_for_update().order_by("pk")[:CHUNK])
            posted += _post_chunk(account, lines, by=by)
        if not lines:  # fewer than a chunk may only mean that somebody else has posted the others
            return posted
        after = lines[-1].pk


def wrong(account: StripeAccount) -> Iterator[str]:
    """Lines that are booked otherwise than they call for: Stripe's ids. What people booked is theirs to say."""
    after = 0
    while lines := list(
        StatementLine.objects.filter(account=account, is_posted=True, pk__gt=after).order_by("pk")[:CHUNK]
    ):
        for line, wanted, booked in _wanted(account, lines):
            by_hand = any(kind.startswith("booked") for kind in booked.entries)
            if wanted is not None and not by_hand and sides.missing(wanted, booked.sides):
                yield line.stripe_id
        after = lines[-1].pk


def _post_chunk(account: StripeAccount, lines: Sequence[StatementLine], *, by: object) -> int:
    done, count = [], 0
    for line, wanted, booked in _wanted(account, lines):
        if wanted is not None:
            count += _book(account, line, wanted, booked, by=by)
            done.append(line.pk)
    StatementLine.objects.filter(pk__in=done).update(is_posted=True)
    return count


def _wanted(
    account: StripeAccount, lines: Sequence[StatementLine]
) -> Iterator[tuple[StatementLine, Sides | None, Booked]]:
    known = documents.by_source(line.source_id for line in lines)
    arrived = _arrived_before_the_books(account, lines)
    booked = sides.booked_by_source([line.stripe_id for line in lines])
    for line in lines:
        line.account = account  # one object for all, so that its legal entity is read once
        wanted = wanted_of(line, known.get(line.source_id), is_from_opening=line.source_id in arrived)
        yield line, wanted, booked.get(line.stripe_id) or Booked()


def _arrived_before_the_books(account: StripeAccount, lines: Sequence[StatementLine]) -> set[str]:
    """Payouts that come back, and were neither in the books nor on their way when those began: in opening."""
    named = {line.source_id for line in lines if line.type in line_types.PAYOUTS}
    payouts = Payout.objects.filter(account=account, stripe_id__in=named) if named else Payout.objects.none()
    moments = payouts.values_list("stripe_id", "arrival_date")
    return {stripe_id for stripe_id, at in moments if books_start.precedes(entries.day_of(at, account.legal_entity))}


def wanted_of(line: StatementLine, document: Document | None, *, is_from_opening: bool = False) -> Sides | None:
    """What a line should have booked; None where that cannot be told yet. What Stripe lists no more, moved nothing."""
    day = entries.day_of(line.stripe_created_at, line.account.legal_entity)
    if line.missing_since is not None or books_start.precedes(day):
        return {}
    kind = line_types.account_of(line.type, line.source_id, line.reporting_category)
    kind = _Kind.OPENING if is_from_opening else kind
    is_converted = kind == _Kind.STRIPE_CLEARING and line.exchange_rate is not None
    if not kind or (is_converted and document is None):
        return None
    reference = line_types.reference_of(line.type, line.source_id) if kind != _Kind.FEES else ""
    balance = Side(_Kind.STRIPE_BALANCE, line.currency, document=line.stripe_id)
    fees = Side(_Kind.FEES, line.currency, document=line.stripe_id)
    moved = [(balance, line.net_minor), (fees, line.fee_minor)]
    if is_converted and document is not None:
        amount = document.amount_minor if line.amount_minor > 0 else -document.amount_minor
        settled = Side(_Kind.EXCHANGE, line.currency, document=line.stripe_id)
        given = Side(_Kind.EXCHANGE, document.currency, document=line.stripe_id)
        moved += [(settled, -line.amount_minor), (given, amount)]
        return sides.summed([*moved, (Side(kind, document.currency, reference=reference), -amount)])
    return sides.summed([*moved, (Side(kind, line.currency, reference=reference), -line.amount_minor)])


def _book(account: StripeAccount, line: StatementLine, wanted: Sides, booked: Booked, *, by: object) -> int:
    missing = sides.missing(wanted, booked.sides)
    if not missing:
        return 0
    happened, news = line.stripe_created_at, bool(booked.entries)
    entity = account.legal_entity
    return entries.post(
        legal_entity=entity,
        effective_on=entries.day_of(clock.now() if news else happened, entity),
        source=line.stripe_id,
        kind=booked.next_kind(line.type),
        by=by,
        lines=sides.lines(missing, account_id=account.pk),
    )
