"""What a payment books: the money in clearing against the invoices that take it; what none takes is prepaid.

A payment and its refunds are booked together, because what a refund gives back depends on what invoices took.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from billing.models import LedgerAccount
from billing.services.ledger import catching_up, payment_facts, refunds
from billing.services.ledger.catching_up import Target
from billing.services.ledger.payment_facts import PaymentFacts, Take
from billing.services.ledger.sides import Side, moves_clearing, summed
from config.base.money import Money

_Kind = LedgerAccount.Kind


def post(intents: Sequence[str], *, by: object) -> int:
    """Book what is missing of these payments and their refunds: the number of entries. In a transaction.

    `intents`: Stripe's ids. Their rows are held (`payment_facts.hold`).
    """
    return sum(_post(facts, by=by) for facts in payment_facts.read(intents)) if intents else 0


def taken(facts: PaymentFacts) -> list[tuple[Take, int]]:
    """What each invoice took, at most what was received."""
    left, found = facts.received_minor, []
    for take in facts.takes:
        part = min(left, take.amount_minor)
        left -= part
        found.append((take, part))
    return found


def prepaid(facts: PaymentFacts, until: date) -> int:
    """What no invoice of the books took by the end of this day; of a payment from before them it stands in opening."""
    takes = [(take, part) for take, part in taken(facts) if not facts.is_old or take.account == _Kind.RECEIVABLE]
    used = sum(part for take, part in takes if take.day <= until)
    return facts.received_minor - used


def _post(facts: PaymentFacts, *, by: object) -> int:
    return catching_up.post(facts, _target(facts), by=by) + refunds.post(
        facts, prepaid=lambda day: prepaid(facts, day), by=by
    )


def _target(facts: PaymentFacts) -> Target:
    days = [*([] if facts.is_old else [facts.day]), *(max(take.day, facts.day) for take in facts.takes)]
    return Target(
        source=facts.stripe_id,
        steps=catching_up.daily(days, lambda day: _wanted(facts, day)),
        word=lambda moved: "received" if moves_clearing(moved) else "allocated",
    )


def _wanted(facts: PaymentFacts, until: date) -> dict[Side, int]:
    """What the payment should have booked by the end of this day."""
    takes = [(take, part) for take, part in taken(facts) if max(take.day, facts.day) <= until]
    if facts.is_old:
        takes = [(take, part) for take, part in takes if take.account == _Kind.RECEIVABLE]
    credited = [credit for take, part in takes for credit in _credits(facts.currency, take, part)]
    used = sum(part for _, part in takes)
    if facts.is_old:
        return summed([(Side(_Kind.OPENING, facts.currency, document=facts.stripe_id), used), *credited])
    clearing = Side(_Kind.STRIPE_CLEARING, facts.currency, reference=facts.charge, document=facts.stripe_id)
    rest = Side(_Kind.CUSTOMER_PREPAYMENTS, facts.currency, facts.customer_id, document=facts.stripe_id)
    return summed([(clearing, facts.received_minor), *credited, (rest, used - facts.received_minor)])


def _credits(currency: str, take: Take, part: int) -> Iterable[tuple[Side, int]]:
    """Line by line, so that the payments of an invoice together come to each line's whole amount."""
    paper = Side(take.account, currency, take.customer_id, document=take.invoice)
    weights = [weight for _, weight in take.lines]
    if sum(weights) <= 0:
        yield paper, -part
        return
    before = Money(take.before_minor, currency).allocate(weights)
    after = Money(take.before_minor + part, currency).allocate(weights)
    for (line, _), was, now in zip(take.lines, before, after, strict=True):
        yield paper._replace(line=line), was.minor - now.minor
