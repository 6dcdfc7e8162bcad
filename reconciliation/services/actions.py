"""What a person does about a discrepancy. Each deed leaves a note with its reason and an audit line.

Which deeds are safe depends on the type (`offered`). What a deed books is one entry in the name of the discrepancy;
the next matching shows whether it is settled.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import transaction

from billing.models import Entry, LedgerAccount, Posting
from billing.services.ledger import entries, sides
from billing.services.ledger.sides import Booked, Side
from config.base import audit, clock
from config.base.actor import Actor
from config.base.errors import IllegalState
from config.base.models import User
from reconciliation.models import Discrepancy, DiscrepancyNote, StatementLine
from reconciliation.services import documents, fetching, holding, posting

Type, Status, Kind = Discrepancy.Type, Discrepancy.Status, DiscrepancyNote.Kind
Account = LedgerAccount.Kind
FETCH, ACCEPT, SUSPENSE, BOOK, BOOK_SALE, LINK = "fetch_again", "accept", "to_suspense", "book", "book_sale", "link"

_DIFFERENCES = (FETCH, LINK, ACCEPT, SUSPENSE)
_OFFERED: Mapping[str, tuple[str, ...]] = {
    Type.FEE: (FETCH, ACCEPT),
    Type.UNKNOWN_LINE_TYPE: (FETCH, BOOK, SUSPENSE),
    Type.PREPAYMENT: (FETCH, BOOK_SALE),
    Type.INVOICE_TOTAL: (FETCH,),
    Type.PAYOUT_NOT_COMPLETE: (FETCH, ACCEPT),
    Type.BALANCE: (ACCEPT,),
    Type.TIMING: (FETCH,),
    Type.EXCHANGE_DIFFERENCE: (FETCH, ACCEPT),
}
# Where an accepted rest goes.
REST: Mapping[str, str] = {
    Type.CURRENCY: Account.EXCHANGE,
    Type.DISPUTE_NOT_BOOKED: Account.DISPUTE_LOSSES,
}
# Nothing of these stands on the wrong side: what a payout has in transit is on its way, whatever its lines say.
WITHOUT_REST = (Type.FEE, Type.EXCHANGE_DIFFERENCE, Type.PAYOUT_NOT_COMPLETE, Type.BALANCE, Type.TIMING)
# What may be booked to by hand.
BOOKABLE = (Account.FEES, Account.REVENUE, Account.WRITE_OFFS, Account.DISPUTE_LOSSES, Account.EXCHANGE, Account.BANK)


class DiscrepancyClosed(IllegalState):
    """It was closed meanwhile."""

    code = "discrepancy_closed"
    title = "The discrepancy is closed"


class DiscrepancyChanged(IllegalState):
    """Its amount is another one by now."""

    code = "discrepancy_changed"
    title = "The discrepancy has changed"


class ActionNotOffered(IllegalState):
    """The deed is not safe for this type of discrepancy."""

    code = "action_not_offered"
    title = "This is not possible for this kind of discrepancy"


class Standing(NamedTuple):
    """What a reference or a document still has in an account; signed, in minor units."""

    kind: str
    side: Side
    amount_minor: int


def offered(discrepancy: Discrepancy) -> tuple[str, ...]:
    """The deeds that are safe now, the best first."""
    if discrepancy.status != Status.OPEN:
        return ()
    return _OFFERED.get(discrepancy.type, _DIFFERENCES)


def fetch_again(*, discrepancy: Discrepancy, by: Actor) -> None:
    """Ask Stripe for it again, with all that hangs on it; raises StripeFailure."""
    fetching.fetch(discrepancy, by=by)
    _told(discrepancy, "Fetched again from Stripe.", by=by)


def accept(*, discrepancy: Discrepancy, reason: str, by: Actor) -> None:
    """Let exactly this amount be, and write off what it leaves in clearing or transit. It opens again if it changes."""
    with transaction.atomic():
        row = _held(discrepancy, ACCEPT)
        _book_rest(row, REST.get(row.type, Account.WRITE_OFFS), reason, by=by)
        _close(row, reason, by=by)


def to_suspense(*, discrepancy: Discrepancy, reason: str, by: Actor) -> None:
    """Put the amount where everybody sees that it still has to be explained; refused when nothing of it is left."""
    with transaction.atomic():
        row = _held(discrepancy, SUSPENSE)
        if row.type == Type.UNKNOWN_LINE_TYPE:
            _book_line(row, row.object_id, Account.SUSPENSE, reason, by=by)
        elif not _book_rest(row, Account.SUSPENSE, reason, by=by):
            raise ActionNotOffered("The books are even: there is nothing to put in suspense. Fetch it, or accept it.")
        _close(row, f"In suspense: {reason}", by=by)


def release_suspense(*, discrepancy: Discrepancy, ledger_kind: str, reason: str, by: Actor) -> bool:
    """Move what it has in suspense to the account where it belongs; False when nothing is there (any more)."""
    _refuse_other_than_bookable(ledger_kind)
    with transaction.atomic():
        row = _locked(discrepancy)
        held = [each for each in _standing(row) if each.kind == Account.SUSPENSE]
        booked = _book(row, held, ledger_kind, "released", reason, by=by)
        if booked:
            _told(row, f"Out of suspense, to {ledger_kind.replace('_', ' ')}: {reason}", by=by)
        return booked


def book(*, discrepancy: Discrepancy, ledger_kind: str, reason: str, by: Actor) -> None:
    """Book a line that nobody knew how to book."""
    _refuse_other_than_bookable(ledger_kind)
    with transaction.atomic():
        row = _held(discrepancy, BOOK)
        _book_line(row, row.object_id, ledger_kind, reason, by=by)
        _close(row, f"Booked to {ledger_kind.replace('_', ' ')}: {reason}", by=by)


def book_sale(*, discrepancy: Discrepancy, reason: str, by: Actor) -> None:
    """A payment without a document was a sale: it becomes revenue, or no more so when a document has taken it since."""
    with transaction.atomic():
        row = _held(discrepancy, BOOK_SALE)
        held = [each for each in _standing(row) if each.kind == Account.CUSTOMER_PREPAYMENTS]
        if sum(each.amount_minor for each in held) != -row.amount_minor:
            raise DiscrepancyChanged("A document or a refund has taken of it meanwhile. Look at it again.")
        _book(row, held, Account.REVENUE, "sale", reason, by=by)
        _close(row, f"Booked as a sale: {reason}", by=by)


def assign(*, discrepancy: Discrepancy, to: User | None, by: Actor) -> None:
    """Give it to somebody, or back to all."""
    with transaction.atomic():
        row = Discrepancy.objects.select_for_update().get(pk=discrepancy.pk)
        Discrepancy.objects.filter(pk=row.pk).update(assignee=to)
        _note(row, Kind.ASSIGNED, str(to) if to else "Nobody", by=by)
        audit.record(row, changes={"assignee": [row.assignee_id, to and to.pk]}, by=by)


def comment(*, discrepancy: Discrepancy, text: str, by: Actor) -> None:
    """Say something about it. The audit line tells that, and its history what."""
    with transaction.atomic():
        _note(discrepancy, Kind.COMMENT, text, by=by)
        audit.record(discrepancy, changes={Kind.COMMENT: ["", "added"]}, by=by)


def _told(discrepancy: Discrepancy, text: str, *, by: Actor) -> None:
    """In its history, and in the audit log."""
    with transaction.atomic():
        _note(discrepancy, Kind.ACTION, text, by=by)
        audit.record(discrepancy, changes={Kind.ACTION: ["", text]}, by=by)


def _note(discrepancy: Discrepancy, kind: str, text: str, *, by: Actor) -> None:
    DiscrepancyNote.objects.create(discrepancy=discrepancy, kind=kind, text=text, by=str(by))


def _refuse_other_than_bookable(ledger_kind: str) -> None:
    if ledger_kind not in BOOKABLE:
        raise ActionNotOffered(f"It can be booked to {', '.join(BOOKABLE)}.", param="ledger_kind")


def _locked(discrepancy: Discrepancy) -> Discrepancy:
    row = Discrepancy.objects.select_for_update(of=("self",)).select_related("account__legal_entity")
    found = row.get(pk=discrepancy.pk)
    holding.hold(found.account, [found.object_id])
    return found


def _held(discrepancy: Discrepancy, action: str) -> Discrepancy:
    row = _locked(discrepancy)
    if row.status != Status.OPEN:
        raise DiscrepancyClosed("Somebody was faster, or both sides agree by now. Look at its history.")
    if (row.amount_minor, row.currency) != (discrepancy.amount_minor, discrepancy.currency):
        raise DiscrepancyChanged("Its amount has changed since you read it. Look at it again.")
    if action not in offered(row):
        raise ActionNotOffered("Choose one of the actions that its page offers.")
    return row


def _close(row: Discrepancy, reason: str, *, by: Actor) -> None:
    audit.move(
        row, from_=[Status.OPEN], to=Status.ACCEPTED, by=by, reason=reason,
        rule=str(by)[:120], closed_at=clock.now(),
    )  # fmt: skip
    Discrepancy.objects.filter(pk=row.pk).update(reason=reason)
    _note(row, Kind.ACTION, reason, by=by)


def left(discrepancy: Discrepancy) -> list[Standing]:
    """What of it stands in clearing or in transit because its two sides do not meet there."""
    at_stripe = (Account.STRIPE_CLEARING, Account.IN_TRANSIT)
    is_there = discrepancy.type not in WITHOUT_REST
    return [each for each in _standing(discrepancy) if each.kind in at_stripe] if is_there else []


def _book_rest(row: Discrepancy, kind: str, reason: str, *, by: Actor) -> bool:
    waiting = _unbookable(row)
    for line in waiting:
        _book_line(row, line.stripe_id, kind, reason, by=by)
    word = "accepted" if kind != Account.SUSPENSE else "suspended"
    return _book(row, left(row), kind, word, reason, by=by) or bool(waiting)


def _unbookable(row: Discrepancy) -> list[StatementLine]:
    """Its lines that wait for a document which tells in which currency clearing has them."""
    if row.type in WITHOUT_REST:
        return []
    known = documents.by_source([row.object_id]).get(row.object_id)
    waiting = StatementLine.objects.filter(
        account=row.account, source_id=row.object_id, is_posted=False, missing_since=None
    )
    lines = waiting.select_related("account__legal_entity").order_by("pk")
    return [line for line in lines if posting.wanted_of(line, known) is None]


def _standing(row: Discrepancy) -> list[Standing]:
    """What its reference, or it as a document, has in the books, by account."""
    found: dict[Side, int] = {}
    mine = Posting.objects.filter(account__legal_entity=row.account.legal_entity_id)
    postings = mine.filter(reference=row.object_id, account__account=row.account) | mine.filter(
        document=row.object_id, account__kind__in=[Account.SUSPENSE, Account.CUSTOMER_PREPAYMENTS]
    )
    for each in postings.select_related("account"):
        account = each.account
        at_stripe = account.kind in LedgerAccount.AT_STRIPE
        side = Side(
            account.kind, account.currency, None if at_stripe else each.customer_id,
            each.reference if at_stripe else "", "" if at_stripe else each.document,
        )  # fmt: skip
        found[side] = found.get(side, 0) + each.amount_minor
    return [Standing(side.kind, side, amount) for side, amount in found.items() if amount]


def _book(row: Discrepancy, held: list[Standing], kind: str, word: str, reason: str, *, by: Actor) -> bool:
    moved = [(each.side, -each.amount_minor) for each in held]
    moved += [(Side(kind, each.side.currency, document=row.object_id), each.amount_minor) for each in held]
    return _post(row, row.public_id, word, sides.summed(moved), reason, by=by)


def _book_line(row: Discrepancy, stripe_id: str, kind: str, reason: str, *, by: Actor) -> None:
    """Book a line to an account; if it was booked before and Stripe has changed it, only what it moves more."""
    line = StatementLine.objects.filter(stripe_id=stripe_id, missing_since=None).first()
    if line is None:
        raise DiscrepancyChanged("Stripe does not list the line any more. Look at it again.")
    balance = Side(Account.STRIPE_BALANCE, line.currency, document=line.stripe_id)
    fees = Side(Account.FEES, line.currency, document=line.stripe_id)
    other = Side(kind, line.currency, document=row.object_id)
    booked = sides.booked_of(line.stripe_id)
    moved = [(balance, line.net_minor), (fees, line.fee_minor), (other, -line.amount_minor)]
    if booked.entries:
        more = line.net_minor - booked.sides.get(balance, 0)
        moved = [(balance, more), (other, -more)]
    _post(row, line.stripe_id, "booked", sides.summed(moved), reason, by=by)
    StatementLine.objects.filter(pk=line.pk).update(is_posted=True)


def _post(row: Discrepancy, source: str, word: str, moved: Any, reason: str, *, by: Actor) -> bool:
    kinds = Entry.objects.filter(source=source).values_list("kind", "pk")
    entity = row.account.legal_entity
    return entries.post(
        legal_entity=entity,
        effective_on=entries.day_of(clock.now(), entity),
        source=source,
        kind=Booked(entries=dict(kinds)).next_kind(word),
        by=by,
        lines=sides.lines(moved, account_id=row.account_id),
        note=reason,
    )
