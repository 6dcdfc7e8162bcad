"""What a dispute books: what the bank took back is lost until it is given back. Stripe's fee comes with its line."""

from billing.models import Entry, LedgerAccount
from billing.services.ledger import books_start, entries, sides
from billing.services.ledger.sides import Booked, Side, Sides
from config.base import clock
from payments.models import Dispute

_Kind = LedgerAccount.Kind


def post(dispute: Dispute, *, by: object) -> bool:
    """Book what is missing of a dispute whose row is held; whether anything was."""
    entity = dispute.account.legal_entity
    booked = _booked(dispute)
    wanted = _wanted(dispute) if _is_in_the_books(dispute) else {}
    missing = sides.missing(wanted, booked.sides)
    if not missing:
        return False
    word = "withdrawn" if wanted else "reinstated"
    moment = dispute.withdrawn_at if wanted else dispute.reinstated_at
    return entries.post(
        legal_entity=entity,
        effective_on=entries.day_of(moment or clock.now(), entity),
        source=dispute.stripe_id,
        kind=booked.next_kind(word),
        by=by,
        lines=sides.lines(missing, account_id=dispute.account_id),
    )


def _is_in_the_books(dispute: Dispute) -> bool:
    entity = dispute.account.legal_entity
    return bool(dispute.withdrawn_at) and not books_start.precedes(entries.day_of(dispute.withdrawn_at, entity))


def _wanted(dispute: Dispute) -> Sides:
    """In the currency of the charge; what was converted passes the exchange account with Stripe's line."""
    gone = dispute.withdrawn_minor - dispute.reinstated_minor
    if dispute.settlement_currency != dispute.currency:
        gone = 0 if dispute.reinstated_minor else dispute.amount_minor
    customer = dispute.payment.customer_id if dispute.payment else None
    lost = Side(_Kind.DISPUTE_LOSSES, dispute.currency, customer, document=dispute.stripe_id)
    clearing = Side(_Kind.STRIPE_CLEARING, dispute.currency, reference=dispute.stripe_id, document=dispute.stripe_id)
    return sides.summed([(lost, gone), (clearing, -gone)])


def _booked(dispute: Dispute) -> Booked:
    found = Booked()
    for entry in Entry.objects.filter(source=dispute.stripe_id).prefetch_related("postings__account"):
        found.entries[entry.kind] = entry.pk
        for posting in entry.postings.all():
            side = Side(
                posting.account.kind, posting.account.currency, posting.customer_id, posting.reference,
                posting.document, posting.line,
            )  # fmt: skip
            found.sides[side] = found.sides.get(side, 0) + posting.amount_minor
    return found
