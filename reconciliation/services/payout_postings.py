"""What a payout books beside Stripe's own line of it: that the money is at the bank.

Until bank files come, Stripe's word that it was paid stands for the bank's.
"""

from billing.models import Entry, LedgerAccount
from billing.services.ledger import books_start, entries
from billing.services.ledger.entries import Line
from config.base import clock
from reconciliation.models import Payout

_Kind = LedgerAccount.Kind


def post(payout: Payout, *, by: object) -> bool:
    """Book that the payout arrived, or take that back when it failed later; whether anything was booked."""
    paid = Entry.objects.filter(source=payout.stripe_id, kind="paid").first()
    if payout.status == Payout.Status.PAID and paid is None:
        return _arrived(payout, by=by)
    if payout.status in {Payout.Status.FAILED, Payout.Status.CANCELED} and paid is not None:
        today = entries.day_of(clock.now(), payout.account.legal_entity)
        return entries.reverse(paid, effective_on=max(today, paid.effective_date), by=by)
    return False


def _arrived(payout: Payout, *, by: object) -> bool:
    entity = payout.account.legal_entity
    day = entries.day_of(payout.arrival_date, entity)
    if books_start.precedes(day):
        return False
    at_bank = Line(kind=_Kind.BANK, amount_minor=payout.amount_minor, currency=payout.currency)
    sent = Line(
        kind=_Kind.IN_TRANSIT,
        amount_minor=-payout.amount_minor,
        currency=payout.currency,
        account_id=payout.account_id,
        reference=payout.stripe_id,
    )
    return entries.post(
        legal_entity=entity, effective_on=day, source=payout.stripe_id, kind="paid", by=by, lines=[at_bank, sent]
    )
