"""A quote that is not true any more is not collected, and its new price is told."""

import threading
import time
from collections.abc import Callable

import pytest

from billing.models import Price, Quote, Subscription
from billing.services import cancellations, quote_sweep, quotes
from billing.services.quotes import QuoteExpired
from payments.models import Customer, OutboundCall
from payments.services import outbound
from tests.billing.conftest import NewCustomer
from tests.billing.quotes.asking import (
    DAY,
    TEST,
    at_stripe,
    balance,
    collected,
    confirmed,
    hear,
    invoices_of,
    priced,
    refused,
    running,
)
from tests.plugins.stripe import LocalStripe


def cheaper(sandbox: LocalStripe, customer: Customer) -> None:
    """Somebody gives the customer a discount at Stripe."""
    coupon = sandbox.client.v1.coupons.create({"percent_off": 20, "duration": "forever"})
    sandbox.client.v1.subscriptions.update(
        sandbox.client.v1.subscriptions.list({"customer": str(customer.stripe_id)}).data[0].id,
        {"discounts": [{"coupon": coupon.id}]},
    )


def test_a_coupon_that_came_after_the_quote_expires_it(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    quote = priced(subscription, price=pro)
    cheaper(sandbox, ada)

    with refused("quote_expired") as refusal:
        confirmed(quote)

    assert collected(sandbox) == 2900
    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]
    quote.refresh_from_db()
    assert quote.status == Quote.Status.EXPIRED
    assert isinstance(refusal.value, QuoteExpired)
    fresh = refusal.value.quote
    assert fresh
    assert fresh.total_now_minor < quote.total_now_minor
    confirmed(fresh)
    assert collected(sandbox) == 2900 + fresh.total_now_minor


def test_a_coupon_that_comes_while_it_is_confirmed_undoes_it(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    """The price is checked beforehand; what changes between that and the change is seen on the invoice."""
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    quote = priced(subscription, price=pro)
    sandbox.fail("POST", f"/v1/subscriptions/{subscription.stripe_id}", "slow", seconds=2)

    with beside(lambda: cheaper_soon(sandbox, ada)), refused("quote_expired"):
        confirmed(quote)

    assert collected(sandbox) == 2900
    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]
    assert [made.status for made in invoices_of(subscription)] == ["void"]
    hear(subscription)
    assert subscription.status == "active"


@pytest.mark.parametrize("off", [1, -1])
def test_one_cent_beside_the_quote_is_not_collected(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe, off: int
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    quote = priced(subscription, price=pro)
    altered(quote, by=off)

    with refused("quote_expired"):
        quotes.outcome(quotes.go_on(quote=begun(quote), by=TEST), by=TEST)

    assert collected(sandbox) == 2900
    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]
    assert [made.status for made in invoices_of(subscription)] == ["void"]


@pytest.mark.parametrize("off", [1, -1])
def test_a_credit_other_than_quoted_is_taken_back(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe, off: int
) -> None:
    """Stripe voids no paid invoice, and one of nothing is paid at once: the balance is set right instead."""
    subscription = running(ada, pro)
    sandbox.advance(seconds=10 * DAY)
    quote = priced(subscription, price=basic)
    altered(quote, by=off)

    with refused("quote_expired"):
        quotes.outcome(quotes.go_on(quote=begun(quote), by=TEST), by=TEST)

    assert balance(sandbox, ada) == 0
    assert at_stripe(sandbox, subscription) == [(pro.stripe_id, 1)]


def test_after_a_quarter_of_an_hour_it_is_priced_anew(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    quote = priced(subscription, price=pro)
    sandbox.advance(seconds=16 * 60)

    with refused("quote_expired"):
        confirmed(quote)

    assert collected(sandbox) == 2900


def test_a_period_that_rolled_over_expires_it(ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=31 * DAY - 300)
    hear(subscription)
    sandbox.advance(seconds=30 * DAY - 3 * 3600)
    hear(subscription)
    quote = priced(subscription, price=pro)
    Quote.objects.filter(pk=quote.pk).update(expires_at=quote.expires_at.replace(year=quote.expires_at.year + 1))
    paid = collected(sandbox)
    sandbox.advance(seconds=2 * DAY)

    with refused("quote_expired"):
        confirmed(quote)

    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]
    assert collected(sandbox) - paid in {0, 2900}


def test_a_subscription_changed_meanwhile_expires_it(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=DAY)
    first, second = priced(subscription, price=pro), priced(subscription, quantity=9)
    confirmed(first)

    with refused("quote_expired"):
        confirmed(second)

    assert at_stripe(sandbox, subscription) == [(pro.stripe_id, 1)]


def test_a_subscription_canceled_meanwhile_has_no_new_price(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    quote = priced(subscription, price=pro)
    cancellations.cancel(subscription=subscription, by=TEST)

    with refused("quote_expired") as refusal:
        confirmed(quote)

    assert isinstance(refusal.value, QuoteExpired)
    assert refusal.value.quote is None


def test_what_nobody_waits_for_is_undone_by_the_sweep(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    quote = begun(priced(subscription, price=pro))
    long_ago = quote.created_at.replace(year=2020)
    OutboundCall.objects.filter(subject_id=quote.public_id).update(sent_at=long_ago, valid_until=long_ago)

    swept = quote_sweep.sweep()

    quote.refresh_from_db()
    assert (swept.settled, quote.status, quote.failure_code) == (1, "failed", "nobody_waits")
    assert collected(sandbox) == 2900
    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]


def test_a_quote_that_cannot_go_on_holds_up_no_other(
    ada: Customer, new_customer: NewCustomer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    broken, whole = (begun(priced(running(who, basic), price=pro)) for who in (ada, new_customer()))
    Quote.objects.filter(pk=broken.pk).update(before={})
    OutboundCall.objects.filter(subject_id__in=[broken.public_id, whole.public_id]).update(
        sent_at=whole.created_at.replace(year=2020)
    )

    swept = quote_sweep.sweep()

    whole.refresh_from_db()
    broken.refresh_from_db()
    assert (swept.settled, swept.under_way) == (1, 1)
    assert (whole.status, broken.status) == ("accepted", "confirming")


def test_a_subscription_nobody_waits_for_any_more_is_canceled(
    ada: Customer, basic: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    Subscription.objects.filter(pk=subscription.pk).update(flags=["arrived_late"])

    assert quote_sweep.sweep().canceled == 1

    subscription.refresh_from_db()
    assert subscription.status == "canceled"


def begun(quote: Quote) -> Quote:
    """Confirmed up to the change itself, by a process that dies then."""
    outbound.send(quotes.begin(quote, by=TEST), by=TEST)
    return quote


def altered(quote: Quote, *, by: int) -> None:
    """The quote says another sum than Stripe does."""
    due = quote.due_now_minor + (by if quote.due_now_minor else 0)
    Quote.objects.filter(pk=quote.pk).update(total_now_minor=quote.total_now_minor + by, due_now_minor=due)
    quote.refresh_from_db()


def cheaper_soon(sandbox: LocalStripe, customer: Customer) -> None:
    time.sleep(0.7)
    cheaper(sandbox, customer)


class beside:  # noqa: N801 - reads as a word in a with statement
    """Does something in a thread of its own during the block."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=act)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join()
