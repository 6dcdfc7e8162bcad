"""What an amount is made of: from any id, the things it stands on and the things that stand on it, and what is booked.

payout ← line of Stripe's balance ← payment, refund or dispute ← invoice, credit note ← its lines.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model, Q

from billing.models import CreditNote, Entry, Invoice, InvoicePayment, Posting
from config.base.money import Money
from payments.models import Dispute, Payment, Refund
from reconciliation.models import Discrepancy, Payout, StatementLine

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
    """`subject` is what was asked for; `parts` lead up to it and down from it; `ids` is what its postings name."""

    subject: Part
    parts: list[Part]
    ids: set[str]
    row: Model
    postings: list[Posting] = field(default_factory=list)


def of(any_id: str) -> Explanation | None:
    """Explain an id of ours or of Stripe's; None when we keep no such thing. At most AT_MOST parts and postings."""
    row = _find(any_id)
    if row is None:
        return None
    parts = list(_unlike(row, _around(row)))[:AT_MOST]
    ids = {_part(row).id, *_names(row)}
    named = Q(entry__source__in=ids) | Q(reference__in=ids - {""}) | Q(document__in=ids - {""})
    entries = Posting.objects.filter(named).values_list("entry_id", flat=True)[: AT_MOST * 4]
    found = Posting.objects.filter(entry_id__in=set(entries)).select_related("entry", "account")
    booked = list(found.order_by("entry__effective_date", "entry_id", "pk")[:AT_MOST])
    return Explanation(_part(row), [_part(each) for each in parts], ids, row, booked)


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
    for paid in invoice.payments.filter(status="paid").select_related("payment"):
        if paid.payment:
            yield paid.payment
            yield from _lines(paid.payment.latest_charge_id)
    yield from invoice.credit_notes.exclude(stripe_id=None).order_by("pk")


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
    return {getattr(row, "stripe_id", None) or "", getattr(row, "latest_charge_id", "")} - {""}


def _part(row: Any) -> Part:
    return _PARTS[type(row)](row)


def _line_part(line: StatementLine) -> Part:
    rate = f"at {line.exchange_rate.normalize():f}" if line.exchange_rate else ""
    fee = f"fee {Money(line.fee_minor, line.currency)}" if line.fee_minor else ""
    note = ", ".join(filter(None, (fee, rate)))
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
