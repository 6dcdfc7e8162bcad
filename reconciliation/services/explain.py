"""What an amount is made of: from any id, the things it stands on and the things that stand on it, and what is booked.

payout ← line of Stripe's balance ← payment, refund or dispute ← invoice, credit note ← its lines.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import Model

from billing.models import CreditNote, Entry, Invoice, InvoiceLine, InvoicePayment, LedgerAccount, Posting
from config.base.money import Money
from payments.models import Dispute, Payment, Refund
from reconciliation.models import Discrepancy, Payout, StatementLine
from reconciliation.services import documents

AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One thing an amount is made of. `id` can be explained in turn; `note`: a rate, a fee, a state."""

    kind: str
    id: str
    amount: Money
    at: datetime | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`subject` is what was asked for, kept in `row`; `parts`, kept in `around`, lead up to it and down from it."""

    subject: Part
    parts: list[Part]
    row: Model
    around: list[Model]
    postings: list[Posting] = field(default_factory=list)


def of(any_id: str) -> Explanation | None:
    """Explain an id of ours or of Stripe's; None when we keep no such thing. At most AT_MOST parts and postings."""
    row = _find(any_id)
    if row is None:
        return None
    around = list(islice(_unlike(row, _around(row)), AT_MOST))
    subject, *parts = _converted([row, *around])
    return Explanation(subject, parts, row, around, _booked(_names(row)))


def _booked(ids: set[str]) -> list[Posting]:
    """Whole entries that name one of these; each way of naming has its index."""
    at_stripe = list(LedgerAccount.objects.filter(kind__in=LedgerAccount.AT_STRIPE).values_list("pk", flat=True))
    named = (Posting.objects.filter(account__in=at_stripe, reference__in=ids), Posting.objects.filter(document__in=ids))
    keys = set(Entry.objects.filter(source__in=ids).values_list("pk", flat=True)[:AT_MOST])
    for postings in named:
        keys.update(postings.values_list("entry_id", flat=True)[:AT_MOST])
    found = Posting.objects.filter(entry_id__in=keys).select_related("entry", "account")
    return list(found.order_by("entry__effective_date", "entry_id", "pk")[:AT_MOST])


_KINDS: dict[str, tuple[type[Model], str]] = {
    "po": (Payout, "stripe_id"),
    "payout": (Payout, "public_id"),
    "txn": (StatementLine, "stripe_id"),
    "line": (StatementLine, "public_id"),
    "ch": (Payment, "latest_charge_id"),
    "py": (Payment, "latest_charge_id"),
    "pi": (Payment, "stripe_id"),
    "pay": (Payment, "public_id"),
    "re": (Refund, "stripe_id"),
    "pyr": (Refund, "stripe_id"),
    "refund": (Refund, "public_id"),
    "du": (Dispute, "stripe_id"),
    "dp": (Dispute, "stripe_id"),
    "dsp": (Dispute, "public_id"),
    "in": (Invoice, "stripe_id"),
    "inv": (Invoice, "public_id"),
    "il": (InvoiceLine, "stripe_id"),
    "cn": (CreditNote, "public_id"),
    "entry": (Entry, "public_id"),
    "disc": (Discrepancy, "public_id"),
}


def _find(any_id: str) -> Model | None:
    model, name = _KINDS.get(any_id.partition("_")[0], (None, ""))
    if model is None:
        return None
    found = model._default_manager.filter(**{name: any_id}).first()
    if found is None and model is CreditNote:
        found = CreditNote.objects.filter(stripe_id=any_id).first()
    return found


def _unlike(row: Model, around: Iterable[Model]) -> Iterator[Model]:
    seen = {(type(row), row.pk)}
    for each in around:
        if (type(each), each.pk) not in seen:
            seen.add((type(each), each.pk))
            yield each


def _around(row: Any) -> Iterator[Model]:
    yield from _AROUND[type(row)](row)


def _of_payout(payout: Payout) -> Iterator[Model]:
    yield from payout.lines.exclude(source_id=payout.stripe_id).order_by("stripe_created_at", "pk")[:AT_MOST]
    yield from StatementLine.objects.filter(source_id=payout.stripe_id)


def _of_line(line: StatementLine) -> Iterator[Model]:
    if line.payout:
        yield line.payout
    if source := _find(line.source_id):
        yield source


def _of_payment(payment: Payment) -> Iterator[Model]:
    paid = InvoicePayment.objects.filter(payment=payment, status="paid").select_related("invoice")
    yield from (each.invoice for each in paid)
    for line in _lines(payment.latest_charge_id):
        yield line
        if line.payout:
            yield line.payout
    yield from payment.refunds.order_by("pk")
    yield from payment.disputes.order_by("pk")


def _of_refund(refund: Refund) -> Iterator[Model]:
    yield refund.payment
    yield from CreditNote.objects.filter(refund_ids__contains=[refund.stripe_id])
    yield from _lines(refund.stripe_id or "")


def _of_dispute(dispute: Dispute) -> Iterator[Model]:
    if dispute.payment:
        yield dispute.payment
    yield from _lines(dispute.stripe_id)


def _of_invoice(invoice: Invoice) -> Iterator[Model]:
    yield from invoice.lines.filter(removed_at=None)
    for paid in invoice.payments.filter(status="paid").select_related("payment"):
        if paid.payment:
            yield paid.payment
            yield from _lines(paid.payment.latest_charge_id)
    yield from invoice.credit_notes.exclude(stripe_id=None).order_by("pk")


