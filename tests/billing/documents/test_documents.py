"""One document a subject: what stands on it, and that it never changes."""

import hashlib
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.db.utils import DatabaseError, InternalError

from billing.models import BillingProfile, Document
from billing.services import documents, invoice_paper, letterheads, pdf, wording
from billing.services.documents import NotIssued
from config.base.models import DomainEvent
from tests.billing.documents import rows

pytestmark = pytest.mark.django_db


def test_an_invoice_shows_all_that_its_customer_must_know():
    rows.make_letterhead()
    invoice = rows.make_invoice(
        purchase_order="PO 4711",
        description="Thank you.",
        footer="Delivered in November.",
        custom_fields=[{"name": "Project", "value": "Difference engine"}],
    )
    rows.give_discount(invoice, minor=1470)

    text = rows.text_of(documents.issue_invoice(invoice).content)

    for shown in (
        "Invoice number", "2026-00042", "November 21, 2026", "December 5, 2026", "PO 4711", "Project",
        "Difference engine", "Counterfoil Ltd", "Lindenstraße 12", "VAT DE123456789", "Ada Analytical Ltd",
        "London, W1 4AB", "United Kingdom", "GB123456789", "Thank you.", "Studio plan 1", "Nov 1 – Dec 1, 2026",
        "€49.00", "€147.00", "WELCOME (10 %)", "-€14.70", "VAT 19 % Germany", "€27.93", "€160.23 due December 5, 2026",
        "Pay online", "Delivered in November.", "14 days net.", "IBAN DE02", "Page 1 of 1",
    ):  # fmt: skip
        assert shown in text, shown


def test_a_paid_invoice_shows_payment_and_balance_and_asks_for_nothing():
    invoice = rows.make_invoice(starting_balance_minor=-500, ending_balance_minor=0)
    rows.pay(invoice)

    text = rows.text_of(documents.issue_invoice(invoice).content)

    assert "Credit from your balance" in text
    assert "-€5.00" in text
    assert "-€174.93" in text
    assert "€174.93 paid on November 21, 2026" in text
    assert "Pay online" not in text


def test_a_receipt_says_what_was_paid_when_and_how():
    payment = rows.pay(rows.make_invoice())

    text = rows.text_of(documents.issue_receipt(payment).content)

    for shown in ("Receipt", "2026-00042", "€174.93 paid on November 21, 2026", "Visa •••• 4242", "Studio plan 1"):
        assert shown in text
    assert "Amount due" not in text


def test_a_credit_note_names_its_invoice_and_how_the_money_comes_back():
    invoice = rows.make_invoice()
    rows.pay(invoice)

    text = rows.text_of(documents.issue_credit_note(rows.make_credit_note(invoice)).content)

    for shown in (
        "Credit note", "2026-00042-CN-01", "For invoice", "2026-00042", "Order changed", "Three seats less.",
        "€174.93 credited on November 21, 2026", "Refunded to your payment method: €174.93",
    ):  # fmt: skip
        assert shown in text


def test_a_german_customer_reads_german():
    invoice = rows.make_invoice(rows.make_buyer(preferred_locale="de-DE", address_country="DE"))

    document = documents.issue_invoice(invoice)
    text = rows.text_of(document.content)

    assert document.locale == "de_DE"
    for shown in ("Rechnung", "21. November 2026", "174,93 €", "fällig am 5. Dezember 2026", "Seite 1 von 1"):
        assert shown in text


def test_reverse_charge_is_said_where_no_tax_is_charged():
    invoice = rows.make_invoice(tax_minor=0)
    BillingProfile.objects.create(customer=invoice.customer, tax_exempt="reverse")

    assert "The recipient of the service is liable for the tax" in rows.text_of(
        documents.issue_invoice(invoice).content
    )


def test_no_fraction_of_a_unit_price_is_hidden():
    invoice = rows.make_invoice()
    invoice.lines.update(unit_amount_decimal=Decimal("0.0125"))

    assert "0.000125 EUR" in rows.text_of(documents.issue_invoice(invoice).content)


@pytest.mark.parametrize(
    "name",
    ["<b>Bold</b> & Sons", "#let x = 1", "$ sum $ *a* _b_ `c` @d <e>", "\\ #panic()", '"; drop', "{{ name }} {% x %}"],
)
def test_what_people_write_is_only_text(name):
    invoice = rows.make_invoice(rows.make_buyer(name=name), description=name, purchase_order=name)
    invoice.lines.update(description=name)

    assert rows.text_of(documents.issue_invoice(invoice).content).replace("\n", " ").count(name) >= 4


@pytest.mark.parametrize("name", ["Ωμέγα Α.Ε.", "Ёлка и Ко", "Łódź Straße İstanbul", "日本語株式会社"])  # noqa: RUF001
def test_greek_cyrillic_and_japanese_can_be_read(name):
    content = documents.issue_invoice(rows.make_invoice(rows.make_buyer(name=name))).content

    assert name in rows.text_of(content)
    assert "pdfaid" in rows.read(content).xmp_metadata.stream.get_data().decode()


