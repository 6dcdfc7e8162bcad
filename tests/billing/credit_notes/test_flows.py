"""Credit notes over HTTP to the local Stripe: previewed, issued as previewed, set off, given back, voided."""

import pytest

from billing.models import CreditNote, Invoice
from billing.services import credit_note_parts, credit_notes
from billing.services.credit_note_parts import CreditNoteExceedsInvoice, InvalidCreditNote, Part
from billing.services.credit_notes import CreditNoteNotVoidable, Gives, InvoiceNotCreditable, Wanted
from billing.services.draft_terms import Line
from config.base.money import Money
from payments.models import Customer, Refund
from payments.services import poller
from payments.services.refunds import PaymentDisputed
from tests.billing.invoices.writing import TEST, drain, fresh, opened, paid, sent
from tests.plugins.stripe import LocalStripe


def issue(invoice: Invoice, parts: list[Part], *, gives: Gives = Gives.REFUND) -> CreditNote:
    return credit_notes.issue(invoice=invoice, wanted=Wanted(parts, gives), by=TEST)


def test_what_is_owed_is_set_off(ada: Customer) -> None:
    invoice = opened(ada)
    workshop, _ = invoice.lines.all()

    note = issue(invoice, [Part(workshop, quantity=1)])

    assert (note.status, note.type, note.total_minor, note.pre_payment_minor) == ("issued", "pre_payment", 40000, 40000)
    drain()
    assert fresh(invoice).amount_remaining_minor == 49900


