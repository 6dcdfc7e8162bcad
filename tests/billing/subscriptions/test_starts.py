"""Subscriptions from our wish to Stripe's word, over HTTP to the local Stripe."""

from datetime import timedelta
from typing import Any

import pytest

from billing.models import Price, Subscription
from billing.services import first_payment, prices, subscriptions
from billing.services.subscription_terms import Item, Terms
from config.base import clock
from config.base.actor import Actor
from config.base.clock import real_now
from config.base.errors import DomainError
from config.base.models import DomainEvent, StripeAccount
from payments.models import Customer, OutboundCall
from payments.services import parking, recovery
from tests.billing.conftest import NewCustomer
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")
PATH = "/v1/subscriptions"


def start(customer: Customer, price: Price, *, quantity: int | None = None, **terms: Any) -> Subscription:
    return subscriptions.start(customer=customer, items=[Item(price, quantity)], terms=Terms(**terms), by=TEST)


def test_it_begins_only_with_its_first_payment(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = start(ada, basic, quantity=3)

    assert subscription.status == "incomplete"
    assert sandbox.client.v1.charges.list().data == []
    first_payment.collect(subscription=subscription, by=TEST)
    subscription.refresh_from_db()
    assert subscription.status == "active"
    assert subscription.billing_mode == "flexible"
    [item] = subscription.items.all()
    assert (item.price, item.quantity) == (basic, 3)
    [charge] = sandbox.client.v1.charges.list().data
    assert charge.amount == 8700


def test_who_asked_and_why_is_kept(ada: Customer, basic: Price) -> None:
    subscription = subscriptions.start(customer=ada, items=[Item(basic)], reason="Signed on the phone", by=TEST)

    asked = DomainEvent.objects.get(object_id=subscription.public_id, type="subscription.create_asked")
    assert (asked.actor_label, asked.data["reason"]) == ("test", "Signed on the phone")


def test_a_product_that_does_not_wait_is_collected_by_stripe_at_once(
    ada: Customer, basic: Price, sandbox: LocalStripe
) -> None:
    type(basic.product).objects.update(requires_first_payment=False)
    basic.product.refresh_from_db()

    assert start(ada, basic).status == "active"
    assert len(sandbox.client.v1.charges.list().data) == 1


def test_a_declined_first_payment_leaves_it_incomplete(
    new_customer: NewCustomer, basic: Price, sandbox: LocalStripe
) -> None:
    subscription = start(new_customer("pm_card_chargeCustomerFail"), basic)

    first_payment.collect(subscription=subscription, by=TEST)

    subscription.refresh_from_db()
    assert subscription.status == "incomplete"
    waiting = first_payment.waiting(subscription)
    assert waiting
    assert waiting.client_secret


def test_a_trial_without_a_card_says_what_happens_at_its_end(
    new_customer: NewCustomer, basic: Price, sandbox: LocalStripe
) -> None:
    nobody = new_customer(card="")
    with pytest.raises(DomainError) as refusal:
        start(nobody, basic, trial_days=14)

    assert refusal.value.code == "payment_method_required"
    assert start(nobody, basic, trial_days=14, trial_end_behavior="pause").status == "trialing"


def test_an_invoiced_subscription_is_active_at_once(new_customer: NewCustomer, basic: Price) -> None:
    subscription = start(new_customer(card=""), basic, collection_method="send_invoice", days_until_due=14)

    assert (subscription.status, subscription.days_until_due) == ("active", 14)


def test_it_renews_on_the_day_that_is_asked(ada: Customer, basic: Price) -> None:
    subscription = start(ada, basic, anchor_day=31, trial_days=None)

    anchor = subscription.billing_cycle_anchor
    assert anchor
    assert (anchor + timedelta(days=1)).day == 1 or anchor.day == 31


def test_it_can_begin_in_the_past(ada: Customer, basic: Price) -> None:
    begun = clock.now().replace(microsecond=0) - timedelta(days=10)

    assert start(ada, basic, backdated_to=begun).start_date == begun


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"trial_days": 0}, "invalid_subscription"),
        ({"trial_days": 731}, "invalid_subscription"),
        ({"trial_days": 5, "trial_end": clock.now() + timedelta(days=3)}, "invalid_subscription"),
        ({"trial_end": clock.now() - timedelta(days=1)}, "invalid_subscription"),
        ({"collection_method": "send_invoice"}, "invalid_subscription"),
        ({"days_until_due": 3}, "invalid_subscription"),
        ({"collection_method": "send_invoice", "days_until_due": 400}, "invalid_subscription"),
        ({"backdated_to": clock.now() + timedelta(days=1)}, "invalid_subscription"),
        ({"anchor_day": 32}, "invalid_subscription"),
        ({"currency": "usd"}, "invalid_subscription"),
        ({"bills_in_arrears": True}, "arrears_not_supported"),
    ],
)
def test_terms_that_do_not_fit_ask_nothing(
    ada: Customer, basic: Price, sandbox: LocalStripe, terms: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        start(ada, basic, **terms)

    assert refusal.value.code == code
    assert not Subscription.objects.exists()
    assert sandbox.requests("POST", PATH) == []


@pytest.mark.parametrize("quantity", [0, -1])
def test_no_quantity_below_one_is_taken(ada: Customer, basic: Price, quantity: int) -> None:
    with pytest.raises(DomainError) as refusal:
        start(ada, basic, quantity=quantity)

    assert refusal.value.param == "items.0.quantity"


def test_an_archived_price_is_sold_to_nobody_new(ada: Customer, basic: Price) -> None:
    prices.archive(price=basic, by=TEST)
    basic.refresh_from_db()

    with pytest.raises(DomainError) as refusal:
        start(ada, basic)

    assert (refusal.value.code, refusal.value.param) == ("price_not_usable", "items.0.price")


def test_a_parked_customer_subscribes_to_nothing(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    parking.park(customer=ada, reason="Disputed twice", by=TEST)

    with pytest.raises(parking.CustomerParked):
        start(ada, basic)

    assert sandbox.requests("POST", PATH) == []


def test_a_lost_answer_starts_it_once(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", PATH, "drop_after", times=3)
    subscription = start(ada, basic)
    assert subscription.status == "unknown"

    OutboundCall.objects.filter(status="sent").update(next_check_at=real_now())
    recovery.sweep()

    subscription.refresh_from_db()
    assert subscription.status == "incomplete"
    assert len(sandbox.client.v1.subscriptions.list({"status": "all"}).data) == 1


def test_what_never_left_was_never_made(
    ada: Customer, basic: Price, account: StripeAccount, sandbox: LocalStripe
) -> None:
    sandbox.fail("POST", PATH, "drop_before", times=3)
    subscription = start(ada, basic)

    OutboundCall.objects.filter(status="sent").update(next_check_at=real_now(), valid_until=real_now())
    recovery.sweep()

    subscription.refresh_from_db()
    assert (subscription.status, subscription.failure_code) == ("rejected", "never_made")
    assert sandbox.client.v1.subscriptions.list({"status": "all"}).data == []
