"""Calendars, codes at their limit, prices archived in use, discounts of the customer, and many at once."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from billing.models import Price, PromotionCode, Subscription
from billing.services import coupons, plan_changes, prices, subscriptions
from billing.services.subscription_terms import Item, Terms
from config.base import clock
from config.base.models import StripeAccount
from payments.models import Customer
from tests.billing.conftest import NewCustomer
from tests.billing.quotes.asking import DAY, TEST, collected, confirmed, hear, priced, running
from tests.billing.quotes.test_races import told
from tests.plugins.stripe import LocalStripe
from tests.races.test_inbox import at_once


def go_to(sandbox: LocalStripe, moment: datetime) -> None:
    sandbox.advance(seconds=int((moment - clock.now()).total_seconds()))


def renewals(sandbox: LocalStripe, subscription: Subscription, number: int) -> list[str]:
    """The days on which its next periods end, as we know them."""
    ends = []
    for _ in range(number):
        hear(subscription)
        [item] = plan_changes.items_of(subscription)
        assert item.current_period_end
        ends.append(f"{item.current_period_end:%Y-%m-%d}")
        go_to(sandbox, item.current_period_end)
        sandbox.advance(seconds=2 * 3600)
    return ends


@pytest.mark.parametrize(
    ("start", "days"),
    [
        (datetime(2027, 1, 31, 12, tzinfo=UTC), ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        (datetime(2028, 1, 31, 12, tzinfo=UTC), ["2028-02-29", "2028-03-31"]),
        (datetime(2027, 3, 27, 23, 30, tzinfo=UTC), ["2027-04-27", "2027-05-27"]),
    ],
    ids=["month ends", "leap day", "clocks go forward"],
)
def test_a_month_is_a_month_of_the_calendar(
    new_customer: NewCustomer, basic: Price, sandbox: LocalStripe, start: datetime, days: list[str]
) -> None:
    go_to(sandbox, start)
    subscription = running(new_customer(), basic)

    assert renewals(sandbox, subscription, len(days)) == days
    assert collected(sandbox) == 2900 * (len(days) + 1)


@pytest.fixture
def last_code(account: StripeAccount) -> PromotionCode:
    """A code that can be redeemed once more."""
    coupon = coupons.create(account=account, name="Launch", percent_off=Decimal(50), duration="forever", by=TEST)
    return coupons.create_code(coupon=coupon, code="LAUNCH", max_redemptions=1, by=TEST)


def test_a_code_at_its_limit_is_redeemed_once(
    new_customer: NewCustomer, basic: Price, last_code: PromotionCode, sandbox: LocalStripe
) -> None:
    customers = [new_customer() for _ in range(4)]
    todo = list(customers)

    def start() -> str:
        customer = todo.pop()
        terms = Terms(promotion_code=last_code)
        return told(lambda: subscriptions.start(customer=customer, items=[Item(basic)], terms=terms, by=TEST))

    outcomes = at_once(4, start)

    assert sorted(outcomes) == ["done", *["stripe_refused"] * 3]
    assert Subscription.objects.filter(status="rejected").count() == 3
    assert len(sandbox.client.v1.subscriptions.list({"status": "all"}).data) == 1


def test_a_price_archived_in_use_goes_on_and_may_be_had_more_often(
    ada: Customer, basic: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    prices.archive(price=basic, by=TEST)

    quote = confirmed(priced(subscription, quantity=2))

    sandbox.advance(seconds=32 * DAY)
    assert collected(sandbox) == 2900 + quote.total_now_minor + 5800


def test_a_discount_of_the_customer_is_in_the_quote(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    coupon = sandbox.client.v1.coupons.create({"percent_off": 10, "duration": "forever"})
    sandbox.control("discounts", {"customer": ada.stripe_id, "coupon": coupon.id})
    hear(subscription)
    sandbox.advance(seconds=10 * DAY)

    quote = confirmed(priced(subscription, price=pro))

    assert quote.total_next_minor == 5310
    assert collected(sandbox) == 2900 + quote.total_now_minor


def test_a_credit_larger_than_the_next_bill_pays_several(
    ada: Customer, basic: Price, studio: object, yearly: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, yearly)
    sandbox.advance(seconds=30 * DAY)

    quote = confirmed(priced(subscription, price=basic))

    assert (quote.due_now_minor, quote.total_next_minor) == (0, 2900)
    assert quote.total_now_minor < -20000
    sandbox.advance(seconds=70 * DAY)
    assert collected(sandbox) == 29000
