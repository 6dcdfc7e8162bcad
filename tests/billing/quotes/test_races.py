"""Many at once, on connections of their own: one change is made, and paid once."""

from collections.abc import Callable

from billing.models import Price, Quote
from billing.services import cancellations, quote_sweep, subscriptions
from config.base.errors import DomainError
from payments.models import Customer
from tests.billing.quotes.asking import DAY, TEST, at_stripe, collected, confirmed, hear, invoices_of, priced, running
from tests.plugins.stripe import LocalStripe
from tests.races.test_inbox import at_once


def told(act: Callable[[], object]) -> str:
    """What became of it: its problem's code, or done."""
    try:
        act()
    except DomainError as error:
        return error.code
    return "done"


def test_the_same_quote_confirmed_by_many_is_collected_once(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    quote = priced(subscription, price=pro)

    outcomes = at_once(6, lambda: told(lambda: confirmed(Quote.objects.get(pk=quote.pk))))

    assert "done" in outcomes
    assert set(outcomes) <= {"done", "change_in_progress", "action_in_doubt", "quote_expired", "overtaken"}
    assert collected(sandbox) == 2900 + quote.total_now_minor
    assert len(invoices_of(subscription)) == 1
    assert at_stripe(sandbox, subscription) == [(pro.stripe_id, 1)]


def test_of_two_changes_at_once_one_is_made(ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    quotes = [priced(subscription, price=pro), priced(subscription, quantity=7)]
    todo = [quote.pk for quote in quotes]

    outcomes = at_once(2, lambda: told(lambda: confirmed(Quote.objects.get(pk=todo.pop()))))

    assert outcomes.count("done") == 1
    [accepted] = Quote.objects.filter(status="accepted")
    assert collected(sandbox) == 2900 + accepted.total_now_minor
    assert Quote.objects.filter(status="confirming").count() == 0


def test_a_change_and_a_cancellation_at_once_leave_no_doubt(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    quote = priced(subscription, price=pro)
    todo = [
        lambda: confirmed(Quote.objects.get(pk=quote.pk)),
        lambda: cancellations.cancel(
            subscription=type(subscription).objects.select_related("account", "customer").get(pk=subscription.pk),
            by=TEST,
        ),
    ]

    outcomes = at_once(2, lambda: told(todo.pop()))

    quote_sweep.sweep()
    hear(subscription)
    quote.refresh_from_db()
    assert "done" in outcomes
    paid = collected(sandbox) - 2900
    assert paid == (quote.total_now_minor if quote.status == "accepted" else 0)
    if outcomes == ["done", "done"]:
        assert subscription.status == "canceled"


def test_a_renewal_while_the_plan_changes_is_billed_once(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=25 * DAY)
    hear(subscription)
    quote = priced(subscription, price=pro)
    todo = [lambda: sandbox.advance(seconds=7 * DAY), lambda: confirmed(Quote.objects.get(pk=quote.pk))]

    at_once(2, lambda: told(todo.pop()))

    sandbox.advance(seconds=2 * 3600)
    quote_sweep.sweep()
    subscriptions.refresh(subscription=subscription, by=TEST)
    hear(subscription)
    quote.refresh_from_db()
    renewals = [made for made in invoices_of(subscription, "subscription_cycle") if made.status != "void"]
    assert len(renewals) == 1
    changed = quote.total_now_minor if quote.status == "accepted" else 0
    assert collected(sandbox) == 2900 + changed + renewals[0].amount_paid_minor
    assert "period_billed_twice" not in subscription.flags
