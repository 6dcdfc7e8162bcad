"""What an invoice books: what the customer owes for each line, what was earned or is still to be earned, and taxes.

Amounts are Stripe's. Where they do not add up, the difference stands in suspense with the invoice's id: a fact is
booked, never refused. What pays the invoice at Stripe is booked by its payments. Of an invoice from before the books
only what is received since then is booked, against opening.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from billing.models import Invoice, InvoiceLine, InvoicePayment, LedgerAccount
from billing.services.ledger import books_start, catching_up, entries, recognition, sides
from billing.services.ledger.catching_up import Target
from billing.services.ledger.sides import Booked, Side, Sides, summed
from config.base import clock
from config.base.models import LegalEntity
from payments.services import snapshots

_Kind, _Status = LedgerAccount.Kind, Invoice.Status
SOLD = {_Kind.REVENUE, _Kind.DEFERRED_REVENUE, _Kind.TAX_PAYABLE}
_NOTE = "credit_note"
ISSUED = (_Status.OPEN, _Status.PAID, _Status.VOID, _Status.UNCOLLECTIBLE)


@dataclass(frozen=True, slots=True)
class Facts:
    """An invoice that was finalized, with what it is made of."""

    invoice: Invoice
    legal_entity: LegalEntity
    account_id: int
    today: date
    day: date
    paid: Sequence[InvoicePayment]
    booked: Booked = field(default_factory=Booked)

    @property
    def is_old(self) -> bool:
        return books_start.precedes(self.day)

    def booked_of(self, source: str) -> Booked:
        return self.booked


def post(invoice: Invoice, *, by: object) -> int:
    """Book what is missing of an invoice, whose row is held: the number of entries. In a transaction."""
    if invoice.status not in ISSUED or not invoice.finalized_at or not invoice.stripe_id:
        return 0
    books = invoice.account.legal_entity
    day = entries.day_of(invoice.finalized_at, books)
    today = entries.day_of(clock.now(), books)
    paid = list(invoice.payments.filter(status="paid")) if invoice.amount_paid_minor else []
    facts = Facts(invoice, books, invoice.account_id, today, day, paid, sides.booked_of(invoice.stripe_id))
    steps = list(_steps(facts))
    target = Target(source=invoice.stripe_id, steps=steps, word=lambda moved: _word(invoice, moved))
    made = catching_up.post(facts, target, by=by)
    if made and invoice.status == _Status.VOID:
        _end_notes(invoice)
        made += recognition.catch_up(invoice.stripe_id, legal_entity=books, day=steps[-1][0], by=by)
    return made


def net_of(line: InvoiceLine) -> int:
    """What a line earns: its amount less discounts and the taxes that are inside it."""
    inclusive = sum(tax.amount_minor for tax in line.taxes.all() if tax.is_inclusive)
    return line.amount_minor - line.discount_minor - inclusive


def earning_account(line: InvoiceLine, day: date, books: LegalEntity) -> str:
    """Deferred revenue while the line's service goes on after this day."""
    ends = entries.day_of(line.period_end, books)
    begins = entries.day_of(line.period_start, books)
    return _Kind.DEFERRED_REVENUE if ends > day and ends > begins else _Kind.REVENUE


def _steps(facts: Facts) -> Iterator[tuple[date, Sides]]:
    invoice, stands = facts.invoice, [] if facts.is_old else list(_issued(facts))
    if stands:
        yield facts.day, summed(stands)
    outside = _outside(facts)
    for day, amount in outside:
        stands += [*_received(facts, amount)]
        yield day, summed(stands)
    if facts.is_old:
        return
    if invoice.status != _Status.UNCOLLECTIBLE and any(side.kind == _Kind.WRITE_OFFS for side in facts.booked.sides):
        yield _day(facts, invoice.marked_uncollectible_at), dict(facts.booked.sides)
    if invoice.status == _Status.VOID:
        yield _day(facts, invoice.voided_at), {}
    elif invoice.status == _Status.UNCOLLECTIBLE:
        days = [_day(facts, invoice.marked_uncollectible_at), *(day for day, _ in outside)]
        yield max(days), summed([*stands, *_written_off(facts)])
    elif invoice.status == _Status.PAID:
        yield _day(facts, invoice.paid_at), summed(stands)
        yield _last_paid(facts), summed([*stands, *_overpaid(facts)])


def _day(facts: Facts, moment: datetime | None) -> date:
    return max(facts.day, entries.day_of(moment, facts.legal_entity)) if moment else facts.today