def _of_invoice_line(line: InvoiceLine) -> Iterator[Model]:
    yield line.invoice
    yield from (each for each in _of_invoice(line.invoice) if not isinstance(each, InvoiceLine))


def _of_credit_note(note: CreditNote) -> Iterator[Model]:
    yield note.invoice
    yield from Refund.objects.filter(stripe_id__in=note.refund_ids)


def _of_entry(entry: Entry) -> Iterator[Model]:
    if source := _find(entry.source):
        yield source
        yield from _around(source)


def _of_discrepancy(discrepancy: Discrepancy) -> Iterator[Model]:
    if source := _find(discrepancy.object_id):
        yield source
    yield from _lines(discrepancy.object_id)


def _lines(source: str) -> Iterator[StatementLine]:
    if source:
        yield from StatementLine.objects.filter(source_id=source).select_related("payout").order_by("pk")


_AROUND: dict[type[Model], Callable[[Any], Iterator[Model]]] = {
    Payout: _of_payout,
    StatementLine: _of_line,
    Payment: _of_payment,
    Refund: _of_refund,
    Dispute: _of_dispute,
    Invoice: _of_invoice,
    InvoiceLine: _of_invoice_line,
    CreditNote: _of_credit_note,
    Entry: _of_entry,
    Discrepancy: _of_discrepancy,
}


def _names(row: Any) -> set[str]:
    """What postings call it."""
    if isinstance(row, Entry):
        return {row.source}
    if isinstance(row, Discrepancy):
        return {row.public_id, row.object_id}
    if isinstance(row, InvoiceLine):
        return {row.invoice.stripe_id or ""} - {""}
    charge = getattr(row, "latest_charge_id", "")
    return {getattr(row, "stripe_id", None) or "", charge, getattr(row, "public_id", "")} - {""}


def _converted(rows: list[Model]) -> list[Part]:
    """Their parts; lines that Stripe converted say from what, at which rate, and what rounding makes of it."""
    lines = [row for row in rows if isinstance(row, StatementLine) and row.exchange_rate]
    known = documents.by_source(line.source_id for line in lines) if lines else {}
    said = {line.stripe_id: _conversion(line, known.get(line.source_id)) for line in lines}
    parts = [_part(row) for row in rows]
    return [replace(part, note=", ".join(filter(None, (part.note, said.get(part.id))))) for part in parts]


def _conversion(line: StatementLine, given: documents.Document | None) -> str:
    rate = (line.exchange_rate or Decimal(1)).normalize()
    if given is None:
        return f"at {rate:f}"
    amount, settled = Money(given.amount_minor, given.currency), Money(abs(line.amount_minor), line.currency)
    exact = (amount.decimal * rate).normalize()
    off = settled.decimal - exact
    if not off:
        return f"{amount} × {rate:f} = {settled}"
    word = "rounding" if abs(off) <= Money(1, line.currency).decimal else "difference"
    return f"{amount} × {rate:f} = {exact:f} {line.currency.upper()}, {word} {off:+f}"


def _part(row: Any) -> Part:
    return _PARTS[type(row)](row)


def _invoice_line_part(line: InvoiceLine) -> Part:
    taken = (("less", line.discount_minor), ("with tax of", line.tax_minor))
    note = ", ".join(f"{word} {Money(minor, line.currency)}" for word, minor in taken if minor)
    return Part("Invoice line", line.stripe_id, line.amount, line.period_start, note)


def _line_part(line: StatementLine) -> Part:
    note = f"fee {Money(line.fee_minor, line.currency)}" if line.fee_minor else ""
    return Part(f"Line: {line.type}", line.stripe_id, line.amount, line.stripe_created_at, note)


def _entry_part(entry: Entry) -> Part:
    debits = [posting for posting in entry.postings.select_related("account") if posting.amount_minor > 0]
    currency = debits[0].account.currency
    total = sum(posting.amount_minor for posting in debits if posting.account.currency == currency)
    return Part(f"Entry: {entry.kind}", entry.public_id, Money(total, currency), entry.recorded_at, entry.note)


def _named(kind: str, number: str) -> str:
    return f"{kind} {number}".strip()


_PARTS: dict[type[Model], Callable[[Any], Part]] = {
    StatementLine: _line_part,
    InvoiceLine: _invoice_line_part,
    Entry: _entry_part,
    Payment: lambda row: Part("Payment", row.public_id, row.received, row.succeeded_at or row.created_at, row.status),
    Invoice: lambda row: Part(
        _named("Invoice", row.number), row.public_id, row.total, row.finalized_at or row.created_at, row.status
    ),
    CreditNote: lambda row: Part(
        _named("Credit note", row.number), row.public_id, -row.total, row.effective_at or row.created_at, row.status
    ),
    Refund: lambda row: Part("Refund", row.public_id, -row.amount, row.stripe_created_at, row.status),
    Dispute: lambda row: Part("Dispute", row.stripe_id, -row.amount, row.stripe_created_at, row.status),
    Payout: lambda row: Part("Payout", row.stripe_id, row.amount, row.arrival_date, row.status),
    Discrepancy: lambda row: Part(
        row.get_type_display().capitalize(), row.public_id, row.amount, row.opened_at, row.status
    ),
}
