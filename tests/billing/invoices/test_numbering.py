"""Numbers of our own: without gaps, never twice, kept through everything."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from billing.models import Invoice, IssuedNumber, NumberSeries, Price
from billing.services import invoice_sweep, invoices, numbering, subscriptions
from billing.services.invoices import NumberTaken
from billing.services.numbering import InvalidSeries
from billing.services.subscription_terms import Item
from config.base import clock
from config.base.models import StripeAccount
from payments.failures import Refused, StripeFailure
from payments.models import Customer
from tests.billing.invoices.writing import TEST, fresh, sent
from tests.billing.quotes.asking import hear
from tests.plugins.stripe import LocalStripe

HOUR = 3600


@pytest.fixture
def series(account: StripeAccount) -> NumberSeries:
    """2026-0001 and so on."""
    return numbering.start(legal_entity=account.legal_entity, prefix="2026-", digits=4, by=TEST)


def finalized(invoice: Invoice) -> Invoice:
    invoices.finalize(invoice=invoice, by=TEST)
    return fresh(invoice)


def test_each_gets_the_next_number(ada: Customer, series: NumberSeries, sandbox: LocalStripe) -> None:
    numbers = [finalized(sent(ada)).number for _ in range(3)]

    assert numbers == ["2026-0001", "2026-0002", "2026-0003"]
    assert sorted(invoice.number or "" for invoice in sandbox.client.v1.invoices.list().data) == numbers
    assert Invoice.objects.exclude(flags=[]).count() == 0


def test_a_number_stays_with_its_invoice_after_a_refused_finalize(
    ada: Customer, series: NumberSeries, sandbox: LocalStripe
) -> None:
    first, second = sent(ada), sent(ada)
    sandbox.fail("POST", f"/v1/invoices/{first.stripe_id}/finalize", "rate_limit_429", times=3)
    assert (finalized(first).status, first.wanted) == ("draft", "finalize")

    assert finalized(second).number == "2026-0002"
    assert finalized(fresh(first)).number == "2026-0001"
    assert list(IssuedNumber.objects.order_by("value").values_list("number", "invoice")) == [
        ("2026-0001", first.pk),
        ("2026-0002", second.pk),
    ]


def test_a_number_stays_when_stripe_refuses_to_take_it(
    ada: Customer, series: NumberSeries, sandbox: LocalStripe
) -> None:
    first = sent(ada)
    sandbox.fail("POST", f"/v1/invoices/{first.stripe_id}", "rate_limit_429", times=3)
    with pytest.raises(StripeFailure):
        invoices.finalize(invoice=first, by=TEST)

    assert finalized(sent(ada)).number == "2026-0002"
    assert finalized(fresh(first)).number == "2026-0001"


def test_a_void_invoice_keeps_its_number(ada: Customer, series: NumberSeries) -> None:
    invoice = finalized(sent(ada))
    invoices.void(invoice=invoice, by=TEST)

    assert (fresh(invoice).status, fresh(invoice).number) == ("void", "2026-0001")
    assert finalized(sent(ada)).number == "2026-0002"


def test_a_draft_with_a_number_is_not_thrown_away(ada: Customer, series: NumberSeries, sandbox: LocalStripe) -> None:
    invoice = sent(ada)
    sandbox.fail("POST", f"/v1/invoices/{invoice.stripe_id}/finalize", "rate_limit_429", times=3)
    finalized(invoice)

    with pytest.raises(NumberTaken):
        invoices.delete(invoice=fresh(invoice), by=TEST)


def test_the_database_gives_no_number_twice(ada: Customer, series: NumberSeries) -> None:
    one, other = sent(ada), sent(ada)
    finalized(one)

    with pytest.raises(IntegrityError), transaction.atomic():
        IssuedNumber.objects.create(series=series, invoice=other, value=1, number="2026-0001")


def test_what_stripe_makes_is_held_back_and_finalized_when_its_time_has_come(
    ada: Customer, series: NumberSeries, sandbox: LocalStripe
) -> None:
    invoice = sent(ada)
    sandbox.client.v1.invoices.update(invoice.stripe_id or "", {"auto_advance": True})
    invoices.refresh(invoice=invoice, by=TEST)

    assert invoice_sweep.sweep(by=TEST).held == 1
    held = fresh(invoice)
    assert (held.auto_advance, held.status, held.wanted) == (False, "draft", "finalize")
    assert held.wanted_at
    assert held.wanted_at - clock.now() > timedelta(minutes=55)
    assert invoice_sweep.sweep(by=TEST) == invoice_sweep.Swept(held=0, done=0, waiting=0)

    sandbox.advance(seconds=HOUR + 60)
    assert invoice_sweep.sweep(by=TEST).done == 1
    assert (fresh(invoice).status, fresh(invoice).number, fresh(invoice).wanted) == ("open", "2026-0001", "")


def test_a_renewal_gets_our_number_and_is_collected(
    ada: Customer, basic: Price, series: NumberSeries, sandbox: LocalStripe
) -> None:
    type(basic.product).objects.update(requires_first_payment=False)
    basic.product.refresh_from_db()
    subscription = subscriptions.start(customer=ada, items=[Item(basic)], by=TEST)
    sandbox.advance(seconds=30 * 24 * HOUR + 60)
    hear(subscription)

    [renewal] = Invoice.objects.filter(subscription=subscription, billing_reason="subscription_cycle")
    assert (renewal.status, renewal.auto_advance) == ("draft", True)
    assert invoice_sweep.sweep(by=TEST).held == 1
    sandbox.advance(seconds=2 * HOUR)
    invoice_sweep.sweep(by=TEST)
    assert (fresh(renewal).number, fresh(renewal).auto_advance) == ("2026-0001", True)
    sandbox.advance(seconds=2 * HOUR)
    hear(subscription)

    assert (fresh(renewal).status, fresh(renewal).flags) == ("paid", [])


def test_a_paused_subscription_s_draft_is_left_alone(
    ada: Customer, basic: Price, series: NumberSeries, sandbox: LocalStripe
) -> None:
    type(basic.product).objects.update(requires_first_payment=False)
    basic.product.refresh_from_db()
    subscription = subscriptions.start(customer=ada, items=[Item(basic)], by=TEST)
    sandbox.advance(seconds=30 * 24 * HOUR + 60)
    hear(subscription)
    invoice_sweep.sweep(by=TEST)
    subscriptions.pause(subscription=subscription, behavior="keep_as_draft", by=TEST)

    sandbox.advance(seconds=2 * HOUR)
    invoice_sweep.sweep(by=TEST)

    [renewal] = Invoice.objects.filter(subscription=subscription, billing_reason="subscription_cycle")
    assert (renewal.status, series.issued.count()) == ("draft", 0)


def test_one_that_stripe_numbered_first_keeps_its_number_and_is_flagged(
    ada: Customer, series: NumberSeries, sandbox: LocalStripe
) -> None:
    invoice = sent(ada)
    sandbox.advance(seconds=60)

    sandbox.client.v1.invoices.finalize_invoice(invoice.stripe_id or "")
    invoices.refresh(invoice=invoice, by=TEST)

    assert invoice.status == "open"
    assert invoice.number != "2026-0001"
    assert invoice.flags == ["numbered_by_stripe"]
    assert numbering.series_of(invoice.account) == series
    assert series.issued.count() == 0


def test_a_new_series_takes_over_and_the_old_one_rests(ada: Customer, series: NumberSeries) -> None:
    finalized(sent(ada))
    numbering.start(legal_entity=series.legal_entity, prefix="2027-", digits=4, first=100, by=TEST)

    assert finalized(sent(ada)).number == "2027-0100"
    series.refresh_from_db()
    assert not series.is_active
    with pytest.raises(InvalidSeries):
        numbering.start(legal_entity=series.legal_entity, prefix="2026-", by=TEST)


@pytest.mark.parametrize(
    "wish",
    [{"prefix": "ÄÖ-"}, {"digits": 0}, {"digits": 3, "first": 1000}, {"first": 0}, {"prefix": "X" * 20, "digits": 9}],
)
def test_numbers_that_nobody_could_use_are_refused(account: StripeAccount, wish: dict[str, object]) -> None:
    with pytest.raises(InvalidSeries):
        numbering.start(legal_entity=account.legal_entity, by=TEST, **wish)  # type: ignore[arg-type]


def test_without_a_series_stripe_gives_the_number(ada: Customer) -> None:
    invoice = finalized(sent(ada))

    assert invoice.number
    assert invoice.flags == []
    assert IssuedNumber.objects.count() == 0


def test_a_number_that_is_taken_at_stripe_is_told(ada: Customer, series: NumberSeries, sandbox: LocalStripe) -> None:
    sandbox.client.v1.invoices.update(sent(ada).stripe_id or "", {"number": "2026-0001"})

    with pytest.raises(Refused):
        invoices.finalize(invoice=sent(ada), by=TEST)
