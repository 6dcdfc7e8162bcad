"""Staff see what became of an e-mail, and send it again."""

import pytest
from django.test import Client

from billing.models import Notice
from billing.services import notice_sending, notices
from config.base.actor import Actor
from config.base.models import ConfirmedAction
from tests.billing.documents import rows
from tests.billing.notices.post_office import PostOffice
from tests.payments.console.conftest import boss, login

__all__ = ["boss", "login"]
pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def failed(post_office: PostOffice) -> Notice:
    invoice = rows.make_invoice()
    notices.tell(message="invoice", customer=invoice.customer, subject=invoice, by=BY)
    post_office.refuse_recipient = "550 No such mailbox"
    notice_sending.send_due(by=BY)
    post_office.refuse_recipient = ""
    return Notice.objects.get()


def test_a_page_says_why_it_was_given_up(boss: Client, post_office: PostOffice):
    notice = failed(post_office)

    page = boss.get(f"/admin/billing/notice/{notice.pk}/change/").content.decode()
    listed = boss.get("/admin/billing/notice/?q=ada@example.com").content.decode()

    assert "550" in page
    assert "ada@example.com" in page
    assert "Failed" in listed


def test_it_is_sent_again_once_however_often_one_clicks(boss: Client, post_office: PostOffice):
    notice = failed(post_office)
    at = f"/admin/billing/notice/{notice.pk}/resend/"
    shown = boss.post(at, {"step": "show", "reason": "called"})
    sure = {"step": "do", "reason": "called", "seen": shown.context["seen"]}

    boss.post(at, sure)
    boss.post(at, sure)
    notice_sending.send_due(by=BY)

    assert "ada@example.com" in shown.content.decode()
    assert ConfirmedAction.objects.count() == 1
    assert len(post_office.mails) == 1


def test_only_those_who_may_send_it(login, post_office: PostOffice):
    notice = failed(post_office)

    answer = login("billing.view_notice").get(f"/admin/billing/notice/{notice.pk}/resend/")

    assert answer.status_code == 403
