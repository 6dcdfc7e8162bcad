"""Parked events say why, and are put back by hand, one or many, only by whom it may."""

import pytest
from auditlog.models import LogEntry
from django.test import Client

from payments.models import InboxEvent
from tests import factories

URL = "/admin/payments/inboxevent/"


@pytest.fixture
def parked(shop: object) -> InboxEvent:
    return factories.make_inbox_event(status="parked", tries=8, last_error="KeyError: 'payment_intent'")


def test_a_parked_event_says_why_and_shows_its_payload(boss: Client, parked: InboxEvent) -> None:
    text = boss.get(f"{URL}{parked.pk}/change/").content.decode()

    assert "Parked after 8 tries" in text
    assert "KeyError: &#x27;payment_intent&#x27;" in text
    assert parked.root_id in text
    assert "<details" in text


def test_replaying_one_asks_first_and_leaves_an_audit_line(boss: Client, parked: InboxEvent) -> None:
    url = f"{URL}{parked.pk}/replay/"
    page = boss.get(url)
    parked.refresh_from_db()
    assert parked.status == "parked"

    boss.post(url, {"step": "do", "seen": page.context["seen"]})

    parked.refresh_from_db()
    assert (parked.status, parked.tries) == ("waiting", 0)
    assert LogEntry.objects.filter(changes__status=["parked", "waiting"], actor__name="Grace").exists()


def test_replaying_many_asks_first(boss: Client, parked: InboxEvent) -> None:
    others = [factories.make_inbox_event(status="parked"), factories.make_inbox_event(status="parked")]
    chosen = {"action": "replay_selected", "_selected_action": [parked.pk, others[0].pk]}

    page = boss.post(URL, chosen)
    assert "2 events go back" in page.content.decode()
    assert InboxEvent.objects.filter(status="parked").count() == 3
    boss.post(URL, {**chosen, "confirmed": "1"})

    assert list(InboxEvent.objects.filter(status="parked")) == [others[1]]


def test_support_reads_the_inbox_and_cannot_replay(login, parked: InboxEvent) -> None:
    support = login(role="support")

    assert "Replay" not in support.get(f"{URL}{parked.pk}/change/").content.decode()
    assert support.get(f"{URL}{parked.pk}/replay/").status_code == 403
    support.post(URL, {"action": "replay_selected", "_selected_action": parked.pk, "confirmed": "1"})
    parked.refresh_from_db()
    assert parked.status == "parked"


def test_events_are_filtered_by_status_source_and_type(boss: Client, parked: InboxEvent) -> None:
    polled = factories.make_inbox_event(source="poller", type="charge.succeeded")

    def shown(**query: str) -> list[str]:
        return [event.stripe_id for event in boss.get(URL, query).context["cl"].result_list]

    assert shown(status__exact="parked") == [parked.stripe_id]
    assert shown(source__exact="poller") == [polled.stripe_id]
    assert shown(type="charge.succeeded") == [polled.stripe_id]
    assert shown(q=parked.root_id) == [parked.stripe_id]


def test_an_event_leads_to_the_payment_it_is_about(boss: Client, db: None) -> None:
    payment = factories.make_payment()
    event = factories.make_inbox_event(root_id=payment.stripe_id)

    text = boss.get(f"/admin/payments/inboxevent/{event.pk}/change/").content.decode()

    assert f"/admin/payments/payment/{payment.pk}/change/" in text
