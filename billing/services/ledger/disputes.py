"""What a dispute books: the money that the bank took is lost, until it comes back. Stripe's fee comes with its line.

The invoice stays paid: whether the customer owes it again is for people to say, with a credit note or a new invoice.
"""

from collections.abc import Iterator
from datetime import date

from billing.models import LedgerAccount
from billing.services.ledger import books_start, catching_up, entries
from billing.services.ledger.catching_up import OneSource, Target
from billing.services.ledger.sides import Side, Sides, summed
from config.base.models import LegalEntity
from payments.models import Dispute

_Kind = LedgerAccount.Kind


def post(dispute: Dispute, *, by: object) -> int:
    """Book what is missing of a dispute, whose row is held: the number of entries. In a transaction."""
    books = dispute.account.legal_entity
    facts = OneSource.of(dispute.account, dispute.stripe_id)
    target = Target(source=dispute.stripe_id, steps=list(_steps(dispute, books)), word=_word)
    return catching_up.post(facts, target, by=by)


def _steps(dispute: Dispute, books: LegalEntity) -> Iterator[tuple[date, Sides]]:
    """What left, then what came back, as far as the books had begun; what left before stands in opening."""
    told = ((dispute.withdrawn_at, dispute.withdrawn_minor, 1), (dispute.reinstated_at, dispute.reinstated_minor, -1))
    lost, account = 0, _Kind.DISPUTE_LOSSES
    for at, moved, sign in told:
        if at and moved:
            day = entries.day_of(at, books)
            if books_start.precedes(day):
                account = _Kind.OPENING
                continue
            lost += sign * _amount(dispute, moved)
            yield day, _wanted(dispute, account, lost)


def _amount(dispute: Dispute, moved: int) -> int:
    """In the dispute's own currency: one that was settled in another moved all of it, whatever that came to."""
    return moved if dispute.settlement_currency == dispute.currency else dispute.amount_minor


def _wanted(dispute: Dispute, account: str, lost: int) -> Sides:
    intent = dispute.payment_intent_id
    clearing = Side(_Kind.STRIPE_CLEARING, dispute.currency, reference=dispute.stripe_id, document=intent)
    return summed([(Side(account, dispute.currency, document=intent), lost), (clearing, -lost)])


def _word(moved: Sides) -> str:
    left = sum(amount for side, amount in moved.items() if side.kind == _Kind.STRIPE_CLEARING) < 0
    return "withdrawn" if left else "reinstated"