def _issued(facts: Facts) -> Iterator[tuple[Side, int]]:
    invoice = facts.invoice
    currency, document = invoice.currency, invoice.stripe_id or ""
    owed = 0
    lines = invoice.lines.filter(removed_at=None).prefetch_related("taxes").order_by("position", "pk")
    for line in lines:
        net, taxes = net_of(line), sum(tax.amount_minor for tax in line.taxes.all())
        account = earning_account(line, facts.day, facts.legal_entity)
        yield _receivable(invoice, line.stripe_id), net + taxes
        yield Side(account, currency, invoice.customer_id, document=document, line=line.stripe_id), -net
        yield Side(_Kind.TAX_PAYABLE, currency, document=document, line=line.stripe_id), -taxes
        owed += net + taxes
    yield _receivable(invoice), invoice.total_minor - owed
    yield Side(_Kind.SUSPENSE, currency, document=document), owed - invoice.total_minor
    used = _of_balance(invoice)
    yield Side(_Kind.CREDITS_LIABILITY, currency, invoice.customer_id, document=document), used
    yield _receivable(invoice), -used


def _of_balance(invoice: Invoice) -> int:
    """What was taken of the customer's balance; below zero: what was put there."""
    return 0 if invoice.ending_balance_minor is None else invoice.ending_balance_minor - invoice.starting_balance_minor


def _receivable(invoice: Invoice, line: str = "") -> Side:
    document = invoice.stripe_id or ""
    return Side(_Kind.RECEIVABLE, invoice.currency, invoice.customer_id, document=document, line=line)


def _written_off(facts: Facts) -> Iterator[tuple[Side, int]]:
    invoice, rest = facts.invoice, facts.invoice.amount_remaining_minor
    yield _receivable(invoice)._replace(kind=_Kind.WRITE_OFFS), rest
    yield _receivable(invoice), -rest


def _outside(facts: Facts) -> list[tuple[date, int]]:
    """By day, what was paid with that is no payment at Stripe: money that staff recorded as received.

    Stripe names some of these payments; what a paid invoice was paid with besides came when it was paid.
    """
    invoice = facts.invoice
    named = [paid for paid in facts.paid if not paid.payment_intent_id]
    given = [(_day(facts, paid.paid_at), paid.amount_paid_minor or 0) for paid in named]
    if invoice.status == _Status.PAID:
        given.append((_day(facts, invoice.paid_at), max(0, -_excess(facts))))
    return sorted((day, amount) for day, amount in given if amount and not books_start.precedes(day))


def _received(facts: Facts, amount: int) -> Iterator[tuple[Side, int]]:
    invoice = facts.invoice
    yield Side(_Kind.BANK, invoice.currency, document=invoice.stripe_id or ""), amount
    yield _receivable(invoice)._replace(kind=books_start.receivable(facts.day)), -amount


def _overpaid(facts: Facts) -> Iterator[tuple[Side, int]]:
    """What Stripe put into the customer's balance, because payments brought too much."""
    invoice, excess = facts.invoice, max(0, _excess(facts))
    document, told = invoice.stripe_id or "", invoice.amount_overpaid_minor
    yield _receivable(invoice), excess
    yield Side(_Kind.CREDITS_LIABILITY, invoice.currency, invoice.customer_id, document=document), -told
    yield Side(_Kind.SUSPENSE, invoice.currency, document=document), told - excess


def _excess(facts: Facts) -> int:
    """What the payments that are known brought too much; below zero: too little."""
    invoice = facts.invoice
    to_pay = invoice.total_minor - _of_balance(invoice) - invoice.pre_payment_credit_minor
    return sum(paid.amount_paid_minor or 0 for paid in facts.paid) - to_pay


def _last_paid(facts: Facts) -> date:
    moments = (paid.paid_at for paid in facts.paid)
    return _day(facts, max((moment for moment in (facts.invoice.paid_at, *moments) if moment), default=None))


def _end_notes(invoice: Invoice) -> None:
    """The notes of an invoice that is void end with it; each is booked by its own handler."""
    for stripe_id in invoice.credit_notes.exclude(stripe_id=None).values_list("stripe_id", flat=True):
        snapshots.want(account=invoice.account, kind=_NOTE, stripe_id=stripe_id or "")


def _word(invoice: Invoice, moved: Sides) -> str:
    sums = Counter[str]()
    for side, amount in moved.items():
        sums[side.kind] += amount
    if sums.keys() & SOLD:
        return "voided" if sum(sums[kind] for kind in SOLD) * invoice.total_minor > 0 else "issued"
    if _Kind.WRITE_OFFS in sums:
        return "written_off" if sums[_Kind.WRITE_OFFS] > 0 else "recovered"
    if _Kind.BANK in sums:
        return "paid_outside"
    return "overpaid" if _Kind.CREDITS_LIABILITY in sums else "issued"
