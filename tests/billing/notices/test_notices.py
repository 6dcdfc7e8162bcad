"""Nobody is told twice, and nobody is forgotten."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction

from billing.models import Invoice, Notice
from billing.services import issuing, notice_mail, notice_sending, notices
from billing.services.notice_sending import Sent
from billing.services.notices import NoticeWaiting
from config.base.actor import Actor, ActorKind
from config.base.models import DomainEvent
from tests import factories
from tests.billing.documents import rows
from tests.billing.notices.post_office import PostOffice

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def tell(invoice: Invoice, **more: Any) -> Notice:
    values = {"message": Notice.Message.INVOICE, "customer": invoice.customer, "subject": invoice, "by": BY, **more}
    notices.tell(**values)
    return Notice.objects.latest("pk")


def make_due() -> None:
    """As if the pause were over."""
    Notice.objects.update(next_try_at=notices.real_now(), lease_until=None)


def test_an_invoice_arrives_with_its_pdf_and_the_way_to_pay(post_office: PostOffice):
    rows.make_letterhead(reply_to="hello@counterfoil.test")
    notice = tell(rows.make_invoice())

    assert notice_sending.send_due(by=BY) == Sent(sent=1)

    mail = post_office.last()
    assert mail["To"] == "ada@example.com"
    assert mail["From"] == "Counterfoil Ltd <billing@counterfoil.test>"
    assert mail["Reply-To"] == "hello@counterfoil.test"
    assert mail["Subject"] == "Invoice 2026-00042 from Counterfoil Ltd"
    assert "Please pay €174.93 by December 5, 2026." in post_office.text()
    assert "/invoices/" in post_office.text()
    assert "2026-00042" in rows.text_of(post_office.attachments()["invoice-2026-00042.pdf"])
    notice.refresh_from_db()
    assert (notice.status, notice.tries, notice.last_error) == ("sent", 1, "")
    told = DomainEvent.objects.get(type="customer.notice_sent")
    assert told.data == {"notice": notice.public_id, "message": "invoice", "subject": notice.subject_id}


def test_what_was_sent_is_not_sent_again(post_office: PostOffice):
    tell(rows.make_invoice())

    notice_sending.send_due(by=BY)
    make_due()
    notice_sending.send_due(by=BY)

    assert len(post_office.mails) == 1


def test_an_occasion_is_told_once():
    invoice = rows.make_invoice()

    told = [
        notices.tell(message="invoice", customer=invoice.customer, subject=invoice, occasion="issued", by=BY)
        for _ in range(3)
    ]

    assert told == [True, False, False]
    assert Notice.objects.count() == 1


def test_an_occasion_told_by_many_at_once_is_one_row():
    invoice = rows.make_invoice()
    told: list[bool] = []

    def tell_it() -> None:
        try:
            told.append(notices.tell(message="invoice", customer=invoice.customer, subject=invoice, by=BY))
        finally:
            connections.close_all()

    at_once(tell_it, times=6)

    assert sorted(told) == [False] * 5 + [True]


def test_an_email_is_sent_once_by_many_senders_at_once(post_office: PostOffice):
    for number in range(5):
        tell(rows.make_invoice(number=f"2026-{number}"))

    def send() -> None:
        try:
            notice_sending.send_due(by=BY)
        finally:
            connections.close_all()

    at_once(send, times=4)

    assert sorted(mail["Subject"] for mail in post_office.mails) == [
        f"Invoice 2026-{number} from Counterfoil Ltd" for number in range(5)
    ]
    assert set(Notice.objects.values_list("status", flat=True)) == {"sent"}


def test_nobody_is_told_of_what_was_rolled_back():
    invoice = rows.make_invoice()

    with transaction.atomic():
        notices.tell(message="invoice", customer=invoice.customer, subject=invoice, by=BY)
        transaction.set_rollback(True)

    assert not Notice.objects.exists()


def test_a_mail_server_that_is_away_costs_no_try(settings: Any):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    notice = tell(rows.make_invoice())

    assert notice_sending.send_due(by=BY) == Sent(unreachable=1)

    notice.refresh_from_db()
    assert (notice.status, notice.tries) == ("waiting", 0)


def test_what_is_refused_for_now_is_tried_again_with_growing_pauses(post_office: PostOffice):
    post_office.refuse_message = "451 Try again later"
    notice = tell(rows.make_invoice())

    pauses = []
    for _ in range(3):
        notice_sending.send_due(by=BY)
        notice.refresh_from_db()
        pauses.append(round((notice.next_try_at - notices.real_now()).total_seconds() / 60))
        make_due()

    assert pauses == [1, 5, 15]
    assert notice.status == "waiting"
    assert "451" in notice.last_error
    post_office.refuse_message = ""
    assert notice_sending.send_due(by=BY) == Sent(sent=1)


def test_what_is_refused_for_good_is_given_up_and_can_be_sent_again(post_office: PostOffice):
    post_office.refuse_recipient = "550 <ada@example.com>: no such mailbox"
    notice = tell(rows.make_invoice())
    assert notice_sending.send_due(by=BY) == Sent(failed=1)
    notice.refresh_from_db()
    assert notice.last_error == "550 <the address>: no such mailbox"
    post_office.refuse_recipient = ""

    staff = Actor(ActorKind.STAFF, str(factories.make_user().pk), "Ada")
    assert notices.resend(notice=notice, by=staff, reason="new address")

    assert notice_sending.send_due(by=BY) == Sent(sent=1)
    assert len(post_office.mails) == 1


def test_after_many_tries_it_is_given_up(post_office: PostOffice):
    post_office.refuse_message = "451 Try again later"
    notice = tell(rows.make_invoice())
    Notice.objects.update(tries=len(notice_sending.PAUSES))

    assert notice_sending.send_due(by=BY) == Sent(failed=1)

    notice.refresh_from_db()
    assert notice.status == "failed"


def test_a_server_that_hangs_up_ends_the_round_and_holds_nothing_up(post_office: PostOffice):
    post_office.hang_up = True
    tell(rows.make_invoice())
    tell(rows.make_invoice(number="2026-2"))

    assert notice_sending.send_due(by=BY) == Sent(unreachable=1)

    post_office.hang_up = False
    make_due()
    assert notice_sending.send_due(by=BY) == Sent(sent=2)


def test_a_lease_of_one_who_died_runs_out_and_the_copy_bears_the_same_id(post_office: PostOffice):
    notice = tell(rows.make_invoice())
    first = notice_mail.write(notice).extra_headers["Message-ID"]
    died = notices.real_now() - timedelta(seconds=1)
    Notice.objects.update(tries=1, lease_until=notices.real_now() + timedelta(minutes=1), next_try_at=died)

    assert notice_sending.send_due(by=BY) == Sent()
    Notice.objects.update(lease_until=died)
    assert notice_sending.send_due(by=BY) == Sent(sent=1)

    assert post_office.last()["Message-ID"] == first


def test_sent_again_by_staff_it_is_another_message(post_office: PostOffice):
    notice = tell(rows.make_invoice())
    notice_sending.send_due(by=BY)
    notice.refresh_from_db()

    notices.resend(notice=notice, by=BY)
    notice_sending.send_due(by=BY)

    assert len({mail["Message-ID"] for mail in post_office.mails}) == 2


def test_what_waits_is_not_asked_for_again():
    with pytest.raises(NoticeWaiting):
        notices.resend(notice=tell(rows.make_invoice()), by=BY)


@pytest.mark.parametrize("email", ["", "nobody", "a@b\nBcc: c@example.com"])
def test_without_an_address_nothing_is_sent(post_office: PostOffice, email):
    notice = tell(rows.make_invoice(rows.make_buyer(email=email)))

    assert notice_sending.send_due(by=BY) == Sent(skipped=1)

    notice.refresh_from_db()
    assert "address" in notice.last_error
    assert post_office.mails == []


def test_a_void_invoice_is_not_sent(post_office: PostOffice):
    invoice = rows.make_invoice()
    tell(invoice)
    Invoice.objects.update(status="void")

    assert notice_sending.send_due(by=BY) == Sent(skipped=1)


def test_a_failed_payment_is_not_told_once_it_is_paid(post_office: PostOffice):
    invoice = rows.make_invoice()
    tell(invoice, message=Notice.Message.PAYMENT_FAILED, occasion="try 1")
    rows.pay(invoice)

    assert notice_sending.send_due(by=BY) == Sent(skipped=1)


def test_what_is_issued_is_told_by_itself(post_office: PostOffice):
    invoice = rows.make_invoice(finalized_at=notices.real_now() + timedelta(days=1))
    payment = rows.pay(rows.make_invoice(collection_method="charge_automatically", number="2026-2"))
    type(payment).objects.update(succeeded_at=notices.real_now() + timedelta(days=1))
    rows.make_credit_note(invoice, effective_at=notices.real_now() + timedelta(days=1))

    done = issuing.sweep(by=BY)
    again = issuing.sweep(by=BY)
    notice_sending.send_due(by=BY)

    assert (done.notices, again.documents, again.notices) == (3, 0, 0)
    assert sorted(mail["Subject"] for mail in post_office.mails) == [
        "Credit note 2026-00042-CN-01 from Counterfoil Ltd",
        "Invoice 2026-00042 from Counterfoil Ltd",
        "Your payment to Counterfoil Ltd",
    ]


def at_once(work: Any, *, times: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
