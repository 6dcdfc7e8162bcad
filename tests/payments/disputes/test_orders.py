"""In whatever order the events of a dispute come, with or without its payment, and however often: one outcome."""

import itertools
import random

import pytest

from config.base.actor import Actor
from config.base.models import DomainEvent, StripeAccount
from payments.models import Dispute, InboxEvent
from payments.services import inbox_drain
from tests.payments.inbox.posting import Json, events_of, post
from tests.plugins.stripe import LocalStripe

BY = Actor.system("test")
TYPES = (
    "payment_intent.succeeded", "charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.updated",
    "charge.dispute.funds_reinstated", "charge.dispute.closed",
)  # fmt: skip
ORDERS = random.Random(4).sample(list(itertools.permutations(range(len(TYPES)))), 12)
ASKED = {
    "amount": 4900,
    "currency": "eur",
    "payment_method": "pm_card_visa",
    "confirm": True,
    "return_url": "https://example.com",
}


def disputed(sandbox: LocalStripe) -> str:
    """A payment made at Stripe and disputed there; the dispute's id."""
    intent = sandbox.client.v1.payment_intents.create({**ASKED})  # type: ignore[typeddict-item]
    return str(sandbox.control("disputes", {"charge": str(intent.latest_charge), "reason": "fraudulent"})["id"])


def answer(sandbox: LocalStripe, dispute: str, text: str, *, submit: bool = True) -> None:
    sandbox.client.v1.disputes.update(dispute, {"evidence": {"uncategorized_text": text}, "submit": submit})
    sandbox.advance(seconds=60)


def told_by(sandbox: LocalStripe, seen: set[str]) -> dict[str, Json]:
    return {event["type"]: event for event in events_of(sandbox) if event["id"] not in seen}


def drain() -> None:
    while any(inbox_drain.drain(by=BY).values()):
        pass


def story(dispute: Dispute) -> list[str]:
    told = DomainEvent.objects.filter(object_id=dispute.public_id).order_by("sequence")
    return list(told.values_list("type", flat=True))


@pytest.mark.parametrize("drains_each", [False, True], ids=["handled when all are there", "each as it comes"])
def test_every_order_and_each_event_twice(account: StripeAccount, sandbox: LocalStripe, *, drains_each: bool) -> None:
    for order in ORDERS:
        seen = {event["id"] for event in events_of(sandbox)}
        stripe_id = disputed(sandbox)
        answer(sandbox, stripe_id, "winning_evidence")
        told = told_by(sandbox, seen)
        for place in (*order, *order):
            assert post(told[TYPES[place]]).status_code == 200
            if drains_each:
                drain()
        drain()

        dispute = Dispute.objects.get(stripe_id=stripe_id)
        assert (dispute.status, dispute.withdrawn_minor, dispute.reinstated_minor) == ("won", 4900, 4900), order
        assert dispute.payment, order
        assert dispute.payment.latest_charge_id == dispute.charge_id
        assert story(dispute) == [
            "dispute.opened", "dispute.funds_withdrawn", "dispute.funds_reinstated", "dispute.won",
        ], order  # fmt: skip
    assert not InboxEvent.objects.exclude(status=InboxEvent.Status.HANDLED).exists()


def test_each_step_is_told_when_it_is_heard(account: StripeAccount, sandbox: LocalStripe) -> None:
    seen: set[str] = set()
    stripe_id = disputed(sandbox)
    for text, submit in (("", True), ("draft", False), ("losing_evidence", True)):
        if text:
            answer(sandbox, stripe_id, text, submit=submit)
        for event in told_by(sandbox, seen).values():
            seen.add(event["id"])
            if event["type"].startswith("charge.dispute."):
                post(event)
        drain()

    [dispute] = Dispute.objects.all()
    assert (dispute.status, dispute.has_evidence, dispute.submission_count) == ("lost", True, 1)
    assert (dispute.withdrawn_minor, dispute.reinstated_minor, dispute.fee_minor) == (4900, 0, 1500)
    assert story(dispute) == [
        "dispute.opened", "dispute.funds_withdrawn", "dispute.needs_response", "dispute.updated", "dispute.lost",
    ]  # fmt: skip
