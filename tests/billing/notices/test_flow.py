"""From an invoice at Stripe to the customer's mailbox, over HTTP and SMTP."""

import pytest
from django.test import Client

from billing.models import Document, Notice
from billing.services import invoices, issuing, notice_sending
from config.base.actor import Actor
from payments.models import Customer
from tests.billing.documents import rows
from tests.billing.invoices.writing import drain, opened
from tests.billing.notices.post_office import PostOffice
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def test_an_invoice_and_its_receipt_reach_the_customer(
    ada: Customer, sandbox: LocalStripe, post_office: PostOffice
) -> None:
    invoice = opened(ada, purchase_order="PO-4711", memo="Thank you")

    issuing.sweep(by=BY)
    notice_sending.send_due(by=BY)
    assert post_office.last()["Subject"] == f"Invoice {invoice.number} from {invoice.account.legal_entity}"
    text = rows.text_of(Document.objects.get(invoice=invoice).content)
    assert (text.count("PO-4711"), "€899.00" in text, "Thank you" in text) == (1, True, True)
    link = next(word for word in post_office.text().split() if "/invoices/" in word)
    assert "/pay/" in Client().get(link.removeprefix("http://testserver"))["Location"]

    invoices.pay(invoice=invoice, by=BY)
    drain()
    issuing.sweep(by=BY)
    notice_sending.send_due(by=BY)

    assert len(post_office.attachments()) == 2
    assert "We have received €899.00" in post_office.text()
    assert list(Notice.objects.order_by("pk").values_list("message", "status")) == [
        ("invoice", "sent"),
        ("receipt", "sent"),
    ]
