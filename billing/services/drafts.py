"""Invoices that staff or a storefront write: in our tables alone, until they are sent to Stripe."""

from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db import transaction

from billing.models import CatalogStatus, Coupon, DraftDiscount, DraftLine, Invoice, InvoiceLine, Price
from billing.services import draft_terms, invoice_wishes
from billing.services.draft_terms import AUTOMATIC, BY_INVOICE, CustomField, InvalidInvoice, Line, Terms
from config.base import audit, domain_events
from config.base.actor import Actor
from config.base.errors import IllegalState
from payments.models import Customer
from payments.services.payments import ActionInDoubt

DAYS_UNTIL_DUE = 30


class DraftNotOurs(IllegalState):
    """The draft is at Stripe by now, or it is no draft any more."""

    code = "draft_not_editable"
    title = "The draft cannot be edited any more"


class DraftChanged(IllegalState):
    code = "draft_changed"
    title = "Somebody else has changed the draft"


class NothingToCorrect(IllegalState):
    code = "nothing_to_correct"
    title = "Only a void invoice is corrected by another"


def create(
    *,
    customer: Customer,
    currency: str,
    by: Actor,
    terms: Terms | None = None,
    lines: Sequence[Line] = (),
    corrects: Invoice | None = None,
) -> Invoice:
    """Write a draft; Stripe hears nothing of it. Raises InvalidInvoice."""
    terms = terms or Terms(days_until_due=DAYS_UNTIL_DUE)
    check(customer=customer, currency=currency, terms=terms, lines=lines)
    with transaction.atomic():
        invoice = Invoice.objects.create(
            account=customer.account,
            customer=customer,
            currency=currency,
            billing_reason="manual",
            from_invoice=corrects,
            **_columns(terms),
        )
        _write_discounts(invoice, terms)
        _write_lines(invoice, lines)
        told = {"customer": customer.public_id, "currency": currency, "lines": len(lines)}
        domain_events.append(invoice, type="invoice.drafted", by=by, data=told)
    return invoice


def check(*, customer: Customer, currency: str, terms: Terms, lines: Sequence[Line]) -> None:
    """Raises InvalidInvoice for a draft that could not be written."""
    draft_terms.check(currency, terms, lines)
    if not customer.stripe_id or customer.status != Customer.Status.ACTIVE:
        raise InvalidInvoice("Stripe does not know this customer, or knows it no more.", param="customer")


def change(*, invoice: Invoice, by: Actor, terms: Terms, lines: Sequence[Line], seen: str = "") -> Invoice:
    """Write the draft anew: lines with an id stay, in the order given; the others go, and new ones come.

    `seen`: the `version` that was edited; raises DraftChanged if it is another by now, DraftNotOurs, InvalidInvoice.
    """
    draft_terms.check(invoice.currency, terms, lines)
    with transaction.atomic():
        held = _hold(invoice)
        if seen and seen != version(held):
            raise DraftChanged("Look at what it says now, and write your change again.")
        Invoice.objects.filter(pk=held.pk).update(**_columns(terms), failure_code="", failure_message="")
        held.draft_discounts.all().delete()
        _write_discounts(held, terms)
        _write_lines(held, lines)
        audit.record(held, changes={"draft": ["", f"{len(lines)} lines"]}, by=by)
        domain_events.append(held, type="invoice.draft_changed", by=by, data={"lines": len(lines)})
    invoice.refresh_from_db()
    return invoice


def throw_away(*, invoice: Invoice, by: Actor, reason: str = "") -> None:
    """Give up a draft that Stripe does not know; its row stays. Raises DraftNotOurs."""
    with transaction.atomic():
        held = _hold(invoice)
        audit.move(held, from_=[Invoice.Status.DRAFT], to=Invoice.Status.DELETED, by=by, reason=reason, wanted="")
        domain_events.append(held, type="invoice.deleted", by=by, data={"reason": reason})
    invoice.refresh_from_db()


def duplicate(*, invoice: Invoice, by: Actor) -> Invoice:
    """A new draft with the same lines and terms, for the same customer."""
    return create(
        customer=invoice.customer, currency=invoice.currency, by=by, terms=terms_of(invoice), lines=lines_of(invoice)
    )


def correct(*, invoice: Invoice, by: Actor) -> Invoice:
    """A draft that takes the place of a void invoice and names it; raises NothingToCorrect."""
    if invoice.status != Invoice.Status.VOID:
        raise NothingToCorrect(f"The invoice is {invoice.status}. Void it first, or issue a credit note.")
    return create(
        customer=invoice.customer,
        currency=invoice.currency,
        by=by,
        terms=terms_of(invoice),
        lines=lines_of(invoice),
        corrects=invoice,
    )