def test_a_japanese_customer_reads_yen_and_days_as_at_home():
    customer = rows.make_buyer(preferred_locale="ja", name="日本語株式会社")

    text = rows.text_of(documents.issue_invoice(rows.make_invoice(customer, currency="jpy")).content)

    assert "¥17,493" in text
    assert "2026年11月21日" in text.replace(" ", "")
    assert "\ufffd" not in text


@pytest.mark.parametrize("name", ["Party 🎉", "مرحبا", "한국어", "a\u202eb\u0007c"])
def test_a_name_that_our_fonts_cannot_write_holds_no_invoice_up(name):
    content = documents.issue_invoice(rows.make_invoice(rows.make_buyer(name=name))).content

    assert "2026-00042" in rows.text_of(content)


def test_a_reader_of_another_script_gets_english_amounts_instead_of_boxes():
    document = documents.issue_invoice(rows.make_invoice(rows.make_buyer(preferred_locale="ar-EG")))

    assert document.locale == "en"
    assert "€174.93" in rows.text_of(document.content)


def test_a_thousand_lines_repeat_their_header_on_every_page():
    invoice = rows.make_invoice(pieces=1000)

    pages = rows.read(documents.issue_invoice(invoice).content).pages
    texts = [page.extract_text() for page in pages]

    assert len(pages) > 20
    tables = [text for text in texts if "Studio plan" in text]
    assert all("Unit price" in text for text in tables)
    assert all(f"Page {number} of {len(pages)}" in text for number, text in enumerate(texts, 1))
    assert sum(text.count("Studio plan") for text in texts) == 1000
    assert "€174,930.00" in texts[-1]


def test_a_document_can_be_read_aloud_and_kept():
    reader = rows.read(documents.issue_invoice(rows.make_invoice()).content)

    assert reader.metadata.title == "Invoice 2026-00042"
    assert reader.metadata.author == "Counterfoil Ltd"
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("en")
    metadata = reader.xmp_metadata.stream.get_data().decode()
    assert "pdfaid:part>2<" in metadata
    assert "pdfuaid:part>1<" in metadata


def test_the_same_paper_is_the_same_bytes():
    invoice = rows.make_invoice(pieces=3)
    document = documents.issue_invoice(invoice)
    other = rows.make_invoice(invoice.customer, pieces=3, public_id=invoice.public_id[:-1] + "_", number="2026-00043")

    paper = invoice_paper.write(
        invoice, letterhead=letterheads.of(invoice.account.legal_entity), reader=wording.reader(invoice.customer)
    )

    assert hashlib.sha256(pdf.render(paper)).hexdigest() == document.sha256
    assert documents.issue_invoice(other).sha256 != document.sha256


def test_a_document_is_made_once_and_keeps_its_letterhead():
    rows.make_letterhead(footer="Old footer")
    invoice = rows.make_invoice()
    first = documents.issue_invoice(invoice)
    rows.make_letterhead(footer="New footer")

    again = documents.issue_invoice(invoice)

    assert again.pk == first.pk
    assert "Old footer" in rows.text_of(again.content)
    assert again.sha256 == hashlib.sha256(bytes(again.content)).hexdigest()
    assert again.template == "paper 1"
    assert DomainEvent.objects.filter(object_id=invoice.public_id, type="invoice.document_made").count() == 1


def test_nobody_can_change_or_delete_a_document():
    document = documents.issue_invoice(rows.make_invoice())

    with pytest.raises((InternalError, DatabaseError)):
        Document.objects.update(locale="de")
    with pytest.raises((InternalError, DatabaseError)):
        document.delete()


def test_many_who_make_it_at_once_get_the_same_one():
    invoice = rows.make_invoice()
    made: list[int] = []

    def make() -> None:
        try:
            made.append(documents.issue_invoice(invoice).pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 6
    assert len(set(made)) == 1
    assert DomainEvent.objects.filter(type="invoice.document_made").count() == 1


def test_what_is_not_issued_has_no_document():
    draft = rows.make_invoice(status="draft", finalized_at=None)
    asked = rows.make_credit_note(rows.make_invoice(), status="unknown")
    unpaid = rows.ask(rows.make_invoice(), status="processing")

    with pytest.raises(NotIssued):
        documents.issue_invoice(draft)
    with pytest.raises(NotIssued):
        documents.issue_credit_note(asked)
    with pytest.raises(NotIssued):
        documents.issue_receipt(unpaid)
    assert not Document.objects.exists()


def test_what_was_issued_before_we_were_connected_gets_none_by_itself():
    invoice = rows.make_invoice()
    account = invoice.account
    account.created_at = rows.DAY + timedelta(days=1)
    account.save()

    assert list(documents.missing()) == []
    assert documents.issue_invoice(invoice).invoice == invoice
