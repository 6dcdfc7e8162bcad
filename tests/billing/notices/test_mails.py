"""What the e-mails say, in each language, and that what people write is only text there too."""

from datetime import timedelta
from string import Formatter
from typing import Any

import pytest

from billing.models import Invoice, Notice
from billing.services import letterheads, notice_facts, notice_sending, notices, renewals, wording
from billing.services.notice_sending import Sent
from billing.services.terms import TERMS
from config.base import clock
from config.base.actor import Actor
from tests import factories
from tests.billing.documents import pictures, rows
from tests.billing.notices.post_office import PostOffice
from tests.billing.subscriptions.rows import make_price, make_subscription

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def send(message: str, subject: Any, *, customer: Any = None, occasion: str = "issued") -> Sent:
    customer = customer or subject.customer
    notices.tell(message=message, customer=customer, subject=subject, occasion=occasion, by=BY)
    return notice_sending.send_due(by=BY)


def test_every_language_has_every_word():
    first, *others = TERMS.values()

    assert all(words.keys() == first.keys() for words in others)
    for language, words in TERMS.items():
        for term, text in words.items():
            fields = dict.fromkeys(_fields(TERMS["en"][term]), "x")
            assert text.format(**fields), (language, term)


def _fields(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name]


def test_a_receipt_brings_the_receipt_and_its_invoice(post_office: PostOffice):
    payment = rows.pay(rows.make_invoice())

    send("receipt", payment)

    assert post_office.last()["Subject"] == "Your payment to Counterfoil Ltd"
    assert "We have received €174.93 for invoice 2026-00042" in post_office.text()
    assert len(post_office.attachments()) == 2
    assert post_office.text().count("/documents/") == 2


def test_a_failed_payment_says_what_to_do(post_office: PostOffice):
    again = clock.now() + timedelta(days=3)
    send("payment_failed", rows.make_invoice(next_payment_attempt=again), occasion="try 1")

    assert "did not go through" in post_office.last()["Subject"]
    assert "charged only once" in post_office.text()
    assert "Pay €174.93 now:\nhttp" in post_office.text()

    send("payment_failed", rows.make_invoice(number="2"), occasion="try 1")
    assert "We try again" not in post_office.text()


def test_the_bank_wants_a_confirmation(post_office: PostOffice):
    send("payment_action_required", rows.make_invoice(), occasion="try 1")

    assert "Confirm the payment:\nhttp" in post_office.text()


def test_a_credit_note_brings_its_document(post_office: PostOffice):
    note = rows.make_credit_note(rows.make_invoice())

    send("credit_note", note, customer=note.invoice.customer)

    assert list(post_office.attachments()) == ["credit-note-2026-00042-CN-01.pdf"]


def test_a_trial_that_ends_tells_the_price_where_it_is_certain(post_office: PostOffice):
    customer = rows.make_buyer()
    subscription = make_subscription(customer, price=make_price(), status="trialing")
    subscription.trial_end = clock.now() + timedelta(days=3)
    subscription.save()

    send("trial_ending", subscription)
    assert "€29.00" in post_office.text()

    subscription.automatic_tax = True
    subscription.save()
    send("trial_ending", subscription, occasion="again")
    assert "€" not in post_office.text()


def test_a_trial_that_became_a_subscription_is_not_told(post_office: PostOffice):
    subscription = make_subscription(rows.make_buyer(), price=make_price(), status="active")

    assert send("trial_ending", subscription) == Sent(skipped=1)


def test_a_renewal_is_told_as_many_days_before_as_the_product_says(post_office: PostOffice):
    price = make_price(product_renewal_notice_days=7)
    subscription = make_subscription(rows.make_buyer(), price=price, began_days=10)
    item = subscription.items.get()
    item.current_period_end = clock.now() + timedelta(days=8)
    item.save()

    assert renewals.tell_due(by=BY) == 0
    item.current_period_end = clock.now() + timedelta(days=6)
    item.save()
    assert renewals.tell_due(by=BY) == 1
    assert renewals.tell_due(by=BY) == 0

    assert notice_sending.send_due(by=BY) == Sent(sent=1)
    assert "renews on" in post_office.last()["Subject"]


def test_a_renewal_that_was_canceled_is_not_told(post_office: PostOffice):
    subscription = make_subscription(rows.make_buyer(), price=make_price(product_renewal_notice_days=30))
    subscription.cancel_at_period_end = True
    subscription.save()

    assert renewals.tell_due(by=BY) == 0


def test_a_german_customer_is_written_to_in_german(post_office: PostOffice):
    invoice = rows.make_invoice(rows.make_buyer(preferred_locale="de", name="Jürgen Müller"))

    send("invoice", invoice)

    assert post_office.last()["Subject"] == "Rechnung 2026-00042 von Counterfoil Ltd"
    assert "Guten Tag Jürgen Müller," in post_office.text()
    assert "174,93\u00a0€ bis zum 5. Dezember 2026" in post_office.text()
    assert '<html lang="de">' in post_office.html()


def test_what_people_write_is_only_text_in_html(post_office: PostOffice):
    name = "<script>alert(1)</script>\nBcc: x@example.com"
    rows.make_letterhead(address="<img src=x onerror=alert(1)>")
    invoice = rows.make_invoice(rows.make_buyer(name=name), number="1\r\nBcc: y@example.com")

    send("invoice", invoice)

    assert "<script" not in post_office.html()
    assert "<img src=x" not in post_office.html()
    assert post_office.envelopes[-1].rcpt_tos == ["ada@example.com"]
    assert post_office.last()["Bcc"] is None
    assert post_office.last()["Subject"] == "Invoice 1 Bcc: y@example.com from Counterfoil Ltd"


def test_the_logo_travels_with_the_email(post_office: PostOffice):
    entity = rows.make_letterhead().legal_entity
    letterheads.set_logo(entity=entity, content=pictures.png(), by=BY)

    send("invoice", rows.make_invoice())

    images = [part for part in post_office.last().walk() if part.get_content_type() == "image/png"]
    assert [image["Content-ID"] for image in images] == ["<logo>"]
    assert "cid:logo" in post_office.html()


def test_an_invoice_that_is_charged_by_itself_says_so():
    customer = rows.make_buyer()
    invoice = rows.make_invoice(customer, collection_method="charge_automatically")
    customer.default_payment_method_id = _method(customer)
    customer.save()
    notices.tell(message="invoice", customer=customer, subject=invoice, by=BY)
    notice = Notice.objects.select_related("customer__account__legal_entity").get()

    facts = notice_facts.of(notice, wording.reader(customer))

    assert any("You need not do anything" in paragraph for paragraph in facts.paragraphs)


def _method(customer: Any) -> int:
    return factories.make_payment_method(customer=customer).pk


def test_what_has_its_subject_gone_is_skipped(post_office: PostOffice):
    invoice = rows.make_invoice()
    notices.tell(message="invoice", customer=invoice.customer, subject=invoice, by=BY)
    Notice.objects.update(subject_id="inv_gone")

    assert notice_sending.send_due(by=BY) == Sent(skipped=1)
    assert Invoice.objects.exists()
