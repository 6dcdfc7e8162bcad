"""What a refund books: clearing, against what the money was given back for.

In this order: the receivable that a credit note opened; the prepayment that no invoice took; and what was given back
of an invoice's payment without a credit note is a write-off: the invoice stays paid, its revenue earned and its tax
owed, until a credit note says otherwise and takes it over. So nothing stands in prepayments by mistake.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from billing.models import LedgerAccount
from billing.services.ledger import books_start, catching_up
from billing.services.ledger.catching_up import Target
from billing.services.ledger.payment_facts import PaymentFacts, RefundFact
from billing.services.ledger.sides import Side, Sides, moves_clearing, summed
from payments.models import Refund

_Kind = LedgerAccount.Kind
# Stripe takes the money as soon as it has accepted a refund, and gives it back if that fails.
_TAKEN = (Refund.Status.PENDING, Refund.Status.SUCCEEDED)


def post(facts: PaymentFacts, *, prepaid: Callable[[date], int], by: object) -> int:
    """Book what is missing of a payment's refunds: the number of entries.

    `prepaid`: what no invoice took of it by a day, in minor units; the oldest refund gives it back first.
    """
    made = 0
    for place, refund in enumerate(facts.refunds):
        before = [older for older in facts.refunds[:place] if _counts(older)]
        made += catching_up.post(facts, _target(facts, refund, _Pool(facts, prepaid, before)), by=by)
    return made


@dataclass(frozen=True, slots=True)
class _Pool:
    """What refunds before this one leave of what was prepaid."""

    facts: PaymentFacts
    prepaid: Callable[[date], int]
    before: Sequence[RefundFact]

    def left(self, until: date) -> int:
        left = self.prepaid(until)
        for refund in self.before:
            left -= min(left, refund.amount_minor - sum(part for _, part in _covered(self.facts, refund, until)))
        return left


def _target(facts: PaymentFacts, refund: RefundFact, pool: _Pool) -> Target:
    if books_start.precedes(refund.day):
        return Target(source=refund.stripe_id, steps=list(_returned(facts, refund)), word=lambda _: refund.status)
    notes = [note.day for take in facts.takes for note in take.notes]
    days = (refund.day, *notes, *(take.day for take in facts.takes)) if _counts(refund) else ()
    return Target(
        source=refund.stripe_id,
        steps=catching_up.daily(
            (max(day, refund.day) for day in days), lambda day: _wanted(facts, refund, pool.left(day), day)
        ),
        word=lambda moved: _word(refund, moved),
    )


def _returned(facts: PaymentFacts, refund: RefundFact) -> Iterator[tuple[date, Sides]]:
    """What a refund from before the books took comes back out of opening."""
    day, amount = refund.came_back, refund.amount_minor
    if day and not books_start.precedes(day):
        clearing = Side(_Kind.STRIPE_CLEARING, refund.currency, reference=refund.stripe_id, document=facts.stripe_id)
        opening = Side(_Kind.OPENING, refund.currency, facts.customer_id, document=facts.stripe_id)
        yield day, {clearing: amount, opening: -amount}


def _counts(refund: RefundFact) -> bool:
    return refund.status in _TAKEN and not books_start.precedes(refund.day)


def _word(refund: RefundFact, moved: Sides) -> str:
    if not moves_clearing(moved):
        return "assigned"
    return "refunded" if refund.status in _TAKEN else refund.status


def _wanted(facts: PaymentFacts, refund: RefundFact, prepaid: int, until: date) -> dict[Side, int]:
    """What the refund should have booked by the end of this day."""
    covered = list(_covered(facts, refund, until))
    rest = refund.amount_minor - sum(part for _, part in covered)
    clearing = Side(_Kind.STRIPE_CLEARING, refund.currency, reference=refund.stripe_id, document=facts.stripe_id)
    return summed([*covered, *_uncovered(facts, refund.currency, rest, prepaid), (clearing, -refund.amount_minor)])


def _covered(facts: PaymentFacts, refund: RefundFact, until: date) -> Iterable[tuple[Side, int]]:
    left = refund.amount_minor
    for invoice, take in {take.invoice: take for take in facts.takes}.items():
        for note in take.notes:
            if refund.stripe_id in note.refund_ids and max(note.day, refund.day) <= until:
                part = min(left, note.refund_minor)
                left -= part
                account = books_start.receivable(note.day)
                yield Side(account, refund.currency, take.customer_id, document=invoice), part


def _uncovered(facts: PaymentFacts, currency: str, rest: int, prepaid: int) -> Iterable[tuple[Side, int]]:
    back, account = min(rest, prepaid), _Kind.OPENING if facts.is_old else _Kind.CUSTOMER_PREPAYMENTS
    yield Side(account, currency, facts.customer_id, document=facts.stripe_id), back
    paper = facts.takes[0].invoice if facts.takes else facts.stripe_id
    yield Side(_Kind.WRITE_OFFS, currency, facts.customer_id, document=paper), rest - back