def test_what_was_paid_is_refunded_and_linked(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = paid(ada)
    _, support = invoice.lines.all()

    note = issue(invoice, [Part(support, amount=5000)])
    drain()

    assert (note.type, note.refund_minor, note.post_payment_minor) == ("post_payment", 5000, 5000)
    [refund] = sandbox.client.v1.refunds.list().data
    assert note.refund_ids == [refund.id]
    assert Refund.objects.get(stripe_id=refund.id).amount_minor == 5000
    assert fresh(invoice).post_payment_credit_minor == 5000


def test_it_is_credited_to_the_balance_or_given_another_way(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = paid(ada)
    workshop, support = invoice.lines.all()

    to_balance = issue(invoice, [Part(workshop, amount=1000)], gives=Gives.BALANCE)
    outside = issue(invoice, [Part(support, amount=900)], gives=Gives.OUT_OF_BAND)

    assert (to_balance.credit_minor, outside.out_of_band_minor) == (1000, 900)
    assert sandbox.client.v1.customers.retrieve(ada.stripe_id or "").balance == -1000
    assert sandbox.client.v1.refunds.list().data == []


def test_nothing_is_issued_by_a_preview(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = paid(ada)

    shown = credit_notes.preview(invoice=invoice, wanted=Wanted(credit_note_parts.everything(invoice)))

    assert (shown.total, shown.given, shown.set_off) == (Money(89900, "eur"), Money(89900, "eur"), Money(0, "eur"))
    assert CreditNote.objects.count() == 0
    assert sandbox.client.v1.credit_notes.list().data == []


def test_all_that_is_left_after_another_one(ada: Customer) -> None:
    invoice = paid(ada)
    workshop, _ = invoice.lines.all()
    issue(invoice, [Part(workshop, quantity=1)])

    rest = issue(fresh(invoice), credit_note_parts.everything(fresh(invoice)))

    assert rest.total_minor == 49900
    assert credit_note_parts.creditable(invoice) == Money(0, "eur")
    with pytest.raises(InvoiceNotCreditable):
        issue(fresh(invoice), [Part(workshop, quantity=1)])


def test_an_amount_is_split_over_the_lines(ada: Customer) -> None:
    invoice = paid(ada, [Line(description=f"Line {n}", unit_amount=1000) for n in range(3)])

    note = issue(invoice, credit_note_parts.of_amount(invoice, Money(1000, "eur")))

    assert note.total_minor == 1000
    assert sorted(note.lines.values_list("amount_minor", flat=True)) == [333, 333, 334]


def test_never_more_than_is_left(ada: Customer) -> None:
    invoice = paid(ada)
    workshop, support = invoice.lines.all()

    with pytest.raises(CreditNoteExceedsInvoice):
        credit_note_parts.of_amount(invoice, Money(89901, "eur"))
    with pytest.raises(InvalidCreditNote):
        issue(invoice, [Part(workshop, quantity=3)])
    with pytest.raises(InvalidCreditNote):
        issue(invoice, [Part(support, amount=9901)])
    assert CreditNote.objects.count() == 0


def test_a_line_credited_by_pieces_goes_on_by_pieces(ada: Customer) -> None:
    invoice = paid(ada)
    workshop, support = invoice.lines.all()
    issue(invoice, [Part(workshop, quantity=1)])
    issue(invoice, [Part(support, amount=100)])

    with pytest.raises(InvalidCreditNote):
        issue(invoice, [Part(workshop, amount=100)])
    with pytest.raises(InvalidCreditNote):
        issue(invoice, [Part(support, quantity=1)])


def test_a_draft_and_a_void_invoice_are_not_credited(ada: Customer) -> None:
    draft = sent(ada)
    line = draft.lines.first()

    assert line is not None
    with pytest.raises(InvoiceNotCreditable):
        issue(draft, [Part(line, quantity=1)])


def test_it_is_voided_while_its_invoice_is_open(ada: Customer) -> None:
    invoice = opened(ada)
    workshop, _ = invoice.lines.all()
    note = issue(invoice, [Part(workshop, quantity=1)])

    credit_notes.void(credit_note=note, by=TEST)
    drain()

    assert note.status == "void"
    assert fresh(invoice).amount_remaining_minor == 89900
    assert credit_note_parts.creditable(invoice) == Money(89900, "eur")
    with pytest.raises(CreditNoteNotVoidable):
        credit_notes.void(credit_note=note, by=TEST)


def test_one_of_a_paid_invoice_stays(ada: Customer) -> None:
    invoice = paid(ada)
    workshop, _ = invoice.lines.all()
    note = issue(invoice, [Part(workshop, quantity=1)])

    with pytest.raises(CreditNoteNotVoidable):
        credit_notes.void(credit_note=note, by=TEST)


def test_one_in_doubt_counts_until_it_is_settled(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = opened(ada)
    workshop, support = invoice.lines.all()
    sandbox.fail("POST", "/v1/credit_notes", "drop_after", times=3)

    note = issue(invoice, [Part(workshop, quantity=2)])

    assert note.status == "unknown"
    assert credit_note_parts.creditable(invoice) == Money(9900, "eur")
    assert [rest.line for rest in credit_note_parts.left(invoice)] == [support]


def test_one_that_never_left_is_rejected_and_counts_no_more(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = opened(ada)
    workshop, _ = invoice.lines.all()
    shown = credit_notes.preview(invoice=invoice, wanted=Wanted([Part(workshop, quantity=2)]))
    sandbox.fail("POST", "/v1/credit_notes", "rate_limit_429", times=3)

    with pytest.raises(Exception, match="cannot be reached"):
        credit_notes.issue(invoice=invoice, wanted=Wanted([Part(workshop, quantity=2)]), seen=shown, by=TEST)

    assert CreditNote.objects.get().status == "rejected"
    assert credit_note_parts.creditable(invoice) == Money(89900, "eur")


@pytest.fixture
def disputed(ada: Customer, sandbox: LocalStripe) -> Invoice:
    """A paid invoice whose money the customer's bank takes back."""
    invoice = paid(ada)
    charge = sandbox.client.v1.charges.list().data[0].id
    sandbox.control("disputes", {"charge": charge, "reason": "fraudulent"})
    poller.fetch_missed(account=invoice.account)
    drain()
    return fresh(invoice)


def test_what_the_bank_takes_back_is_not_refunded_too(disputed: Invoice, sandbox: LocalStripe) -> None:
    everything = credit_note_parts.everything(disputed)

    with pytest.raises(PaymentDisputed):
        credit_notes.preview(invoice=disputed, wanted=Wanted(everything))
    with pytest.raises(PaymentDisputed):
        credit_notes.issue(invoice=disputed, wanted=Wanted(everything), by=TEST)

    assert not CreditNote.objects.exists()
    note = credit_notes.issue(invoice=disputed, wanted=Wanted(everything, Gives.OUT_OF_BAND), by=TEST)
    assert note.status == CreditNote.Status.ISSUED
