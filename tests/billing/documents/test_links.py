"""Customers reach their documents by signed addresses; staff by permission."""

import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.test import Client

from billing.services import document_links, documents
from payments.models import PayLink
from tests.billing.documents import rows

pytestmark = pytest.mark.django_db


def path(address: str) -> str:
    return urlsplit(address).path


def test_a_customer_downloads_the_very_bytes():
    document = documents.issue_invoice(rows.make_invoice())

    answer = Client().get(path(document_links.to_download(document)))

    assert answer.content == bytes(document.content)
    assert answer["Content-Type"] == "application/pdf"
    assert 'filename="invoice-2026-00042.pdf"' in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("token", ["x", "doc_1.1abcde.signature"])
def test_a_forged_link_is_no_link(token):
    assert Client().get(f"/documents/{token}/").status_code == 404
    assert Client().get(f"/invoices/{token}/pay/").status_code == 404


def test_a_link_to_pay_does_not_open_a_document_nor_the_other_way_round():
    invoice = rows.make_invoice()
    document = documents.issue_invoice(invoice)
    to_pay = path(document_links.to_pay(invoice)).split("/")[2]
    to_download = path(document_links.to_download(document)).split("/")[2]

    assert Client().get(f"/documents/{to_pay}/").status_code == 404
    assert Client().get(f"/invoices/{to_download}/pay/").status_code == 404


def test_a_link_of_an_old_email_has_ended():
    document = documents.issue_invoice(rows.make_invoice())
    signer = signing.TimestampSigner(sep=".", salt="billing.documents")
    days = document_links.DOWNLOADABLE_FOR + timedelta(days=1)
    old = signing.b62_encode(int(time.time() - days.total_seconds()))
    value = f"{document.public_id}.{old}"

    answer = Client().get(f"/documents/{value}.{signer.signature(value)}/")

    assert answer.status_code == 404
    assert b"Ask for a new one" in answer.content


def test_the_link_on_paper_leads_to_the_payment_of_the_day():
    invoice = rows.make_invoice()
    payment = rows.ask(invoice, client_secret="pi_secret")

    first = Client().get(path(document_links.to_pay(invoice)))
    again = Client().get(path(document_links.to_pay(invoice)))

    assert first.status_code == 302
    assert "/pay/" in first["Location"]
    assert first["Location"] == again["Location"]
    assert PayLink.objects.get().payment == payment


@pytest.mark.parametrize(("status", "words"), [("paid", "This invoice is paid"), ("void", "Nobody owes it")])
def test_nobody_pays_twice_or_for_nothing(status, words):
    invoice = rows.make_invoice(status=status)

    answer = Client().get(path(document_links.to_pay(invoice)))

    assert words in answer.content.decode()
    assert not PayLink.objects.exists()


def test_staff_download_with_permission_only(login):
    document = documents.issue_invoice(rows.make_invoice())
    at = f"/admin/billing/document/{document.pk}/download/"

    assert login("billing.view_document").get(at).content == bytes(document.content)
    assert login("payments.view_payment", name="Bob").get(at).status_code == 404


def test_staff_find_a_document_by_its_number(boss: Client):
    document = documents.issue_invoice(rows.make_invoice())

    listed = boss.get("/admin/billing/document/?q=2026-00042").content.decode()
    page = boss.get(f"/admin/billing/document/{document.pk}/change/").content.decode()

    assert "invoice-2026-00042.pdf" in listed
    assert document.sha256 in page
