"""A second bill for a period: Stripe is asked to collect no more until staff have looked."""

import pytest

from billing import tasks
from billing.models import Invoice, Price, Subscription
from billing.services import parking, subscriptions
from billing.services.parking import Swept
from config.base.actor import Actor
from config.base.models import JobRun, StripeAccount
from payments.models import Customer, OutboundCall
from payments.services import parking as customer_parking
from payments.services import snapshots
from tests.billing.quotes.asking import running
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")


@pytest.fixture
def billed_twice(account: StripeAccount, ada: Customer, basic: Price) -> Subscription:
    """Ada's subscription, whose first period Stripe bills once more."""
    subscription = running(ada, basic)
    first = snapshots.fetch(
        snapshots.root_for(account=account, kind="invoice", stripe_id=subscription.latest_invoice_id)
    ).body
    for body in (first, _again(first)):
        root = snapshots.root_for(account=account, kind="invoice", stripe_id=str(body["id"]))
        root.refresh_from_db()
        assert snapshots.apply(root, snapshots.Snapshot(root.snapshot_no, body), by=TEST)
    subscription.refresh_from_db()
    ada.refresh_from_db()
    return subscription


def _again(invoice: dict[str, object]) -> dict[str, object]:
    lines = {"data": [{**line, "id": f"{line['id']}again"} for line in invoice["lines"]["data"]], "has_more": False}  # type: ignore[index]
    later = int(str(invoice["created"])) + 60
    return {**invoice, "id": f"{invoice['id']}again", "created": later, "lines": lines, "payments": {"data": []}}


def paused_at_stripe(sandbox: LocalStripe, subscription: Subscription) -> str | None:
    found = sandbox.client.v1.subscriptions.retrieve(subscription.stripe_id or "")
    return found.pause_collection.behavior if found.pause_collection else None


def test_its_collection_is_paused_once(sandbox: LocalStripe, billed_twice: Subscription) -> None:
    before = paused_at_stripe(sandbox, billed_twice)

    first, second = parking.sweep(), parking.sweep()

    assert before is None
    assert (first, second) == (Swept(paused=1, waiting=0), Swept(paused=0, waiting=0))
    assert paused_at_stripe(sandbox, billed_twice) == "keep_as_draft"
    billed_twice.refresh_from_db()
    assert (billed_twice.pause_behavior, billed_twice.flags) == ("keep_as_draft", ["period_billed_twice"])
    assert OutboundCall.objects.filter(action="subscription.pause").count() == 1


def test_nothing_leaves_while_the_fact_is_written(billed_twice: Subscription) -> None:
    assert not OutboundCall.objects.filter(action="subscription.pause").exists()
    assert Invoice.objects.filter(flags=["period_billed_twice"]).count() == 1


def test_what_stripe_refuses_is_asked_again(sandbox: LocalStripe, billed_twice: Subscription) -> None:
    sandbox.fail("POST", f"/v1/subscriptions/{billed_twice.stripe_id}", "rate_limit_429", times=3)

    first = parking.sweep()
    tasks.pause_parked()

    assert first == Swept(paused=0, waiting=1)
    assert JobRun.objects.get(name="pause_parked").counts == {"paused": 1, "waiting": 0}


def test_who_was_let_go_on_and_resumed_is_not_paused_again(
    sandbox: LocalStripe, billed_twice: Subscription, ada: Customer
) -> None:
    parking.sweep()
    billed_twice.refresh_from_db()
    customer_parking.unpark(customer=ada, by=TEST)
    subscriptions.resume(subscription=billed_twice, by=TEST)

    again = parking.sweep()

    assert again == Swept(paused=0, waiting=0)
    assert paused_at_stripe(sandbox, billed_twice) is None