def version(invoice: Invoice) -> str:
    """Changes whenever the draft does."""
    parts = [repr(terms_of(invoice)), *(repr(line) for line in lines_of(invoice))]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def terms_of(invoice: Invoice) -> Terms:
    """What another draft would be written with, to be like this invoice."""
    is_ours = not invoice.stripe_id
    days = invoice.days_until_due
    if not is_ours and invoice.collection_method == BY_INVOICE:
        days = DAYS_UNTIL_DUE if days is None else days
    chosen = invoice.draft_discounts.select_related("coupon", "promotion_code")
    return Terms(
        collection_method=invoice.collection_method,
        days_until_due=days if invoice.collection_method == BY_INVOICE else None,
        due_date=invoice.due_date if is_ours else None,
        memo=invoice.description,
        footer=invoice.footer,
        purchase_order=invoice.purchase_order,
        custom_fields=[CustomField(**custom) for custom in _own_fields(invoice)],
        discounts=[found for discount in chosen if (found := discount.promotion_code or discount.coupon)],
        metadata=dict(invoice.metadata),
    )


def lines_of(invoice: Invoice) -> list[Line]:
    """The lines as a draft has them; those of Stripe's become amounts where a draft cannot have their price."""
    lines = list(invoice.lines.filter(removed_at=None)) if invoice.stripe_id else []
    if not lines:
        return [_from_draft(line) for line in invoice.draft_lines.select_related("price")]
    prices = Price.objects.filter(
        account=invoice.account, stripe_id__in={line.price_id for line in lines}, type=Price.Type.ONE_TIME,
        status=CatalogStatus.ACTIVE,
    ).in_bulk(field_name="stripe_id")  # fmt: skip
    return [_from_stripe(line, prices.get(line.price_id)) for line in lines]


def _hold(invoice: Invoice) -> Invoice:
    held = invoice_wishes.lock(invoice)
    if invoice_wishes.unanswered(held):
        raise ActionInDoubt("The draft is being sent to Stripe, which has not answered yet.")
    if held.stripe_id or held.status != Invoice.Status.DRAFT:
        raise DraftNotOurs("It is at Stripe by now. Delete it there and write a new one, or finalize it.")
    return held


def _columns(terms: Terms) -> dict[str, Any]:
    is_sent = terms.collection_method != AUTOMATIC
    return {
        "collection_method": terms.collection_method,
        "days_until_due": terms.days_until_due if is_sent else None,
        "due_date": terms.due_date if is_sent else None,
        "description": terms.memo,
        "footer": terms.footer,
        "purchase_order": terms.purchase_order,
        "custom_fields": [{"name": custom.name, "value": custom.value} for custom in terms.custom_fields],
        "metadata": terms.metadata,
    }


def _write_discounts(invoice: Invoice, terms: Terms) -> None:
    DraftDiscount.objects.bulk_create(
        DraftDiscount(invoice=invoice, coupon=chosen)
        if isinstance(chosen, Coupon)
        else DraftDiscount(invoice=invoice, promotion_code=chosen)
        for chosen in terms.discounts
    )


def _write_lines(invoice: Invoice, lines: Sequence[Line]) -> None:
    standing = {line.public_id: line for line in invoice.draft_lines.all()}
    kept: list[DraftLine] = []
    new: list[DraftLine] = []
    for position, line in enumerate(lines, start=1):
        known = standing.pop(line.id, None)
        (kept if known else new).append(_written(known or DraftLine(invoice=invoice), line, position))
    DraftLine.objects.filter(pk__in=[row.pk for row in standing.values()]).delete()
    DraftLine.objects.bulk_create(new)
    DraftLine.objects.bulk_update(kept, _LINE_COLUMNS)


_LINE_COLUMNS = [
    "position", "description", "price", "quantity", "unit_amount_minor", "period_start", "period_end",
    "is_discountable",
]  # fmt: skip


def _written(row: DraftLine, line: Line, position: int) -> DraftLine:
    row.position = position
    row.description, row.price, row.quantity = line.description, line.price, line.quantity
    row.unit_amount_minor = line.unit_amount
    row.period_start, row.period_end = line.period_start, line.period_end
    row.is_discountable = line.is_discountable
    return row


def _own_fields(invoice: Invoice) -> list[dict[str, str]]:
    implied = {draft_terms.PURCHASE_ORDER, draft_terms.CORRECTS}
    return [custom for custom in invoice.custom_fields or [] if custom["name"] not in implied]


def _from_draft(line: DraftLine) -> Line:
    return Line(
        id=line.public_id,
        description=line.description,
        quantity=line.quantity,
        unit_amount=line.unit_amount_minor,
        price=line.price,
        period_start=line.period_start,
        period_end=line.period_end,
        is_discountable=line.is_discountable,
    )


def _from_stripe(line: InvoiceLine, price: Price | None) -> Line:
    quantity, unit_amount = _whole(line)
    return Line(
        description=line.description[:500] or "Line",
        quantity=quantity,
        unit_amount=None if price else unit_amount,
        price=price,
        period_start=line.period_start if line.period_end > line.period_start else None,
        period_end=line.period_end if line.period_end > line.period_start else None,
        is_discountable=line.is_discountable,
    )


def _whole(line: InvoiceLine) -> tuple[int, int]:
    """Quantity and unit amount, where they make up the line exactly; else the line as one piece."""
    quantity, unit = line.quantity or 1, line.unit_amount_decimal
    if unit is not None and unit == unit.to_integral_value() and unit * quantity == Decimal(line.amount_minor):
        return quantity, int(unit)
    return 1, line.amount_minor
