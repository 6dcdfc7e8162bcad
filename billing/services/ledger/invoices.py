"""What an invoice books: what the customer owes for each line, what was earned or is still to be earned, and taxes.

Amounts are Stripe's. Where they do not add up, the difference stands in suspense with the invoice's id: a fact is
booked, never refused. What pays the invoice is booked by its payments.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from billing.models import Invoice, InvoiceLine, LedgerAccount
from billing.services.ledger import books_start, catching_up, entries, recognition, sides
from billing.services.ledger.catching_up import Target
from billing.services.ledger.sides import Booked, Side, Sides, summed
from config.base import clock
from config.base.models import LegalEntity

_Kind, _Status = LedgerAccount.Kind, Invoice.Status
ISSUED = (_Status.OPEN, _Status.PAID, _Status.VOID, _Status.UNCOLLECTIBLE)


@dataclass(frozen=True, slots=True)
class Facts:
    """An invoice that was finalized, with what it is made of."""

    invoice: Invoice
    legal_entity: LegalEntity
    account_id: int
    today: date
    day: date
    booked: Booked = field(default_factory=Booked)

    def booked_of(self, source: str) -> Booked:
        return self.booked


def post(invoice: Invoice, *, by: object) -> int:
    """Book what is missing of an invoice, whose row is held: the number of entries. In a transaction."""
    if invoice.status not in ISSUED or not invoice.finalized_at or not invoice.stripe_id:
        return 0
    books = invoice.account.legal_entity
    day = entries.day_of(invoice.finalized_at, books)
    if books_start.precedes(day):
        return 0
    booked = sides.booked_of(invoice.stripe_id)
    facts = Facts(invoice, books, invoice.account_id, entries.day_of(clock.now(), books), day, booked)
    steps = list(_steps(facts))
    made = catching_up.post(facts, Target(source=invoice.stripe_id, steps=steps, word=_word), by=by)
    if made and invoice.status == _Status.VOID:
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
    invoice, issued = facts.invoice, summed(_issued(facts))
    yield facts.day, issued
    if invoice.status != _Status.UNCOLLECTIBLE and any(side.kind == _Kind.WRITE_OFFS for side in facts.booked.sides):
        yield _day(facts, invoice.marked_uncollectible_at), dict(facts.booked.sides)
    if invoice.status == _Status.VOID:
        yield _day(facts, invoice.voided_at), {}
    elif invoice.status == _Status.UNCOLLECTIBLE:
        yield _day(facts, invoice.marked_uncollectible_at), summed([*issued.items(), *_written_off(facts)])
    elif invoice.status == _Status.PAID:
        yield _day(facts, invoice.paid_at), summed([*issued.items(), *_paid_elsewhere(facts)])


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
    used = (invoice.ending_balance_minor or 0) - invoice.starting_balance_minor if _settles_balance(invoice) else 0
    yield Side(_Kind.CREDITS_LIABILITY, currency, invoice.customer_id, document=document), used
    yield _receivable(invoice), -used


def _settles_balance(invoice: Invoice) -> bool:
    return invoice.ending_balance_minor is not None


def _receivable(invoice: Invoice, line: str = "") -> Side:
    document = invoice.stripe_id or ""
    return Side(_Kind.RECEIVABLE, invoice.currency, invoice.customer_id, document=document, line=line)


def _written_off(facts: Facts) -> Iterator[tuple[Side, int]]:
    invoice, rest = facts.invoice, facts.invoice.amount_remaining_minor
    yield Side(_Kind.WRITE_OFFS, invoice.currency, invoice.customer_id, document=invoice.stripe_id or ""), rest
    yield _receivable(invoice), -rest


def _paid_elsewhere(facts: Facts) -> Iterator[tuple[Side, int]]:
    """What a paid invoice was paid with that is no payment at Stripe: money that staff recorded as received."""
    invoice = facts.invoice
    used = (invoice.ending_balance_minor or 0) - invoice.starting_balance_minor if _settles_balance(invoice) else 0
    at_stripe = sum(
        paid.amount_paid_minor or 0
        for paid in invoice.payments.all()
        if paid.status == "paid" and paid.payment_intent_id
    )
    rest = invoice.total_minor - used - at_stripe - invoice.pre_payment_credit_minor + invoice.amount_overpaid_minor
    yield Side(_Kind.BANK, invoice.currency, document=invoice.stripe_id or ""), rest
    yield _receivable(invoice), -rest


def _word(moved: Sides) -> str:
    kinds = {side.kind for side in moved}
    earned = sum(amount for side, amount in moved.items() if side.kind == _Kind.RECEIVABLE)
    if _Kind.WRITE_OFFS in kinds:
        return "written_off" if earned < 0 else "recovered"
    if kinds <= {_Kind.BANK, _Kind.RECEIVABLE}:
        return "paid_outside"
    return "issued" if earned >= 0 else "voided"
