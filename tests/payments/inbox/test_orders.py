"""In whatever order a payment's events come, and however often, the outcome is one."""

import itertools

import pytest

from config.base.actor import Actor
from config.base.models import DomainEvent, StripeAccount
from payments.models import InboxEvent, Payment
from payments.services import inbox_drain
from tests.payments.inbox.posting import Json, events_of, post
from tests.plugins.stripe import LocalStripe

BY = Actor.system("test")
TYPES = ("payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.refunded", "refund.created")
ORDERS = list(itertools.permutations(range(len(TYPES))))


def events_of_one(sandbox: LocalStripe) -> list[Json]:
    """A payment at Stripe, partly refunded there, and what Stripe told of it: one event of each type."""
    seen = {event["id"] for event in events_of(sandbox)}
    intent = sandbox.client.v1.payment_intents.create(
        {
            "amount": 1099,
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "https://example.com",
        }
    )
    sandbox.client.v1.refunds.create({"payment_intent": intent.id, "amount": 300})
    told = {event["type"]: event for event in events_of(sandbox) if event["id"] not in seen}
    return [told[name] for name in TYPES]


def outcome(payment: Payment) -> dict[str, object]:
    return {
        "status": payment.status,
        "received": payment.amount_received_minor,
        "refunded": payment.amount_refunded_minor,
        "flags": payment.flags,
        "attempts": [(attempt.outcome, attempt.amount_minor) for attempt in payment.attempts.all()],
        "story": story(payment.public_id),
        "refunds": [(each.status, each.amount_minor, story(each.public_id)) for each in payment.refunds.all()],
    }


def story(public_id: str) -> list[str]:
    told = DomainEvent.objects.filter(object_id=public_id).order_by("sequence")
    return list(told.values_list("type", flat=True))


def deliver(sandbox: LocalStripe, order: tuple[int, ...], *, drains_each: bool) -> Payment:
    """A new payment's events in this order, and once more."""
    told = events_of_one(sandbox)
    for place in (*order, *order):
        assert post(told[place]).status_code == 200
        if drains_each:
            inbox_drain.drain(by=BY)
    inbox_drain.drain(by=BY)
    return Payment.objects.get(stripe_id=told[0]["data"]["object"]["id"])


@pytest.mark.parametrize(
    ("orders", "drains_each"),
    [(ORDERS, False), (ORDERS[::4], True)],
    ids=["handled when all are there", "each handled as it comes"],
)
def test_every_order_and_each_event_twice(
    account: StripeAccount, sandbox: LocalStripe, orders: list[tuple[int, ...]], drains_each: bool
) -> None:
    for order in orders:
        payment = deliver(sandbox, order, drains_each=drains_each)

        assert outcome(payment) == {
            "status": "succeeded",
            "received": 1099,
            "refunded": 300,
            "flags": [],
            "attempts": [("succeeded", 1099)],
            "story": ["payment.created", "payment.succeeded"],
            "refunds": [("succeeded", 300, ["refund.succeeded"])],
        }, order
    assert not InboxEvent.objects.filter(status="waiting").exists()
