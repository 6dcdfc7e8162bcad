"""A sender that dies between any two lines: nobody is forgotten, and only one gap can make a copy."""

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from billing.models import Document, Notice
from billing.services import notice_sending, notices
from config.base.actor import Actor
from tests.billing.documents import rows
from tests.billing.notices.post_office import PostOffice

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


@pytest.mark.parametrize(
    ("kill", "arrived", "in_the_end"),
    [
        ("commit:1:before", 0, 1),  # not leased yet
        ("commit:1:after", 0, 1),  # leased
        ("commit:2:after", 0, 1),  # the document is made
        ("commit:3:before", 1, 2),  # the mail server has it, we have not noted that: the one gap
        ("commit:3:after", 1, 1),  # noted
    ],
)
def test_a_sender_that_dies_is_followed_by_another(
    post_office: PostOffice, settings: Any, kill: str, arrived: int, in_the_end: int
):
    invoice = rows.make_invoice()
    notices.tell(message="invoice", customer=invoice.customer, subject=invoice, by=BY)

    assert died(kill, settings.EMAIL_PORT)
    assert len(post_office.mails) == arrived
    notice_sending.send_due(by=BY)
    assert len(post_office.mails) == arrived or kill == "commit:1:before"  # the lease holds
    Notice.objects.filter(status="waiting").update(
        lease_until=notices.real_now() - timedelta(seconds=1), next_try_at=notices.real_now()
    )
    notice_sending.send_due(by=BY)

    assert len(post_office.mails) == in_the_end
    assert len({mail["Message-ID"] for mail in post_office.mails}) == 1
    assert Notice.objects.get().status == "sent"
    assert Document.objects.count() == 1


def died(kill: str, port: int) -> bool:
    """Whether a sender was killed at the named point, and not before."""
    told = {
        "DJANGO_SETTINGS_MODULE": "tests.flows.kill.settings",
        "KILL": kill,
        "EMAIL_URL": f"smtp://127.0.0.1:{port}?_default_from_email=billing@counterfoil.test",
    }
    command = [sys.executable, "-m", "tests.billing.notices.sender"]
    return subprocess.run(command, env=os.environ | told, check=False, timeout=60).returncode == -9
