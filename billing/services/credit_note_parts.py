"""Which parts of an invoice a credit note takes back: by line, by quantity, or an amount that we split over the lines.

What we split ourselves is split by largest remainder; taxes and discounts of each part are Stripe's to compute.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, InvoiceTax
from config.base.errors import DomainError, IllegalState
from config.base.money import Money
from payments.models import OutboundCall

CREATE = "credit_note.create"


class InvalidCreditNote(DomainError):
    """What was asked does not fit together; `param` names the field."""

    code = "invalid_credit_note"
    title = "The credit note cannot be issued like this"


class CreditNoteExceedsInvoice(IllegalState):
    code = "credit_note_exceeds_invoice"
    title = "The credit note is larger than what is left"


@dataclass(frozen=True, slots=True)
class Part:
    """What is taken back of a line: so many pieces, or an amount in minor units before discount and added tax."""

    line: InvoiceLine
    quantity: int | None = None
    amount: int | None = None

    @property
    def wish(self) -> dict[str, Any]:
        """As Stripe takes it."""
        how = {"amount": self.amount} if self.quantity is None else {"quantity": self.quantity}
        return {"type": "invoice_line_item", "invoice_line_item": self.line.stripe_id, **how}


@dataclass(frozen=True, slots=True)
class Left:
    """What no credit note has taken back of a line yet; `quantity` where it was taken back by pieces so far.

    `added`: what discount and added taxes make of the whole line, in minor units.
    """

    line: InvoiceLine
    amount: int
    added: int = 0
    quantity: int | None = None

    @property
    def whole(self) -> Part:
        return Part(self.line, quantity=self.quantity) if self.quantity else Part(self.line, amount=self.amount)

    def gross(self, amount: int | None = None) -> int:
        """What the customer paid, or owes, for all that is left, or for `amount` of it; about, within a minor unit."""
        part = self.amount if amount is None else amount
        return part + _share(self.added, part, self.line.amount_minor)


def creditable(invoice: Invoice) -> Money:
    """The total, less every credit note asked, in doubt or issued."""
    counted = sum(invoice.credit_notes.counting().values_list("total_minor", flat=True))
    return Money(max(invoice.total_minor - counted, 0), invoice.currency)


def left(invoice: Invoice) -> list[Left]:
    """What is left of each line of which something is."""
    amounts: dict[str, int] = defaultdict(int)
    pieces: dict[str, int] = defaultdict(int)
    for stripe_id, quantity, amount in _taken(invoice):
        amounts[stripe_id] += amount
        pieces[stripe_id] += quantity or 0
    lines = list(invoice.lines.filter(removed_at=None))
    added = _added(lines)
    found = [
        Left(
            line,
            line.amount_minor - amounts[line.stripe_id],
            added[line.pk],
            (line.quantity or 0) - pieces[line.stripe_id] if pieces[line.stripe_id] else None,
        )
        for line in lines
    ]
    return [rest for rest in found if rest.amount and (rest.quantity is None or rest.quantity > 0)]


def everything(invoice: Invoice) -> list[Part]:
    """All that is left of every line."""
    return [rest.whole for rest in left(invoice)]


def of_amount(invoice: Invoice, amount: Money) -> list[Part]:
    """Parts that come to `amount`, tax and all, or as near below it as the rounding of taxes allows.

    Each line gives its share of what is left of it. Raises CreditNoteExceedsInvoice, InvalidCreditNote.
    """
    if amount.currency != invoice.currency or amount.minor <= 0:
        raise InvalidCreditNote(f"Give an amount above zero in {invoice.currency}.", param="amount")
    if creditable(invoice) < amount:
        raise CreditNoteExceedsInvoice(f"At most {creditable(invoice)} can still be credited.", param="amount")
    if creditable(invoice) == amount:
        return everything(invoice)
    pool = [rest for rest in left(invoice) if rest.amount > 0 and rest.gross() > 0 and rest.quantity is None]
    if sum(rest.gross() for rest in pool) < amount.minor:
        raise InvalidCreditNote("Credit the lines by their pieces: some were before.", param="amount")
    return [Part(rest.line, amount=part) for rest, part in zip(pool, split(amount, pool), strict=True) if part]


def split(amount: Money, pool: Sequence[Left]) -> list[int]:
    """What each line gives, before tax, so that with tax it comes to `amount` or as near below it as can be."""
    shares = amount.allocate([rest.gross() for rest in pool])
    parts = [_share(rest.amount, share.minor, rest.gross()) for rest, share in zip(pool, shares, strict=True)]
    return _nearest(amount.minor, pool, [min(part, rest.amount) for part, rest in zip(parts, pool, strict=True)])


def expected(parts: Sequence[Part]) -> int:
    """What Stripe will make of the parts, within a minor unit a line."""
    added = _added([part.line for part in parts])
    return sum(Left(part.line, 0, added[part.line.pk]).gross(_amount(part)) for part in parts)


def ensure_left(invoice: Invoice, parts: Sequence[Part]) -> None:
    """Raises InvalidCreditNote for a line of which less is left, or that was credited the other way before."""
    if not parts:
        raise InvalidCreditNote("Name at least one line.", param="lines")
    standing = {rest.line.pk: rest for rest in left(invoice)}
    pieces_before = {stripe_id for stripe_id, quantity, _ in _taken(invoice) if quantity}
    amounts_before = {stripe_id for stripe_id, quantity, _ in _taken(invoice) if not quantity}
    for position, part in enumerate(parts):
        param = f"lines.{position}"
        rest = standing.get(part.line.pk)
        if rest is None:
            raise InvalidCreditNote("Nothing is left of this line to credit.", param=param)
        if part.quantity is None and part.line.stripe_id in pieces_before:
            raise InvalidCreditNote("This line was credited by pieces before; go on like that.", param=param)
        if part.quantity is not None and part.line.stripe_id in amounts_before:
            raise InvalidCreditNote("This line was credited by an amount before; go on like that.", param=param)
        _ensure_within(part, rest, param)


def _ensure_within(part: Part, rest: Left, param: str) -> None:
    if (part.quantity is None) == (part.amount is None):
        raise InvalidCreditNote("Give a quantity, or an amount.", param=param)
    if part.quantity is not None:
        most = rest.line.quantity or 0 if rest.quantity is None else rest.quantity
        if not 1 <= part.quantity <= most:
            raise InvalidCreditNote(f"Give 1 to {most} pieces.", param=f"{param}.quantity")
        return
    sign = 1 if rest.amount > 0 else -1
    if not 0 < sign * (part.amount or 0) <= sign * rest.amount:
        most_money = Money(rest.amount, rest.line.currency)
        raise InvalidCreditNote(f"Of this line {most_money} is left.", param=f"{param}.amount")


def _taken(invoice: Invoice) -> list[tuple[str, int | None, int]]:
    """(line, pieces, amount) of every credit note that counts: as Stripe has it, else as it was asked."""
    counting = list(invoice.credit_notes.counting())
    written = CreditNoteLine.objects.filter(credit_note__in=counting, invoice_line__isnull=False)
    rows = list(written.values_list("credit_note_id", "invoice_line__stripe_id", "quantity", "amount_minor"))
    known = {note for note, *_ in rows}
    asked = {note.public_id for note in counting if note.pk not in known}
    by_quantity = _asked_by_quantity(counting)
    taken = [(line, quantity if (note, line) in by_quantity else None, amount) for note, line, quantity, amount in rows]
    return taken + _asked(invoice, asked)


def _asked(invoice: Invoice, public_ids: set[str]) -> list[tuple[str, int | None, int]]:
    lines = {line.stripe_id: line for line in invoice.lines.all()} if public_ids else {}
    wishes = [wish for _, wish in _wishes(public_ids) if wish["invoice_line_item"] in lines]
    parts = [Part(lines[w["invoice_line_item"]], w.get("quantity"), w.get("amount")) for w in wishes]
    return [(part.line.stripe_id, part.quantity, _amount(part)) for part in parts]


def _asked_by_quantity(notes: Sequence[CreditNote]) -> set[tuple[int, str]]:
    """Stripe shows a quantity on every line; which were asked by pieces, our calls tell."""
    numbers = {note.public_id: note.pk for note in notes}
    wishes = _wishes(set(numbers))
    return {(numbers[note], wish["invoice_line_item"]) for note, wish in wishes if wish.get("quantity")}


def _wishes(public_ids: set[str]) -> list[tuple[str, dict[str, Any]]]:
    calls = OutboundCall.objects.filter(subject_id__in=public_ids, action=CREATE)
    asked = calls.values_list("subject_id", "params")
    return [(note, wish) for note, params in asked for wish in params.get("lines", ()) if "invoice_line_item" in wish]


def _amount(part: Part) -> int:
    if part.amount is not None:
        return part.amount
    return _share(part.line.amount_minor, part.quantity or 0, part.line.quantity or 1)


def _nearest(wanted: int, pool: Sequence[Left], parts: list[int]) -> list[int]:
    """Move single minor units until the sum is what is wanted, or one more would go above it."""
    total = sum(rest.gross(part) for rest, part in zip(pool, parts, strict=True))
    for position, rest in enumerate(pool):
        while total > wanted and parts[position]:
            total -= rest.gross(parts[position]) - rest.gross(parts[position] - 1)
            parts[position] -= 1
    for position, rest in enumerate(pool):
        while total < wanted and parts[position] < rest.amount:
            more = rest.gross(parts[position] + 1) - rest.gross(parts[position])
            if total + more > wanted:
                break
            total += more
            parts[position] += 1
    return parts


def _added(lines: Sequence[InvoiceLine]) -> dict[int, int]:
    """What discounts and added taxes make of each line's amount."""
    taxes = InvoiceTax.objects.filter(line__in=lines, is_inclusive=False).values_list("line_id")
    taxed = dict(taxes.order_by().annotate(total=Sum("amount_minor")))
    return {line.pk: taxed.get(line.pk, 0) - line.discount_minor for line in lines}


def _share(whole: int, part: int, of: int) -> int:
    """`whole * part / of`, to the nearest, halves away from zero."""
    if not of:
        return 0
    sign = -1 if (whole * part < 0) != (of < 0) else 1
    return sign * ((2 * abs(whole * part) + abs(of)) // (2 * abs(of)))
