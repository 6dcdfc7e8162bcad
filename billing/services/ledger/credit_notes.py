"""What a credit note books: what it takes back of revenue and tax, against what the customer owes.

What it gives to the customer's balance becomes a liability; what was given back another way came from the bank; what it
refunds is booked by the refund.
"""

from collections.abc import Iterator
from datetime import date

from billing.models import CreditNote, CreditNoteLine, LedgerAccount
from billing.services.ledger import books_start, catching_up, entries, sides
from billing.services.ledger.catching_up import Target
from billing.services.ledger.invoices import earning_account
from billing.services.ledger.sides import Booked, Side, Sides, summed
from config.base import clock
from config.base.models import LegalEntity
from config.base.money import Money

_Kind, _Status = LedgerAccount.Kind, CreditNote.Status


class _Facts:
    def __init__(self, note: CreditNote) -> None:
        self.legal_entity: LegalEntity = note.account.legal_entity
        self.account_id = note.account_id
        self.today = entries.day_of(clock.now(), self.legal_entity)
        self.booked = sides.booked_of(note.stripe_id or "")

    def booked_of(self, source: str) -> Booked:
        return self.booked


def post(note: CreditNote, *, by: object) -> int:
    """Book what is missing of a credit note, whose row is held: the number of entries. In a transaction."""
    issued_at = note.effective_at or note.stripe_created_at
    if note.status not in {_Status.ISSUED, _Status.VOID} or not issued_at or not note.stripe_id:
        return 0
    facts = _Facts(note)
    day = entries.day_of(issued_at, facts.legal_entity)
    if books_start.precedes(day):
        return 0
    steps: list[tuple[date, Sides]] = [(day, summed(_issued(note, day, facts.legal_entity)))]
    if note.status == _Status.VOID:
        voided = entries.day_of(note.voided_at, facts.legal_entity) if note.voided_at else facts.today
        steps.append((max(day, voided), {}))
    return catching_up.post(facts, Target(source=note.stripe_id, steps=steps, word=_word), by=by)


def _issued(note: CreditNote, day: date, books: LegalEntity) -> Iterator[tuple[Side, int]]:
    currency, customer, invoice = note.currency, note.invoice.customer_id, note.invoice.stripe_id or ""
    lines = list(note.lines.select_related("invoice_line").order_by("position", "pk"))
    weights = [max(0, line.amount_minor - line.discount_minor) for line in lines]
    for (line, net), (_, tax) in zip(
        _shares(note.total_minor - note.tax_minor, currency, lines, weights),
        _shares(note.tax_minor, currency, lines, weights),
        strict=True,
    ):
        of = line.invoice_line.stripe_id if line and line.invoice_line else ""
        account = earning_account(line.invoice_line, day, books) if line and line.invoice_line else _Kind.REVENUE
        yield Side(account, currency, customer, document=invoice, line=of), net
        yield Side(_Kind.TAX_PAYABLE, currency, document=invoice, line=of), tax
        yield Side(_Kind.RECEIVABLE, currency, customer, document=invoice, line=of), -net - tax
    owed = Side(_Kind.RECEIVABLE, currency, customer, document=invoice)
    yield owed, note.credit_minor + note.out_of_band_minor
    yield Side(_Kind.CREDITS_LIABILITY, currency, customer, document=note.stripe_id or ""), -note.credit_minor
    yield Side(_Kind.BANK, currency, document=note.stripe_id or ""), -note.out_of_band_minor


def _shares(
    total: int, currency: str, lines: list[CreditNoteLine], weights: list[int]
) -> list[tuple[CreditNoteLine | None, int]]:
    if sum(weights) <= 0:
        return [(None, total)]
    shares = Money(total, currency).allocate(weights)
    return [(line, share.minor) for line, share in zip(lines, shares, strict=True)]


def _word(moved: Sides) -> str:
    taken = sum(amount for side, amount in moved.items() if side.kind == _Kind.RECEIVABLE and side.line)
    return "issued" if taken <= 0 else "voided"
