"""An invoice as it stands on paper on the day that it is issued."""

from collections.abc import Iterator

from billing.models import BillingProfile, Invoice, Letterhead
from billing.services import document_links, paper_lines, paper_parts
from billing.services.paper import Link, Note, Paper, Sum
from billing.services.wording import Reader

_REVERSE = "reverse_charge"


def write(invoice: Invoice, *, letterhead: Letterhead, reader: Reader) -> Paper:
    """The invoice with all that its customer must know; amounts are Stripe's."""
    lines = paper_lines.of(invoice)
    named = paper_lines.Named(invoice, lines, reader)
    entity = letterhead.legal_entity
    return Paper(
        title=reader.say("invoice"),
        number=number(invoice),
        summary=f"{reader.say('invoice')} {number(invoice)}, {entity.name}",
        lang=reader.language,
        **paper_parts.look(entity, issued_at=invoice.finalized_at or invoice.created_at),
        logo=bool(letterhead.logo),
        seller=paper_parts.seller(letterhead),
        buyer_title=reader.say("bill_to"),
        buyer=paper_parts.buyer(invoice.customer, reader),
        facts=list(_facts(invoice, reader)),
        headline=headline(invoice, reader),
        subline=_subline(invoice, reader),
        link=_link(invoice, reader),
        memo=paper_parts.rows(invoice.description),
        columns=columns(reader),
        lines=paper_lines.written(invoice, lines, named),
        sums=[*paper_lines.sums(invoice, lines, named), *_settled(invoice, reader)],
        total=Sum(reader.say("amount_due"), reader.money(owed(invoice), invoice.currency)),
        notes=[*tax_notes(invoice, reader), *_footer(invoice), *paper_parts.terms(letterhead, reader)],
        footer=paper_parts.rows(letterhead.footer) or [entity.name],
        words=paper_parts.words(reader),
    )


def number(invoice: Invoice) -> str:
    return invoice.number or invoice.public_id


def owed(invoice: Invoice) -> int:
    """What is still to pay, in minor units; nothing once it is void."""
    return invoice.amount_remaining_minor if invoice.status != Invoice.Status.VOID else 0


def columns(reader: Reader) -> list[str]:
    return [reader.say(term) for term in ("description", "quantity", "unit_price", "tax", "amount")]


def headline(invoice: Invoice, reader: Reader) -> str:
    """The one sentence that most customers want."""
    due, currency = owed(invoice), invoice.currency
    if invoice.status == Invoice.Status.VOID:
        return reader.say("void")
    if due > 0 and invoice.due_date:
        return reader.say("due_on", amount=reader.money(due, currency), date=reader.day(invoice.due_date))
    if due > 0:
        return reader.say("due_now", amount=reader.money(due, currency))
    if invoice.amount_paid_minor and invoice.paid_at:
        paid = reader.money(invoice.amount_paid_minor, currency)
        return reader.say("paid", amount=paid, date=reader.day(invoice.paid_at))
    return reader.say("nothing_due")


def tax_notes(invoice: Invoice, reader: Reader) -> Iterator[Note]:
    """Why no tax is charged, where the law wants it said."""
    profile = BillingProfile.objects.filter(customer=invoice.customer_id).first()
    exempt = profile.tax_exempt if profile else ""
    is_reverse = exempt == BillingProfile.TaxExempt.REVERSE and not invoice.tax_minor
    if is_reverse or any(tax.reason == _REVERSE for tax in invoice.taxes.all()):
        yield Note(reader.say("reverse_charge"), [reader.say("reverse_charge_text")])
    elif exempt == BillingProfile.TaxExempt.EXEMPT and not invoice.tax_minor:
        yield Note(reader.say("tax_exempt"), [reader.say("tax_exempt_text")])


def is_charged_by_itself(invoice: Invoice) -> bool:
    return invoice.collection_method == "charge_automatically" and bool(invoice.customer.default_payment_method_id)


def _facts(invoice: Invoice, reader: Reader) -> Iterator[tuple[str, str]]:
    yield reader.say("number_of_invoice"), number(invoice)
    yield reader.say("issued"), reader.day(invoice.finalized_at or invoice.created_at)
    if invoice.due_date:
        yield reader.say("due"), reader.day(invoice.due_date)
    if invoice.from_invoice:
        yield reader.say("corrects"), number(invoice.from_invoice)
    if invoice.purchase_order:
        yield reader.say("purchase_order"), invoice.purchase_order
    for each in invoice.custom_fields:
        if each.get("value") != invoice.purchase_order:  # which Stripe keeps among them
            yield str(each.get("name", "")), str(each.get("value", ""))


def _subline(invoice: Invoice, reader: Reader) -> str:
    if owed(invoice) <= 0:
        return ""
    return reader.say("charged_by_itself" if is_charged_by_itself(invoice) else "pay_by_link")


def _link(invoice: Invoice, reader: Reader) -> Link:
    is_payable = invoice.status == Invoice.Status.OPEN and owed(invoice) > 0
    return Link(reader.say("pay_online"), document_links.to_pay(invoice)) if is_payable else Link()


def _settled(invoice: Invoice, reader: Reader) -> Iterator[Sum]:
    """What came between the total and what is due: balance, payments, credit notes."""
    currency = invoice.currency
    moved = invoice.starting_balance_minor - (invoice.ending_balance_minor or 0)
    if invoice.ending_balance_minor is not None and moved:
        term = "balance_applied" if moved < 0 else "balance_credited" if invoice.total_minor < 0 else "balance_owed"
        yield Sum(reader.say(term), reader.money(moved, currency))
    if invoice.amount_paid_minor:
        yield Sum(reader.say("amount_paid"), reader.money(-invoice.amount_paid_minor, currency))
    if invoice.pre_payment_credit_minor:
        yield Sum(reader.say("credited"), reader.money(-invoice.pre_payment_credit_minor, currency))


def _footer(invoice: Invoice) -> Iterator[Note]:
    if lines := paper_parts.rows(invoice.footer):
        yield Note("", lines)
