"""A credit note as it stands on paper: what is taken back, and how the amount reaches the customer."""

from collections.abc import Iterator

from billing.models import CreditNote, CreditNoteLine, Letterhead
from billing.services import invoice_paper, paper_lines, paper_parts
from billing.services.paper import Line, Note, Paper, Sum
from billing.services.wording import Reader


def write(credit_note: CreditNote, *, letterhead: Letterhead, reader: Reader) -> Paper:
    """The credit note with the number of its invoice, as the law wants it."""
    invoice, entity = credit_note.invoice, letterhead.legal_entity
    issued_at = credit_note.effective_at or credit_note.created_at
    amount = reader.money(credit_note.total_minor, credit_note.currency)
    return Paper(
        title=reader.say("credit_note"),
        number=number(credit_note),
        summary=f"{reader.say('credit_note')} {number(credit_note)}, {entity.name}",
        lang=reader.language,
        **paper_parts.look(entity, issued_at=issued_at),
        logo=bool(letterhead.logo),
        seller=paper_parts.seller(letterhead),
        buyer_title=reader.say("bill_to"),
        buyer=paper_parts.buyer(invoice.customer, reader),
        facts=list(_facts(credit_note, reader)),
        headline=reader.say("credited_on", amount=amount, date=reader.day(issued_at)),
        memo=paper_parts.rows(credit_note.memo),
        columns=invoice_paper.columns(reader),
        lines=[_line(each, credit_note, reader) for each in _lines(credit_note)],
        sums=list(_sums(credit_note, reader)),
        total=Sum(reader.say("total_credited"), amount),
        notes=[*_given_back(credit_note, reader), *invoice_paper.tax_notes(invoice, reader)],
        footer=paper_parts.rows(letterhead.footer) or [entity.name],
        words=paper_parts.words(reader),
    )


def number(credit_note: CreditNote) -> str:
    return credit_note.number or credit_note.public_id


def _lines(credit_note: CreditNote) -> list[CreditNoteLine]:
    return list(credit_note.lines.select_related("invoice_line").order_by("position", "pk"))


def _facts(credit_note: CreditNote, reader: Reader) -> Iterator[tuple[str, str]]:
    invoice = credit_note.invoice
    yield reader.say("number_of_credit_note"), number(credit_note)
    yield reader.say("issued"), reader.day(credit_note.effective_at or credit_note.created_at)
    yield reader.say("of_invoice"), invoice_paper.number(invoice)
    yield reader.say("of_issue"), reader.day(invoice.finalized_at or invoice.created_at)
    if invoice.purchase_order:
        yield reader.say("purchase_order"), invoice.purchase_order
    if credit_note.reason:
        yield reader.say("reason"), reader.say(credit_note.reason)


def _line(each: CreditNoteLine, credit_note: CreditNote, reader: Reader) -> Line:
    of_invoice, currency = each.invoice_line, credit_note.currency
    text, *more = paper_parts.rows(each.description or (of_invoice.description if of_invoice else "")) or [
        reader.say("credit_note")
    ]
    is_span = of_invoice is not None and of_invoice.period_start != of_invoice.period_end
    period = [reader.period(of_invoice.period_start, of_invoice.period_end)] if of_invoice and is_span else []
    whole = each.quantity is not None and of_invoice is not None and each.quantity == of_invoice.quantity
    unit = of_invoice.unit_amount_decimal if of_invoice and whole else None
    return Line(
        text=text,
        details=[*more, *period],
        quantity=reader.number(each.quantity) if each.quantity is not None else "",
        unit=paper_lines.unit(unit, currency, reader),
        amount=reader.money(each.amount_minor, currency),
    )


def _sums(credit_note: CreditNote, reader: Reader) -> Iterator[Sum]:
    currency = credit_note.currency
    yield Sum(reader.say("subtotal"), reader.money(credit_note.subtotal_minor, currency))
    if credit_note.discount_minor:
        yield Sum(reader.say("discount"), reader.money(-credit_note.discount_minor, currency))
    if credit_note.tax_minor:
        yield Sum(reader.say("tax"), reader.money(credit_note.tax_minor, currency))


def _given_back(credit_note: CreditNote, reader: Reader) -> Iterator[Note]:
    parts = {
        "refund_row": credit_note.refund_minor,
        "credit_row": credit_note.credit_minor,
        "set_off_row": credit_note.pre_payment_minor,
        "outside_row": credit_note.out_of_band_minor,
    }
    lines = [
        reader.say(term, amount=reader.money(minor, credit_note.currency)) for term, minor in parts.items() if minor
    ]
    if lines:
        yield Note(reader.say("given_back"), lines)
