"""A change costs what its quote says, now and next time; or it is not made."""

from datetime import timedelta
from typing import Any

import pytest

from billing.models import Price, Quote
from billing.services import access, plan_changes, prices, quotes, subscriptions
from billing.services.plan_changes import ItemChange
from config.base.models import DomainEvent
from payments.models import Customer
from tests.billing.conftest import NewCustomer, use_card
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


def test_a_preview_changes_nothing(ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)

    quote = priced(subscription, price=pro)

    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]
    assert collected(sandbox) == 2900
    assert quote.status == Quote.Status.OPEN
    assert quote.expires_at - quote.created_at <= timedelta(minutes=15)
    assert [line["is_proration"] for line in quote.lines] == [True, True]
    assert sum(line["amount"] for line in quote.lines) == quote.total_now_minor
    assert 0 < quote.total_now_minor == quote.due_now_minor < 3000
    assert quote.total_next_minor == 5900
    assert quote.next_payment_at == plan_changes.items_of(subscription)[0].current_period_end


def test_an_upgrade_collects_what_was_quoted(ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    quote = priced(subscription, price=pro)
    sandbox.advance(seconds=600)

    confirmed(quote)

    assert quote.status == Quote.Status.ACCEPTED
    assert at_stripe(sandbox, subscription) == [(pro.stripe_id, 1)]
    assert collected(sandbox) == 2900 + quote.total_now_minor
    [made] = invoices_of(subscription)
    assert (made.status, made.total_minor, made.stripe_id) == ("paid", quote.total_now_minor, quote.invoice_id)
    hear(subscription)
    assert subscription.status == "active"
    assert DomainEvent.objects.filter(object_id=subscription.public_id, type="subscription.change_made").count() == 1


def test_confirming_twice_changes_and_collects_once(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=DAY)
    quote = priced(subscription, quantity=4)

    confirmed(quote)
    confirmed(quote)

    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 4)]
    assert collected(sandbox) == 2900 + quote.total_now_minor
    assert len(invoices_of(subscription)) == 1


def test_a_downgrade_credits_the_balance(ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, pro)
    sandbox.advance(seconds=10 * DAY)

    quote = confirmed(priced(subscription, price=basic))

    assert quote.total_now_minor < 0 == quote.due_now_minor
    assert balance(sandbox, ada) == quote.total_now_minor
    assert collected(sandbox) == 5900


def test_a_credit_is_used_before_anything_is_collected(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    sandbox.client.v1.customers.balance_transactions.create(str(ada.stripe_id), {"amount": -500, "currency": "eur"})
    sandbox.advance(seconds=10 * DAY)

    quote = confirmed(priced(subscription, price=pro))

    assert quote.due_now_minor == quote.total_now_minor - 500
    assert collected(sandbox) == 2900 + quote.due_now_minor


def test_a_change_in_a_trial_costs_nothing_now(ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic, trial_days=14)

    quote = confirmed(priced(subscription, quantity=5))

    assert (quote.total_now_minor, quote.due_now_minor, quote.total_next_minor) == (0, 0, 14500)
    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 5)]
    assert collected(sandbox) == 0


def test_an_invoiced_customer_is_sent_the_change(new_customer: NewCustomer, basic: Price, sandbox: LocalStripe) -> None:
    subscription = running(new_customer(card=""), basic, collection_method="send_invoice", days_until_due=14)
    sandbox.advance(seconds=10 * DAY)

    quote = confirmed(priced(subscription, quantity=2))

    [made] = invoices_of(subscription)
    assert made.total_minor == quote.total_now_minor > 0
    assert made.status in {"draft", "open"}
    assert collected(sandbox) == 0


def test_a_year_instead_of_a_month_begins_now(ada: Customer, basic: Price, yearly: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)

    quote = confirmed(priced(subscription, price=yearly))

    assert 26000 < quote.total_now_minor < 29000
    assert quote.next_payment_at
    assert quote.next_payment_at - quote.proration_date > timedelta(days=360)
    assert collected(sandbox) == 2900 + quote.total_now_minor


def test_items_are_added_and_removed(ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=DAY)

    confirmed(quotes.make(subscription=subscription, change=[ItemChange(price=pro, quantity=2)], by=TEST))
    hear(subscription)
    old, new = plan_changes.items_of(subscription)
    confirmed(quotes.make(subscription=subscription, change=[ItemChange(item=old, is_removed=True)], by=TEST))

    assert at_stripe(sandbox, subscription) == [(pro.stripe_id, 2)]
    subscription.refresh_from_db()
    assert plan_changes.items_of(subscription) == [new]


def test_a_declined_card_undoes_the_change_and_says_why(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    use_card(ada, "pm_card_chargeCustomerFail")
    subscriptions.set_payment_method(subscription=subscription, payment_method=str(_default(ada)), by=TEST)
    sandbox.advance(seconds=10 * DAY)
    quote = priced(subscription, price=pro)

    with refused("change_failed") as refusal:
        confirmed(quote)

    assert "declined" in refusal.value.detail
    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]
    assert collected(sandbox) == 2900
    assert [made.status for made in invoices_of(subscription)] == ["void"]
    assert balance(sandbox, ada) == 0
    hear(subscription)
    assert subscription.status == "active"
    assert access.of(customer=ada).allowed
    assert priced(subscription, price=pro).total_now_minor == quote.total_now_minor


def test_a_declined_upgrade_from_a_plan_that_is_not_sold_any_more_is_undone(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    prices.archive(price=basic, by=TEST)
    use_card(ada, "pm_card_chargeCustomerFail")
    subscriptions.set_payment_method(subscription=subscription, payment_method=str(_default(ada)), by=TEST)
    sandbox.advance(seconds=10 * DAY)

    with refused("change_failed"):
        confirmed(priced(subscription, price=pro))

    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]
    assert not sandbox.client.v1.prices.retrieve(str(basic.stripe_id)).active
    basic.refresh_from_db()
    subscription.refresh_from_db()
    assert (basic.status, subscription.flags) == ("archived", [])


def test_a_declined_year_leaves_the_month_that_is_paid_for(
    ada: Customer, basic: Price, yearly: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    [before] = plan_changes.items_of(subscription)
    use_card(ada, "pm_card_chargeCustomerFail")
    subscriptions.set_payment_method(subscription=subscription, payment_method=str(_default(ada)), by=TEST)
    sandbox.advance(seconds=10 * DAY)

    with refused("change_failed"):
        confirmed(priced(subscription, price=yearly))

    hear(subscription)
    [after] = plan_changes.items_of(subscription)
    assert (after.price, after.current_period_end) == (basic, before.current_period_end)
    assert collected(sandbox) == 2900
    assert access.of(customer=ada).allowed


@pytest.mark.parametrize("change", [{}, {"quantity": 1}])
def test_a_change_of_nothing_is_told(ada: Customer, basic: Price, change: dict[str, Any]) -> None:
    subscription = running(ada, basic)

    with refused("nothing_changes"):
        priced(subscription, **change)


def test_the_last_item_is_not_removed(ada: Customer, basic: Price) -> None:
    subscription = running(ada, basic)

    with refused("invalid_change"):
        priced(subscription, is_removed=True)


def _default(customer: Customer) -> str | None:
    customer.refresh_from_db()
    return customer.default_payment_method.stripe_id if customer.default_payment_method else None
