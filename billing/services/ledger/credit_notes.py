"""What a credit note books: what it takes back of revenue and tax, against what the customer owes.

What it gives to the customer's balance becomes a liability; what was given back another way came from the bank; what it
refunds is booked by the refund.
"""

from collections.abc import Iterator
from datetime import date

from billing.models import CreditNote, CreditNoteLine, Invoice, LedgerAccount
from billing.services.ledger import books_start, catching_up, entries, recognition
from billing.services.ledger.catching_up import OneSource, Target
from billing.services.ledger.invoices import SOLD, earning_account
from billing.services.ledger.sides import Side, Sides, summed
from config.base.models import LegalEntity
from config.base.money import Money

_Kind, _Status = LedgerAccount.Kind, CreditNote.Status


def post(note: CreditNote, *, by: object) -> int:
    """Book what is missing of a credit note, whose row is held: the number of entries. In a transaction."""
    issued_at = note.effective_at or note.stripe_created_at
    if note.status not in {_Status.ISSUED, _Status.VOID} or not issued_at or not note.stripe_id:
        return 0
    facts = OneSource.of(note.account, note.stripe_id)
    day = entries.day_of(issued_at, facts.legal_entity)
    if books_start.precedes(day):
        return 0
    steps: list[tuple[date, Sides]] = [(day, summed(_issued(note, day, facts.legal_entity)))]
    if _is_void(note):
        voided_at = note.voided_at or note.invoice.voided_at
        voided = entries.day_of(voided_at, facts.legal_entity) if voided_at else facts.today
        steps.append((max(day, voided), {}))
    made = catching_up.post(facts, Target(source=note.stripe_id, steps=steps, word=_word), by=by)
    document, last = note.invoice.stripe_id, steps[-1][0]
    if made and document:
        made += recognition.catch_up(document, legal_entity=facts.legal_entity, day=last, by=by)
    return made


def _is_void(note: CreditNote) -> bool:
    """A note of an invoice that is void takes nothing back any more: all of it is taken back already."""
    return note.status == _Status.VOID or note.invoice.status == Invoice.Status.VOID


def _issued(note: CreditNote, day: date, books: LegalEntity) -> Iterator[tuple[Side, int]]:
    currency, customer, invoice = note.currency, note.invoice.customer_id, note.invoice.stripe_id or ""
    lines = list(note.lines.select_related("invoice_line").order_by("position", "pk"))
    is_old = _is_old(note, books)
    for line, net, tax in _parts(note, lines):
        of = line.invoice_line.stripe_id if line and line.invoice_line else ""
        credited = line.invoice_line if line and not is_old else None
        account = earning_account(credited, day, books) if credited else _Kind.REVENUE
        yield Side(account, currency, customer, document=invoice, line=of), net
        yield Side(_Kind.TAX_PAYABLE, currency, document=invoice, line=of), tax
        yield Side(_Kind.RECEIVABLE, currency, customer, document=invoice, line=of), -net - tax
    owed = Side(_Kind.RECEIVABLE, currency, customer, document=invoice)
    yield owed, note.credit_minor + note.out_of_band_minor
    yield Side(_Kind.CREDITS_LIABILITY, currency, customer, document=note.stripe_id or ""), -note.credit_minor
    yield Side(_Kind.BANK, currency, document=note.stripe_id or ""), -note.out_of_band_minor
    if is_old:
        yield owed, note.pre_payment_minor
        yield Side(_Kind.OPENING, currency, customer, document=invoice), -note.pre_payment_minor


def _is_old(note: CreditNote, books: LegalEntity) -> bool:
    """Whether its invoice is from before the books: nothing of it is deferred there, and what it owes is in opening."""
    finalized = note.invoice.finalized_at
    return finalized is not None and books_start.precedes(entries.day_of(finalized, books))


def _parts(note: CreditNote, lines: list[CreditNoteLine]) -> list[tuple[CreditNoteLine | None, int, int]]:
    """Net and tax by line, as Stripe says; shared out by the lines' amounts where they do not add up."""
    for is_inside in (False, True):
        parts = [(line, _amount(line) - is_inside * line.tax_minor, line.tax_minor) for line in lines]
        sums = sum(net for _, net, _ in parts), sum(tax for *_, tax in parts)
        if sums == (note.total_minor - note.tax_minor, note.tax_minor):
            return [*parts]
    weights = [max(0, _amount(line)) for line in lines]
    net, tax = (_shares(total, note.currency, weights) for total in (note.total_minor - note.tax_minor, note.tax_minor))
    return list(zip(lines if any(weights) else [None], net, tax, strict=True))


def _amount(line: CreditNoteLine) -> int:
    return line.amount_minor - line.discount_minor


def _shares(total: int, currency: str, weights: list[int]) -> list[int]:
    return [share.minor for share in Money(total, currency).allocate(weights)] if any(weights) else [total]


def _word(moved: Sides) -> str:
    taken = sum(amount for side, amount in moved.items() if side.kind in SOLD)
    return "issued" if taken >= 0 else "voided"
