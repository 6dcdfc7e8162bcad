"""Subscriptions with their items and discounts: twice, late, in any order, the same rows."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from billing.models import BillingProfile, Discount, Subscription, SubscriptionItem, SubscriptionSchedule
from config.base.models import DomainEvent, StripeAccount
from payments.models import Customer
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply, everything_told, stories, wanted
from tests.factories import make_customer

SECOND = bodies.item(id="si_2", price=bodies.price(id="price_2", nickname="seats"), quantity=5)


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_a_subscription_is_written_once_however_often_it_is_told(account: StripeAccount) -> None:
    body = bodies.subscription(bodies.item(), SECOND, discounts=[bodies.discount(subscription="sub_1")])
    apply(account, bodies.customer(), bodies.product(), bodies.coupon(), body)
    told = everything_told()

    apply(account, body)

    assert everything_told() == told
    assert stories("subscription") == ["subscription.created", "subscription.active"]
    first, second = SubscriptionItem.objects.order_by("stripe_id")
    assert (first.quantity, second.quantity, second.price.nickname) == (1, 5, "seats")
    assert first.current_period_end == moment(bodies.CREATED + bodies.MONTH)
    assert Discount.objects.get().subscription == Subscription.objects.get()


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_any_order_the_rows_are_the_same(account: StripeAccount, order: tuple[int, ...]) -> None:
    told = (
        bodies.customer(),
        bodies.price(),
        bodies.subscription(status="trialing", cancel_at_period_end=True),
        bodies.schedule(),
    )
    apply(account, *(told[place] for place in order))

    subscription = Subscription.objects.get()
    assert (subscription.status, subscription.cancel_at_period_end) == ("trialing", True)
    assert subscription.customer.name == "Ada"
    assert SubscriptionItem.objects.get().price.nickname == "monthly"
    assert SubscriptionSchedule.objects.get().subscription == subscription


def test_each_move_is_told_and_what_only_differs_is_an_update(account: StripeAccount) -> None:
    apply(account, bodies.subscription(status="incomplete"))
    apply(account, bodies.subscription(status="active"))
    apply(account, bodies.subscription(bodies.item(quantity=3)))
    apply(account, bodies.subscription(bodies.item(quantity=3), status="canceled", canceled_at=bodies.CREATED))

    assert stories("subscription") == [
        "subscription.created", "subscription.incomplete", "subscription.active", "subscription.updated",
        "subscription.canceled",
    ]  # fmt: skip


def test_an_item_that_was_removed_stays_with_its_moment(account: StripeAccount) -> None:
    apply(account, bodies.subscription(bodies.item(), SECOND))
    apply(account, bodies.subscription(SECOND))

    removed = SubscriptionItem.objects.get(stripe_id="si_1")

    assert removed.removed_at is not None
    assert SubscriptionItem.objects.get(stripe_id="si_2").removed_at is None


def test_half_a_list_of_items_removes_none(account: StripeAccount) -> None:
    apply(account, bodies.subscription(bodies.item(), SECOND))
    half = {"object": "list", "data": [SECOND], "has_more": True}
    apply(account, bodies.subscription(items=half))

    assert not SubscriptionItem.objects.exclude(removed_at=None).exists()


def test_what_ended_stays_ended_and_is_flagged(account: StripeAccount) -> None:
    apply(account, bodies.subscription(status="canceled"))
    apply(account, bodies.subscription(status="active", description="back?"))

    subscription = Subscription.objects.get()

    assert (subscription.status, subscription.flags) == ("canceled", ["terminal_state_left"])
    assert subscription.description == "back?"


def test_a_subscription_that_was_given_up_is_flagged_when_it_comes(account: StripeAccount) -> None:
    customer = make_customer(account=account, stripe_id="cus_1")
    asked = Subscription.objects.create(account=account, customer=customer, currency="eur", status="rejected")

    apply(account, bodies.subscription(metadata={"counterfoil_id": asked.public_id, "plan": "a"}))

    asked.refresh_from_db()
    assert (asked.status, asked.flags, asked.metadata) == ("active", ["arrived_late"], {"plan": "a"})


def test_paused_collection_and_the_reason_of_an_end_are_kept(account: StripeAccount) -> None:
    why = {"reason": "payment_failed", "comment": "card gone", "feedback": None}
    pause = {"behavior": "keep_as_draft", "resumes_at": bodies.CREATED}
    apply(account, bodies.subscription(pause_collection=pause, cancellation_details=why))

    subscription = Subscription.objects.get()

    assert (subscription.pause_behavior, subscription.pause_resumes_at) == ("keep_as_draft", moment(bodies.CREATED))
    assert (subscription.cancellation_reason, subscription.cancellation_comment) == ("payment_failed", "card gone")


def test_a_discount_of_the_customer_stands_until_the_customer_says_otherwise(account: StripeAccount) -> None:
    apply(account, bodies.customer(discount=bodies.discount(), balance=-250, tax_exempt="reverse"))
    standing = Discount.objects.get()
    apply(account, bodies.customer(balance=-250, tax_exempt="reverse"))

    profile = BillingProfile.objects.get()

    assert (profile.balance_minor, profile.tax_exempt, profile.invoice_prefix) == (-250, "reverse", "ADA")
    assert standing.removed_at is None
    assert Discount.objects.get().removed_at is not None
    assert stories("customer")[1:] == [
        "customer.balance_changed", "customer.discounts_changed", "customer.discounts_changed"
    ]  # fmt: skip


def test_a_customers_discount_that_an_invoice_tells_of_first_waits_for_the_customers_word(
    account: StripeAccount,
) -> None:
    apply(account, bodies.customer(), bodies.subscription())
    apply(account, bodies.invoice(discounts=[bodies.discount()]))
    before = Discount.objects.get()

    apply(account, bodies.customer(discount=bodies.discount()))

    assert before.removed_at is not None
    assert "cus_1" in wanted()
    assert Discount.objects.get().removed_at is None


def test_a_customer_told_by_reference_first_keeps_its_subscription_when_it_turns_out_to_be_ours(
    account: StripeAccount,
) -> None:
    ours = make_customer(account=account, stripe_id=None, status=Customer.Status.UNKNOWN)
    apply(account, bodies.subscription())

    apply(account, bodies.customer(metadata={"counterfoil_id": ours.public_id}))

    assert Subscription.objects.get().customer == ours


def test_a_story_tells_no_personal_data(account: StripeAccount) -> None:
    apply(account, bodies.customer(), bodies.subscription())

    told = DomainEvent.objects.filter(object_type="subscription").first()

    assert told is not None
    assert set(told.data) == {"status", "customer", "cancel_at_period_end", "paused", "latest_invoice"}
