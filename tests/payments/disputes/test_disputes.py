"""Disputes are rows of their own: what was withdrawn, what came back, what it cost; whatever order events come in."""

import pytest

from config.base.actor import Actor
from config.base.models import DomainEvent, StripeAccount
from config.base.money import Money
from payments.models import Dispute, InboxEvent, Payment, Root
from payments.services import inbox_drain, payments, poller, stripe_import
from tests.plugins.stripe import LocalStripe

BY = Actor.system("test")


def hear(account: StripeAccount) -> None:
    poller.fetch_missed(account=StripeAccount.objects.get(pk=account.pk))
    while any(inbox_drain.drain(by=BY).values()):
        pass
    assert not InboxEvent.objects.filter(status=InboxEvent.Status.PARKED).exists()
    assert not list(Root.objects.exclude(mirror_error="").values_list("stripe_id", "mirror_error"))


def paid(account: StripeAccount) -> Payment:
    return payments.create(
        account=account, amount=Money(4900, "eur"), payment_method="pm_card_visa", confirm=True, by=BY
    )


def types(dispute: Dispute) -> list[str]:
    events = DomainEvent.objects.filter(object_id=dispute.public_id).order_by("sequence")
    return list(events.values_list("type", flat=True))


def test_a_dispute_takes_money_and_has_a_deadline(account: StripeAccount, sandbox: LocalStripe) -> None:
    payment = paid(account)
    sandbox.control("disputes", {"charge": payment.latest_charge_id, "reason": "fraudulent"})
    hear(account)
    hear(account)

    [dispute] = Dispute.objects.all()
    assert (dispute.payment, dispute.status, dispute.reason) == (payment, "needs_response", "fraudulent")
    assert (dispute.amount, dispute.withdrawn_minor, dispute.fee_minor) == (Money(4900, "eur"), 4900, 1500)
    assert None not in (dispute.evidence_due_by, dispute.withdrawn_at)
    assert dispute.closed_at is None
    assert types(dispute) == ["dispute.opened", "dispute.funds_withdrawn", "dispute.needs_response"]


@pytest.mark.parametrize("ends", ["won", "lost"])
def test_it_ends(account: StripeAccount, sandbox: LocalStripe, ends: str) -> None:
    opened = sandbox.control("disputes", {"charge": paid(account).latest_charge_id, "reason": "general"})
    hear(account)
    sandbox.control("disputes", {"close": opened["id"], "status": ends})
    hear(account)

    [dispute] = Dispute.objects.all()
    assert (dispute.status, dispute.reinstated_minor) == (ends, 4900 if ends == "won" else 0)
    assert dispute.closed_at
    assert types(dispute)[-1] == f"dispute.{ends}"


def test_an_inquiry_moves_no_money(account: StripeAccount, sandbox: LocalStripe) -> None:
    charge = paid(account).latest_charge_id
    sandbox.control("disputes", {"charge": charge, "reason": "general", "inquiry": True})
    hear(account)

    [dispute] = Dispute.objects.all()
    assert (dispute.is_inquiry, dispute.withdrawn_minor, dispute.settlement_currency) == (True, 0, "")


def test_a_dispute_that_comes_before_its_payment_finds_it_later(account: StripeAccount, sandbox: LocalStripe) -> None:
    intent = sandbox.client.v1.payment_intents.create(
        {
            "amount": 4900,
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "https://example.com",
        }
    )
    sandbox.control("disputes", {"charge": str(intent.latest_charge), "reason": "general"})
    hear(account)

    [dispute] = Dispute.objects.all()
    assert dispute.payment == Payment.objects.get(stripe_id=intent.id)


def test_history_brings_disputes(account: StripeAccount, sandbox: LocalStripe) -> None:
    intent = sandbox.client.v1.payment_intents.create(
        {
            "amount": 4900,
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "https://example.com",
        }
    )
    sandbox.control("disputes", {"charge": str(intent.latest_charge), "reason": "general"})
    for _ in stripe_import.run(account=account, by=BY):
        pass

    assert Dispute.objects.get().payment == Payment.objects.get()
