"""Invoices when Stripe's answer does not come: nothing stands twice, and what was begun goes on."""

from datetime import timedelta

import pytest

from billing.models import Invoice
from billing.services import draft_sending, drafts, invoice_sweep, invoice_wishes, invoices
from billing.services.draft_terms import Line
from billing.services.invoices import InvoiceIncomplete
from config.base import clock
from config.base.clock import real_now
from payments.failures import NeverLeft, Refused, StripeFailure
from payments.models import Customer, OutboundCall
from payments.services import recovery
from payments.services.payments import ActionInDoubt
from tests.billing.invoices.writing import TEST, drain, fresh, opened, sent, written
from tests.plugins.stripe import LocalStripe

MANY = [Line(description=f"Line {n}", unit_amount=100) for n in range(250)]


def settle() -> None:
    """The sweep, once all calls in doubt are due."""
    OutboundCall.objects.filter(status="sent").update(next_check_at=real_now())
    recovery.sweep(by=TEST)


def at_stripe(sandbox: LocalStripe) -> list[str]:
    return [invoice.id for invoice in sandbox.client.v1.invoices.list().data]


def due(invoice: Invoice) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(wanted_at=clock.now() - timedelta(seconds=1))


def test_a_lost_answer_makes_one_invoice(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = written(ada)
    sandbox.fail("POST", "/v1/invoices", "drop_after", times=3)

    draft_sending.send(invoice=invoice, by=TEST)
    assert (invoice.stripe_id, invoice_wishes.in_doubt(invoice) is not None) == (None, True)
    with pytest.raises(ActionInDoubt):
        drafts.change(invoice=invoice, terms=drafts.terms_of(invoice), lines=[], by=TEST)
    draft_sending.send(invoice=fresh(invoice), by=TEST)

    assert at_stripe(sandbox) == [fresh(invoice).stripe_id]
    assert fresh(invoice).total_minor == 89900


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_500"])
def test_lines_whose_answer_was_lost_stand_once(ada: Customer, sandbox: LocalStripe, kind: str) -> None:
    invoice = written(ada, MANY)
    sandbox.fail("POST", "/v1/invoices/*/add_lines", kind, times=3)

    draft_sending.send(invoice=invoice, by=TEST)
    assert not draft_sending.is_whole(fresh(invoice))
    settle()
    due(invoice)
    invoice_sweep.sweep(by=TEST)
    if not draft_sending.is_whole(fresh(invoice)):  # an answer of 500 is repeated until nobody waits any more
        long_ago = real_now() - timedelta(hours=21)
        OutboundCall.objects.filter(status="sent").update(valid_until=real_now(), sent_at=long_ago)
        settle()
        due(invoice)
        invoice_sweep.sweep(by=TEST)

    assert draft_sending.is_whole(fresh(invoice))
    assert fresh(invoice).total_minor == 25000
    assert fresh(invoice).lines.filter(removed_at=None).count() == 250
    assert fresh(invoice).wanted == ""


def test_a_process_that_died_between_two_portions_is_gone_on_with(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = written(ada, MANY)
    sandbox.fail("POST", "/v1/invoices/*/add_lines", "rate_limit_429", times=3)
    draft_sending.send(invoice=invoice, by=TEST)
    assert fresh(invoice).wanted == "send"

    due(invoice)
    swept = invoice_sweep.sweep(by=TEST)

    assert swept.done == 1
    assert draft_sending.is_whole(fresh(invoice))
    assert fresh(invoice).total_minor == 25000


def test_sending_twice_sends_once(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = sent(ada)

    draft_sending.send(invoice=invoice, by=TEST)

    assert fresh(invoice).total_minor == 89900
    assert len(sandbox.requests("POST", "/v1/invoices")) == 1


def test_one_that_never_left_is_no_invoice(ada: Customer, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", "/v1/invoices", "rate_limit_429", times=3)

    with pytest.raises(StripeFailure):
        draft_sending.make(customer=ada, currency="eur", terms=drafts.terms_of(written(ada)), lines=MANY[:1], by=TEST)

    made = Invoice.objects.latest("pk")
    assert (made.status, made.failure_code != "") == ("rejected", True)
    assert at_stripe(sandbox) == []


def test_what_stripe_refuses_is_told_and_not_tried_again(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = written(ada)
    sandbox.client.v1.customers.delete(ada.stripe_id or "")

    with pytest.raises(Refused):
        draft_sending.send(invoice=invoice, by=TEST)

    assert (invoice.status, invoice.wanted, bool(invoice.failure_message)) == ("draft", "", True)


def test_half_an_invoice_is_not_finalized(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = written(ada, MANY)
    sandbox.fail("POST", "/v1/invoices/*/add_lines", "rate_limit_429", times=3)
    draft_sending.send(invoice=invoice, by=TEST)

    with pytest.raises(InvoiceIncomplete):
        invoices.finalize(invoice=fresh(invoice), by=TEST)

    assert fresh(invoice).status == "draft"


@pytest.mark.parametrize(
    ("wish", "path", "status"),
    [(invoices.finalize, "finalize", "open"), (invoices.pay, "pay", "paid"), (invoices.void, "void", "void")],
)
def test_a_lost_answer_shows_in_the_invoice(
    ada: Customer, sandbox: LocalStripe, wish: object, path: str, status: str
) -> None:
    invoice = sent(ada) if path == "finalize" else opened(ada)
    sandbox.fail("POST", f"/v1/invoices/{invoice.stripe_id}/{path}", "drop_after", times=3)

    call = wish(invoice=invoice, by=TEST)  # type: ignore[operator]
    assert call.status == "sent"
    with pytest.raises(ActionInDoubt):
        wish(invoice=fresh(invoice), by=TEST)  # type: ignore[operator]
    settle()

    assert fresh(invoice).status == status
    assert len(sandbox.client.v1.payment_intents.list().data) == 1


def test_nobody_is_charged_when_stripe_was_never_reached(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = opened(ada)
    sandbox.fail("POST", f"/v1/invoices/{invoice.stripe_id}/pay", "rate_limit_429", times=3)

    with pytest.raises((NeverLeft, Refused)):
        invoices.pay(invoice=invoice, by=TEST)
    settle()
    drain()

    assert fresh(invoice).status == "open"
    assert sandbox.client.v1.charges.list().data == []
