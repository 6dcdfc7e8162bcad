"""One-off invoices from our draft to their end, over HTTP to the local Stripe."""

from datetime import timedelta
from typing import Any

import pytest

from billing.models import Invoice, InvoiceLine
from billing.services import draft_sending, drafts, invoice_links, invoices
from billing.services.draft_sending import InvoiceWithoutLines
from billing.services.draft_terms import CustomField, Line
from billing.services.drafts import DraftNotOurs, NothingToCorrect
from billing.services.invoice_links import NothingToPay
from billing.services.invoice_wishes import InvoiceNotChangeable
from billing.services.invoices import InvoiceBeingPaid, NoPaymentMethod
from config.base import clock
from payments.failures import CardDeclined, Refused
from payments.models import Customer, OutboundCall, Payment
from payments.services import parking, pay_links
from payments.services.parking import CustomerParked
from tests.billing.conftest import NewCustomer
from tests.billing.invoices.writing import SUPPORT, TEST, WORKSHOP, drain, fresh, opened, paid, sent, written
from tests.plugins.stripe import LocalStripe


def test_stripe_hears_of_a_draft_only_when_it_is_sent(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = written(ada)

    assert sandbox.client.v1.invoices.list().data == []
    draft_sending.send(invoice=invoice, by=TEST)
    [at_stripe] = sandbox.client.v1.invoices.list().data
    assert (invoice.stripe_id, invoice.status, invoice.total_minor) == (at_stripe.id, "draft", 89900)
    assert [line.amount_minor for line in invoice.lines.all()] == [80000, 9900]
    assert at_stripe.auto_advance is False


def test_what_stands_beside_the_lines_goes_to_stripe(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = sent(
        ada,
        purchase_order="PO-4711",
        memo="Thank you",
        footer="Ada Papers GmbH",
        custom_fields=[CustomField("Project", "Spring")],
        metadata={"project": "4711"},
    )

    at_stripe = sandbox.client.v1.invoices.retrieve(invoice.stripe_id or "")
    assert [(field.name, field.value) for field in at_stripe.custom_fields or []] == [
        ("Purchase order", "PO-4711"),
        ("Project", "Spring"),
    ]
    assert (at_stripe.description, at_stripe.footer) == ("Thank you", "Ada Papers GmbH")
    assert at_stripe.metadata
    assert at_stripe.metadata["counterfoil_id"] == invoice.public_id
    assert invoice.due_date
    assert invoice.due_date - clock.now() > timedelta(days=13)
    assert (invoice.metadata, invoice.purchase_order) == ({"project": "4711"}, "PO-4711")


def test_it_is_finalized_paid_with_the_saved_card_and_never_by_a_second_payment(
    ada: Customer, sandbox: LocalStripe
) -> None:
    invoice = opened(ada)
    assert (invoice.status, bool(invoice.number)) == ("open", True)

    invoices.pay(invoice=invoice, by=TEST)
    drain()

    assert (invoice.status, invoice.amount_paid_minor, invoice.amount_remaining_minor) == ("paid", 89900, 0)
    [intent] = sandbox.client.v1.payment_intents.list().data
    [link] = invoice.payments.all()
    assert (link.payment_intent_id, link.status) == (intent.id, "paid")
    assert Payment.objects.get().status == "succeeded"


def test_a_declined_card_leaves_it_open(new_customer: NewCustomer) -> None:
    invoice = opened(new_customer("pm_card_chargeCustomerFail"))

    with pytest.raises(CardDeclined):
        invoices.pay(invoice=invoice, by=TEST)

    assert (invoice.status, invoice.attempt_count) == ("open", 1)


def test_without_a_saved_method_nothing_is_asked(new_customer: NewCustomer, sandbox: LocalStripe) -> None:
    invoice = opened(new_customer(""))

    with pytest.raises(NoPaymentMethod):
        invoices.pay(invoice=invoice, by=TEST)

    assert sandbox.requests("POST", f"/v1/invoices/{invoice.stripe_id}/pay") == []


def test_the_link_is_of_the_payment_that_stripe_made(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = opened(ada)

    link = invoice_links.of(invoice=invoice, by=TEST)

    [intent] = sandbox.client.v1.payment_intents.list().data
    assert link.payment.stripe_id == intent.id
    assert link.title == f"Invoice {invoice.number}"
    assert [(line["description"], line["quantity"], line["amount"]) for line in link.lines] == [
        ("Workshop", 2, 80000),
        ("Support", 1, 9900),
    ]
    assert invoice_links.of(invoice=invoice, by=TEST) == link == invoice_links.existing(invoice)
    assert pay_links.for_token(pay_links.token(link)) == link


def test_nobody_pays_by_link_what_is_paid(ada: Customer) -> None:
    invoice = paid(ada)

    with pytest.raises(NothingToPay):
        invoice_links.of(invoice=invoice, by=TEST)
    assert invoice_links.existing(invoice) is None


def test_it_is_recorded_as_paid_outside(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = opened(ada)

    invoices.record_paid_outside(invoice=invoice, reason="Bank transfer of 12 November", by=TEST)

    assert (invoice.status, invoice.amount_remaining_minor) == ("paid", 0)
    assert sandbox.client.v1.charges.list().data == []


def test_it_is_voided_and_corrected_by_another(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = opened(ada, purchase_order="PO-1")
    with pytest.raises(NothingToCorrect):
        drafts.correct(invoice=invoice, by=TEST)

    invoices.void(invoice=invoice, reason="Wrong address", by=TEST)
    corrected = draft_sending.send(invoice=drafts.correct(invoice=invoice, by=TEST), by=TEST)

    assert invoice.status == "void"
    assert (corrected.from_invoice, corrected.total_minor) == (invoice, 89900)
    at_stripe = sandbox.client.v1.invoices.retrieve(corrected.stripe_id or "")
    assert [(field.name, field.value) for field in at_stripe.custom_fields or []] == [
        ("Purchase order", "PO-1"),
        ("Corrects invoice", invoice.number),
    ]


@pytest.mark.parametrize("wish", [invoices.void, invoices.record_paid_outside, invoices.mark_uncollectible])
def test_while_a_bank_debit_is_on_its_way_nothing_is_asked_though_no_webhook_told_of_it(
    ada: Customer, sandbox: LocalStripe, wish: object
) -> None:
    invoice = opened(ada)
    [payment] = invoices.payments_of(invoice)
    debit(sandbox, payment)

    with pytest.raises(InvoiceBeingPaid):
        wish(invoice=invoice, by=TEST)  # type: ignore[operator]

    assert fresh(invoice).status == "open"
    assert sandbox.requests("POST", f"/v1/invoices/{invoice.stripe_id}/*") == []


def test_what_a_bank_debit_pays_is_not_charged_to_the_card_too(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = opened(ada)
    [payment] = invoices.payments_of(invoice)
    debit(sandbox, payment)

    with pytest.raises(Refused, match="already processing"):
        invoices.pay(invoice=invoice, by=TEST)
    drain()
    with pytest.raises(InvoiceBeingPaid):
        invoices.pay(invoice=fresh(invoice), by=TEST)

    assert len(sandbox.client.v1.charges.list().data) == 1


def debit(sandbox: LocalStripe, payment: Payment) -> None:
    """The customer pays by bank debit, on the payment page; nobody tells us."""
    customer = {"name": "Ada", "email": "ada@example.com"}
    method = {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"}, "billing_details": customer}
    accepted = {"customer_acceptance": {"type": "offline"}}
    wanted: Any = {"payment_method_data": method, "mandate_data": accepted, "return_url": "https://shop.example"}
    confirmed = sandbox.client.v1.payment_intents.confirm(payment.stripe_id or "", wanted)
    assert confirmed.status == "processing"


def test_an_uncollectible_one_can_still_be_paid(ada: Customer) -> None:
    invoice = opened(ada)

    invoices.mark_uncollectible(invoice=invoice, reason="Moved away", by=TEST)
    assert invoice.status == "uncollectible"
    invoices.pay(invoice=invoice, by=TEST)
    assert invoice.status == "paid"


def test_a_duplicate_has_the_same_lines_and_terms(ada: Customer) -> None:
    invoice = paid(ada, memo="Thank you", purchase_order="PO-1")

    copy = drafts.duplicate(invoice=invoice, by=TEST)

    assert (copy.status, copy.stripe_id, copy.description, copy.purchase_order) == ("draft", None, "Thank you", "PO-1")
    assert [(line.description, line.quantity, line.unit_amount_minor) for line in copy.draft_lines.all()] == [
        ("Workshop", 2, 40000),
        ("Support", 1, 9900),
    ]
    assert draft_sending.send(invoice=copy, by=TEST).total_minor == invoice.total_minor


def test_a_draft_is_changed_line_by_line(ada: Customer) -> None:
    invoice = written(ada)
    first, second = drafts.lines_of(invoice)

    terms = drafts.terms_of(invoice)
    drafts.change(invoice=invoice, terms=terms, lines=[second, first, SUPPORT], by=TEST)

    ids = [line.id for line in drafts.lines_of(invoice)]
    assert ids[:2] == [second.id, first.id]
    assert len(set(ids)) == 3
    drafts.change(invoice=invoice, terms=terms, lines=[first], by=TEST)
    assert [line.public_id for line in invoice.draft_lines.all()] == [first.id]


def test_a_draft_that_somebody_else_changed_is_not_overwritten(ada: Customer) -> None:
    invoice = written(ada)
    seen = drafts.version(invoice)
    drafts.change(invoice=invoice, terms=drafts.terms_of(invoice), lines=[SUPPORT], seen=seen, by=TEST)

    with pytest.raises(drafts.DraftChanged):
        drafts.change(invoice=invoice, terms=drafts.terms_of(invoice), lines=[WORKSHOP], seen=seen, by=TEST)

    assert [line.description for line in invoice.draft_lines.all()] == ["Support"]


def test_a_draft_at_stripe_is_edited_no_more_and_deleted_there(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = sent(ada)
    with pytest.raises(DraftNotOurs):
        drafts.change(invoice=invoice, terms=drafts.terms_of(invoice), lines=[SUPPORT], by=TEST)

    invoices.delete(invoice=invoice, by=TEST)

    assert invoice.status == "deleted"
    assert sandbox.client.v1.invoices.list().data == []
    assert drafts.duplicate(invoice=invoice, by=TEST).draft_lines.count() == 2


def test_a_draft_that_is_thrown_away_stays_as_a_row(ada: Customer) -> None:
    invoice = written(ada)

    drafts.throw_away(invoice=invoice, by=TEST)

    assert (invoice.status, Invoice.objects.count()) == ("deleted", 1)


@pytest.mark.parametrize("wish", [invoices.finalize, invoices.pay, invoices.void, invoices.mark_uncollectible])
def test_stripe_is_asked_nothing_about_a_draft_that_it_does_not_know(
    ada: Customer, sandbox: LocalStripe, wish: object
) -> None:
    invoice = written(ada)

    with pytest.raises(InvoiceNotChangeable):
        wish(invoice=invoice, by=TEST)  # type: ignore[operator]

    assert not OutboundCall.objects.filter(subject_id=invoice.public_id).exists()


def test_illegal_moves_are_refused(ada: Customer) -> None:
    invoice = paid(ada)

    for wish in (invoices.finalize, invoices.pay, invoices.void, invoices.mark_uncollectible, invoices.delete):
        with pytest.raises(InvoiceNotChangeable):
            wish(invoice=fresh(invoice), by=TEST)
    assert fresh(invoice).status == "paid"


def test_a_parked_customer_is_billed_nothing(ada: Customer) -> None:
    invoice = sent(ada)
    draft = written(ada)
    parking.park(customer=ada, reason="two bills", by=TEST)

    for wish in (invoices.finalize, invoices.pay):
        with pytest.raises(CustomerParked):
            wish(invoice=fresh(invoice), by=TEST)
    with pytest.raises(CustomerParked):
        draft_sending.send(invoice=fresh(draft), by=TEST)
    invoices.delete(invoice=fresh(invoice), by=TEST)


def test_a_draft_needs_lines(ada: Customer) -> None:
    with pytest.raises(InvoiceWithoutLines):
        draft_sending.send(invoice=written(ada, []), by=TEST)


def test_nothing_to_pay_is_paid_at_once(ada: Customer, sandbox: LocalStripe) -> None:
    gift = Line(description="A gift", unit_amount=-9900)

    invoice = sent(ada, [SUPPORT, gift])
    invoices.finalize(invoice=invoice, by=TEST)

    assert (invoice.status, invoice.total_minor) == ("paid", 0)
    assert sandbox.client.v1.payment_intents.list().data == []


def test_a_thousand_lines_go_in_portions(ada: Customer, sandbox: LocalStripe) -> None:
    lines = [Line(description=f"Line {n}", unit_amount=n) for n in range(1, 1001)]

    invoice = sent(ada, lines)
    invoices.finalize(invoice=invoice, by=TEST)

    assert invoice.total_minor == sum(range(1, 1001))
    standing = InvoiceLine.objects.filter(invoice=invoice, removed_at=None)
    assert sorted(standing.values_list("amount_minor", flat=True)) == list(range(1, 1001))
    assert len(sandbox.requests("POST", f"/v1/invoices/{invoice.stripe_id}/add_lines")) == 10
