"""A process that dies between any two steps leaves a change that the sweep finishes or undoes; and never half of it."""

from datetime import timedelta

import pytest

from billing.models import Price, Quote
from billing.services import change_now, quote_sweep, quotes
from config.base.clock import real_now
from payments.models import Customer, OutboundCall
from payments.services import outbound, recovery
from tests.billing.quotes.asking import DAY, TEST, at_stripe, collected, hear, invoices_of, priced, refused, running
from tests.plugins.stripe import LocalStripe
from tests.plugins.tables import AddRow

TABLE = "Killed while a plan is changed"


def die_after(quote: Quote, steps: int) -> None:
    """The change is asked for, and so many steps after it are taken."""
    call = quotes.begin(quote, by=TEST)
    if steps:
        outbound.send(call, by=TEST)
    for _ in range(steps - 1):
        quote.refresh_from_db()
        change_now.play(quote, by=TEST)


def sweep(quote: Quote, *, waits: bool) -> None:
    """Both sweeps, until nothing is left to do; either while somebody waits, or hours later."""
    for _ in range(4):
        long_ago = real_now() - timedelta(minutes=2 if waits else 600)
        calls = OutboundCall.objects.filter(subject_id=quote.public_id)
        calls.update(sent_at=long_ago, next_check_at=long_ago)
        if not waits:
            calls.filter(action__in=["quote.change", "quote.pay"]).update(valid_until=long_ago)
        recovery.sweep()
        quote_sweep.sweep()
    quote.refresh_from_db()


@pytest.mark.parametrize("waits", [True, False], ids=["somebody waits", "nobody waits"])
@pytest.mark.parametrize("steps", range(5))
def test_a_change_is_whole_or_gone(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe, add_row: AddRow, steps: int, waits: bool
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    quote = priced(subscription, price=pro)

    die_after(quote, steps)
    sweep(quote, waits=waits)

    hear(subscription)
    paid = collected(sandbox) - 2900
    add_row(
        TABLE,
        {
            "died after": f"{steps} steps",
            "somebody waits": waits,
            "quote": quote.status,
            "collected": paid,
            "items": "new" if at_stripe(sandbox, subscription) == [(pro.stripe_id, 1)] else "old",
            "invoices": ", ".join(made.status for made in invoices_of(subscription)) or "none",
        },
    )
    if quote.status == Quote.Status.ACCEPTED:
        assert paid == quote.total_now_minor
        assert at_stripe(sandbox, subscription) == [(pro.stripe_id, 1)]
    else:
        assert quote.status in {Quote.Status.FAILED, Quote.Status.EXPIRED}
        assert paid == 0
        assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]
    assert subscription.status == "active"
    assert subscription.flags == []


@pytest.mark.parametrize("lost", ["change", "pay"])
@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_lost_answer_is_found_and_the_change_goes_on(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe, lost: str, kind: str
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    quote = priced(subscription, price=pro)
    path = f"/v1/subscriptions/{subscription.stripe_id}" if lost == "change" else "/v1/invoices/*/pay"
    sandbox.fail("POST", path, kind, times=3)

    assert quotes.confirm(quote=quote, by=TEST).status == Quote.Status.CONFIRMING
    sweep(quote, waits=True)

    assert quote.status == Quote.Status.ACCEPTED
    assert collected(sandbox) == 2900 + quote.total_now_minor
    assert at_stripe(sandbox, subscription) == [(pro.stripe_id, 1)]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_an_answer_lost_for_good_is_looked_up_at_stripe(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe, kind: str
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    quote = priced(subscription, price=pro)
    sandbox.fail("POST", f"/v1/subscriptions/{subscription.stripe_id}", kind, times=3)
    quotes.confirm(quote=quote, by=TEST)

    sweep(quote, waits=False)

    assert quote.status == Quote.Status.FAILED
    assert collected(sandbox) == 2900
    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]
    assert {made.status for made in invoices_of(subscription)} <= {"void"}


def test_a_stripe_that_cannot_be_reached_leaves_the_quote_open(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    quote = priced(subscription, price=pro)
    sandbox.fail("POST", f"/v1/subscriptions/{subscription.stripe_id}", "rate_limit_429", times=3)

    with refused("stripe_rate_limited"):
        quotes.confirm(quote=quote, by=TEST)

    assert quote.status == Quote.Status.OPEN
    assert quotes.confirm(quote=quote, by=TEST).status == Quote.Status.ACCEPTED


@pytest.mark.parametrize("step", ["finalize", "void", "restore"])
def test_an_undo_that_meets_a_limit_is_finished_by_the_sweep(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe, step: str
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    quote = priced(subscription, price=pro)
    die_after(quote, 1)
    paths = {"restore": f"/v1/subscriptions/{subscription.stripe_id}"}
    sandbox.fail("POST", paths.get(step, f"/v1/invoices/*/{step}"), "rate_limit_429", times=3)

    sweep(quote, waits=False)

    hear(subscription)
    assert (quote.status, subscription.flags) == (Quote.Status.FAILED, [])
    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]
    assert collected(sandbox) == 2900


def test_a_payment_that_meets_a_limit_is_tried_again_while_somebody_waits(
    ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    quote = priced(subscription, price=pro)
    sandbox.fail("POST", "/v1/invoices/*/pay", "rate_limit_429", times=3)

    assert quotes.confirm(quote=quote, by=TEST).status == Quote.Status.CONFIRMING
    sweep(quote, waits=True)

    assert quote.status == Quote.Status.ACCEPTED
    assert collected(sandbox) == 2900 + quote.total_now_minor
