"""Setup intents: a method is kept for later, once, and failures say why."""

from datetime import timedelta

import pytest

from config.base.actor import Actor
from config.base.clock import real_now
from config.base.models import DomainEvent, StripeAccount
from payments.models import Customer, OutboundCall, PaymentMethod, SetupIntent
from payments.services import customers, recovery, setup_intents
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")
BACK = "https://shop.example/back"


@pytest.fixture
def ada(account: StripeAccount) -> Customer:
    return customers.create(account=account, by=TEST, email="ada@example.com")


def ask(ada: Customer, **wishes) -> SetupIntent:
    return setup_intents.create(account=ada.account, customer=ada, by=TEST, **wishes)


def story(intent: SetupIntent) -> list[str]:
    events = DomainEvent.objects.filter(object_id=intent.public_id).order_by("sequence")
    return list(events.values_list("type", flat=True))


def test_a_confirmed_intent_keeps_the_card(ada: Customer, sandbox: LocalStripe) -> None:
    intent = ask(ada, metadata={"cart": "7"})
    assert (intent.status, intent.usage, intent.metadata) == ("requires_payment_method", "off_session", {"cart": "7"})
    assert intent.client_secret.startswith(f"{intent.stripe_id}_secret_")

    sandbox.client.v1.setup_intents.confirm(
        intent.stripe_id or "", {"payment_method": "pm_card_visa", "return_url": BACK}
    )
    setup_intents.refresh(intent=intent, by=TEST)

    method = PaymentMethod.objects.get()
    assert (intent.status, intent.payment_method) == ("succeeded", method)
    assert (method.status, method.customer, method.last4) == ("attached", ada, "4242")
    assert story(intent) == [
        "setup_intent.created",
        "setup_intent.requires_payment_method",
        "setup_intent.succeeded",
    ]


def test_a_declined_setup_says_why(ada: Customer, sandbox: LocalStripe) -> None:
    intent = ask(ada, payment_method_types=["card"])
    with pytest.raises(Exception, match="declined"):
        sandbox.client.v1.setup_intents.confirm(intent.stripe_id or "", {"payment_method": "pm_card_chargeDeclined"})

    setup_intents.refresh(intent=intent, by=TEST)

    assert (intent.status, intent.failure_code) == ("requires_payment_method", "card_declined")
    assert intent.decline_code == "generic_decline"
    assert not PaymentMethod.objects.filter(status="attached").exists()


def test_a_lost_answer_leaves_one_intent(ada: Customer, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", "/v1/setup_intents", "drop_after", times=3)
    intent = ask(ada)
    assert (intent.status, intent.stripe_id) == ("unknown", None)

    OutboundCall.objects.filter(status="sent").update(
        next_check_at=real_now() - timedelta(seconds=1), valid_until=real_now() - timedelta(seconds=1)
    )
    recovery.sweep()

    intent.refresh_from_db()
    assert intent.status == "requires_payment_method"
    assert [row.id for row in sandbox.client.v1.setup_intents.list().data] == [intent.stripe_id]
    assert SetupIntent.objects.count() == 1


def test_secrets_are_not_kept_in_clear(ada: Customer, sandbox: LocalStripe) -> None:
    intent = ask(ada)

    call = OutboundCall.objects.latest("id")
    assert intent.client_secret not in str(call.reply)
