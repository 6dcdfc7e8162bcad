"""Invoices and credit notes made directly, with all that a document shows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from billing.models import (
    Coupon,
    CreditNote,
    CreditNoteLine,
    Discount,
    Invoice,
    InvoiceLine,
    InvoicePayment,
    InvoiceTax,
    Letterhead,
    TaxRate,
)
from payments.models import Customer, CustomerTaxId, Payment
from tests import factories

DAY = datetime(2026, 11, 21, 12, tzinfo=UTC)


def make_letterhead(**fields: Any) -> Letterhead:
    """Of the legal entity that the factories make; the same one when it is there already."""
    entity = factories.make_account().legal_entity
    values = {
        "address": "Lindenstraße 12\n10969 Berlin\nGermany",
        "tax_ids": "VAT DE123456789",
        "footer": "Counterfoil Ltd · HRB 12345 Berlin\nIBAN DE02 1203 0000 0000 2020 51",
        "payment_terms": "14 days net.",
        **fields,
    }
    return Letterhead.objects.update_or_create(legal_entity=entity, defaults=values)[0]


def make_buyer(**fields: Any) -> Customer:
    """Ada in London, with a tax number."""
    values = {
        "name": "Ada Analytical Ltd",
        "email": "ada@example.com",
        "address_line1": "12 Long Road",
        "address_city": "London",
        "address_postal_code": "W1 4AB",
        "address_country": "GB",
        "preferred_locale": "en",
        **fields,
    }
    customer = factories.make_customer(**values)
    CustomerTaxId.objects.create(
        customer=customer, stripe_id=factories.stripe_id("txi"), type="gb_vat", value="GB123456789"
    )
    return customer


def make_invoice(customer: Customer | None = None, *, pieces: int = 1, **fields: Any) -> Invoice:
    """An open one of `pieces` lines of 3 × 49.00 €, with 19 % tax, unless told otherwise."""
    customer = customer or make_buyer()
    subtotal, tax = 14700 * pieces, 2793 * pieces
    values = {
        "account": customer.account,
        "customer": customer,
        "stripe_id": factories.stripe_id("in"),
        "status": "open",
        "number": "2026-00042",
        "currency": "eur",
        "collection_method": "send_invoice",
        "finalized_at": DAY,
        "created_at": DAY,
        "due_date": DAY + timedelta(days=14),
        "subtotal_minor": subtotal,
        "tax_minor": tax,
        "total_minor": subtotal + tax,
        "amount_due_minor": subtotal + tax,
        "amount_remaining_minor": subtotal + tax,
        **fields,
    }
    invoice = Invoice.objects.create(**values)
    lines = InvoiceLine.objects.bulk_create([_line(invoice, place) for place in range(pieces)])
    rate = make_tax_rate()
    taxed = {"invoice": invoice, "tax_rate_id": rate.stripe_id, "is_inclusive": False}
    InvoiceTax.objects.bulk_create(
        [InvoiceTax(line=line, amount_minor=2793, taxable_minor=14700, **taxed) for line in lines]
    )
    if invoice.tax_minor:
        InvoiceTax.objects.create(amount_minor=invoice.tax_minor, taxable_minor=invoice.tax_minor * 100 // 19, **taxed)
    return invoice


def _line(invoice: Invoice, place: int) -> InvoiceLine:
    return InvoiceLine(
        invoice=invoice,
        stripe_id=factories.stripe_id("il"),
        position=place,
        description=f"Studio plan {place + 1}",
        quantity=3,
        unit_amount_decimal=Decimal(4900),
        amount_minor=14700,
        subtotal_minor=14700,
        tax_minor=2793,
        currency=invoice.currency,
        period_start=datetime(2026, 11, 1, tzinfo=UTC),
        period_end=datetime(2026, 12, 1, tzinfo=UTC),
    )


def make_tax_rate() -> TaxRate:
    values = {
        "account": factories.make_account(),
        "status": "active",
        "display_name": "VAT",
        "percentage": Decimal(19),
        "is_inclusive": False,
        "country": "DE",
    }
    return TaxRate.objects.get_or_create(stripe_id="txr_19", defaults=values)[0]


def give_discount(invoice: Invoice, *, minor: int, name: str = "WELCOME") -> None:
    """Take `minor` off the first line, as Stripe tells it."""
    coupon = Coupon.objects.create(
        account=invoice.account,
        stripe_id=factories.stripe_id("co"),
        status="active",
        name=name,
        percent_off=Decimal(10),
        duration="once",
    )
    discount = Discount.objects.create(
        account=invoice.account, stripe_id=factories.stripe_id("di"), customer=invoice.customer, coupon=coupon
    )
    line = invoice.lines.first()
    line.discount_amounts, line.discount_minor = [{"discount": discount.stripe_id, "amount": minor}], minor
    line.save()
    invoice.discount_minor = minor
    invoice.total_minor -= minor
    invoice.amount_remaining_minor -= minor
    invoice.save()


def ask(invoice: Invoice, **fields: Any) -> Payment:
    """The payment that Stripe made for the invoice; nobody has paid it yet, unless told otherwise."""
    values = {"status": "requires_payment_method", "currency": invoice.currency, **fields}
    payment = factories.make_payment(customer=invoice.customer, amount_minor=invoice.total_minor, **values)
    is_paid = payment.status == Payment.Status.SUCCEEDED
    InvoicePayment.objects.create(
        invoice=invoice,
        stripe_id=factories.stripe_id("inpay"),
        payment=payment,
        payment_intent_id=payment.stripe_id or "",
        type="payment_intent",
        status="paid" if is_paid else "open",
        currency=invoice.currency,
        amount_requested_minor=invoice.total_minor,
        amount_paid_minor=invoice.total_minor if is_paid else None,
        paid_at=DAY if is_paid else None,
    )
    return payment


def pay(invoice: Invoice, **fields: Any) -> Payment:
    """The invoice paid by card, whole."""
    payment = ask(invoice, **{"status": "succeeded", "succeeded_at": DAY, **fields})
    factories.make_attempt(payment)
    invoice.status, invoice.paid_at, invoice.amount_paid_minor = "paid", DAY, invoice.total_minor
    invoice.amount_remaining_minor = 0
    invoice.save()
    return payment


def make_credit_note(invoice: Invoice, **fields: Any) -> CreditNote:
    """One of its lines taken back and refunded."""
    values = {
        "account": invoice.account,
        "invoice": invoice,
        "stripe_id": factories.stripe_id("cn"),
        "status": "issued",
        "number": f"{invoice.number}-CN-01",
        "type": "post_payment",
        "reason": "order_change",
        "memo": "Three seats less.",
        "currency": invoice.currency,
        "subtotal_minor": 14700,
        "tax_minor": 2793,
        "total_minor": 17493,
        "post_payment_minor": 17493,
        "refund_minor": 17493,
        "effective_at": DAY,
        "created_at": DAY,
        **fields,
    }
    note = CreditNote.objects.create(**values)
    line = invoice.lines.first()
    CreditNoteLine.objects.create(
        credit_note=note,
        stripe_id=factories.stripe_id("cnli"),
        invoice_line=line,
        position=0,
        description=line.description,
        quantity=3,
        amount_minor=14700,
        tax_minor=2793,
    )
    return note


def read(content: bytes | memoryview) -> PdfReader:
    return PdfReader(BytesIO(bytes(content)))


def text_of(content: bytes | memoryview) -> str:
    """All pages' text; spaces of any kind are told as spaces."""
    text = "\n".join(page.extract_text() for page in read(content).pages)
    return text.translate(dict.fromkeys(map(ord, "\u00a0\u2009\u202f"), " "))
