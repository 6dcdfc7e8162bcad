"""A process that dies between any two lines of road one: no event lost, none with two effects.

The table is printed at the end of the run.
"""

import json
from dataclasses import dataclass

import pytest
from djstripe.models import PaymentIntent

from config.base.actor import Actor
from config.base.models import DomainEvent, StripeAccount
from payments.models import InboxEvent, Payment, PaymentAttempt, Root
from payments.services import inbox, inbox_drain, poller
from tests.flows.kill.run import killed
from tests.plugins.stripe import LocalStripe
from tests.plugins.tables import AddRow

BY = Actor.system("test")


@dataclass(frozen=True)
class Kill:
    """A point of the road; whether Stripe had its 200 by then."""

    step: str
    where: str
    at: str
    acknowledged: bool = True


KILLS = [
    Kill("receive", "before the event is committed", "statement:INSERT INTO payments_inboxevent:before", False),
    Kill("receive", "after it, before the answer", "statement:INSERT INTO payments_inboxevent:after", False),
    Kill("claim", "before the lease is committed", "commit:1:before"),
    Kill("claim", "after it, before the fetch", "commit:1:after"),
    Kill("handle", "after the fetch, before the snapshot is committed", "commit:2:before"),
    Kill("handle", "after it, before the mirror", "commit:2:after"),
]


def here() -> str:
    payments = [f"{p.status}/{p.amount_received_minor}" for p in Payment.objects.all()]
    events = [f"event:{event.status}" for event in InboxEvent.objects.filter(type="payment_intent.succeeded")]
    return " ".join([*payments, *events]) or "nothing"


@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: f"{kill.step} {kill.where}")
def test_an_event_whose_process_is_killed_has_one_effect(
    kill: Kill, account: StripeAccount, sandbox: LocalStripe, database_url: str, add_row: AddRow
) -> None:
    theirs = sandbox.client.v1.payment_intents.create(
        {
            "amount": 1099,
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    [succeeded] = sandbox.client.v1.events.list({"type": "payment_intent.succeeded"}).data
    event = json.dumps(succeeded.to_dict())
    if kill.step != "receive":
        inbox.receive(event.encode(), source="webhook")

    assert killed("receive" if kill.step == "receive" else "handle", event, kill=kill.at) == -9
    right_after = here()

    if not kill.acknowledged:
        inbox.receive(event.encode(), source="webhook")  # Stripe, without a 200, delivers again
    Root.objects.update(lease_until=None)  # its time runs out
    poller.fetch_missed(account=account)
    inbox_drain.drain(by=BY)
    gets = list(sandbox.requests("GET", f"/v1/payment_intents/{theirs.id}"))
    add_row(
        "road one × killed",
        {
            "step": kill.step,
            "killed": kill.where,
            "here then": right_after,
            "here after the next drain": here(),
            "rows": f"payments={Payment.objects.count()} attempts={PaymentAttempt.objects.count()} "
            f"events={InboxEvent.objects.filter(type='payment_intent.succeeded').count()}",
            "GETs of the intent": len(gets),
        },
    )

    [payment] = Payment.objects.all()
    assert (payment.status, payment.amount_received_minor) == ("succeeded", 1099)
    assert PaymentAttempt.objects.filter(payment=payment).count() == 1
    assert InboxEvent.objects.filter(stripe_id=succeeded.id).get().status == "handled"
    assert not InboxEvent.objects.exclude(status__in=["handled", "unhandled"]).exists()
    story = DomainEvent.objects.filter(object_id=payment.public_id).order_by("sequence")
    assert [event.type for event in story] == ["payment.created", "payment.succeeded"]
    assert PaymentIntent.objects.filter(id=theirs.id).exists()
