"""What never arrived arrives by the poller."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.base import clock
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments import gateway
from payments.failures import InDoubt
from payments.models import Customer, InboxEvent
from payments.services import inbox_drain, poller
from tests.payments.inbox.posting import events_of, post
from tests.plugins.stripe import LocalStripe


def command(name: str, *arguments: str) -> str:
    said = StringIO()
    call_command(name, *arguments, stdout=said)
    return said.getvalue()


def mark(account: StripeAccount):
    account.refresh_from_db()
    return account.events_read_until


def test_a_webhook_that_never_arrived_is_found_and_handled(account: StripeAccount, sandbox: LocalStripe) -> None:
    for name in ("ada", "ben", "cid"):
        sandbox.client.v1.customers.create({"name": name})
    first, _, last = events_of(sandbox)
    post(first)
    post(last)

    assert command("fetch_missed_events") == "3 events read, 1 had never arrived.\n"

    found = InboxEvent.objects.get(source="poller")
    assert found.status == "waiting"
    inbox_drain.drain(by=Actor.system("test"))
    assert sorted(Customer.objects.values_list("name", flat=True)) == ["ada", "ben", "cid"]
    assert command("fetch_missed_events") == "3 events read, 0 had never arrived.\n"
    assert mark(account).timestamp() == last["created"]


def test_a_page_that_fails_leaves_the_mark_and_the_next_run_goes_on(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    for number in range(120):
        sandbox.client.v1.customers.create({"name": str(number)})
    sandbox.fail("GET", "/v1/events", "slow", seconds=0)
    sandbox.fail("GET", "/v1/events", "error_500", times=gateway.TRIES)  # the second page

    with pytest.raises(InDoubt):
        poller.fetch_missed(account=account)
    assert mark(account) is None
    assert InboxEvent.objects.count() == 100

    assert poller.fetch_missed(account=account) == {"read": 120, "missed": 20}
    assert mark(account)


def test_a_long_silence_is_read_window_by_window_and_each_moves_the_mark(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    StripeAccount.objects.update(created_at=clock.now())
    account.refresh_from_db()
    for name in ("ada", "ben"):
        sandbox.client.v1.customers.create({"name": name})
        sandbox.advance(seconds=2 * 86_400)

    assert poller.fetch_missed(account=account) == {"read": 2, "missed": 2}

    assert len(sandbox.requests("GET", "/v1/events")) > 10
    assert mark(account) > clock.now() - timedelta(days=1)
    assert poller.fetch_missed(account=account)["missed"] == 0


def test_reading_since_a_moment_leaves_the_mark_alone(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.client.v1.customers.create({"name": "ada"})
    yesterday = (clock.now() - timedelta(days=1)).isoformat()

    assert "1 had never arrived" in command("fetch_missed_events", "--since", yesterday)
    assert mark(account) is None
    with pytest.raises(CommandError, match="give a day or a moment"):
        command("fetch_missed_events", "--since", "yesterday")


def test_the_mark_never_moves_back(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.client.v1.customers.create({"name": "ada"})
    later = clock.now() + timedelta(hours=1)
    StripeAccount.objects.update(events_read_until=later)

    poller.fetch_missed(account=account)

    assert mark(account) == later


def test_replaying_by_command(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.client.v1.customers.create({"name": "ada"})
    [created] = events_of(sandbox)
    post(created)
    inbox_drain.drain(by=Actor.system("test"))

    assert command("replay_events", "--id", created["id"]).startswith("1 events put back.\n1 events handled")
    assert command("replay_events", "--parked").startswith("0 events put back.")
    assert command("replay_events", "--since", "2020-01-01").startswith("1 events put back.")
    with pytest.raises(CommandError, match="no event evt_none"):
        command("replay_events", "--id", "evt_none")
    assert Customer.objects.count() == 1
