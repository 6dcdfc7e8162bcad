"""Many at once, on connections of their own, committed for real."""

from collections import Counter
from collections.abc import Callable

from django.db import connection

from billing.models import CreditNote, Invoice, IssuedNumber
from billing.services import credit_notes, draft_sending, invoices, numbering
from billing.services.credit_note_parts import Part
from billing.services.credit_notes import Wanted
from config.base.errors import DomainError
from config.base.models import StripeAccount
from payments.models import Customer
from tests.billing.invoices.writing import TEST, drain, fresh, opened, paid, sent, written
from tests.plugins.stripe import LocalStripe
from tests.races.test_inbox import at_once


def outcome(wish: Callable[[], object]) -> str:
    """`done`, or the code of the refusal."""
    try:
        wish()
    except DomainError as refusal:
        return refusal.code
    finally:
        connection.close()
    return "done"


def test_finalized_twice_at_once_it_has_one_number(ada: Customer, account: StripeAccount) -> None:
    numbering.start(legal_entity=account.legal_entity, prefix="R-", by=TEST)
    invoice = sent(ada)

    results = at_once(6, lambda: outcome(lambda: invoices.finalize(invoice=fresh(invoice), by=TEST)))

    assert set(results) <= {"done", "action_in_doubt", "invoice_not_changeable"}
    assert (fresh(invoice).number, IssuedNumber.objects.count()) == ("R-00001", 1)
    assert fresh(invoice).status in {"open", "draft"}
    if fresh(invoice).status == "draft":  # the one that took the number lost the second step to a refusal
        invoices.finalize(invoice=fresh(invoice), by=TEST)
    assert fresh(invoice).number == "R-00001"


def test_many_invoices_at_once_have_numbers_without_gaps(ada: Customer, account: StripeAccount) -> None:
    numbering.start(legal_entity=account.legal_entity, prefix="R-", by=TEST)
    waiting = [sent(ada) for _ in range(6)]

    at_once(6, lambda: outcome(lambda: invoices.finalize(invoice=fresh(waiting.pop()), by=TEST)))

    assert sorted(Invoice.objects.values_list("number", flat=True)) == [f"R-0000{n}" for n in range(1, 7)]


def test_a_number_taken_while_another_series_starts_is_of_one_of_the_two(ada: Customer, account: StripeAccount) -> None:
    numbering.start(legal_entity=account.legal_entity, prefix="A-", by=TEST)
    waiting = [sent(ada) for _ in range(4)]
    wishes: list[Callable[[], object]] = [
        *(lambda invoice=invoice: invoices.finalize(invoice=fresh(invoice), by=TEST) for invoice in waiting),
        lambda: numbering.start(legal_entity=account.legal_entity, prefix="B-", by=TEST),
    ]

    results = at_once(5, lambda: outcome(wishes.pop()))

    assert set(results) == {"done"}
    assert {fresh(invoice).number[:2] for invoice in waiting} <= {"A-", "B-"}
    assert IssuedNumber.objects.count() == 4


def test_void_while_it_is_paid_leaves_one_truth(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = opened(ada)
    wishes = [invoices.pay, invoices.void] * 3

    results = at_once(6, lambda: outcome(lambda: wishes.pop()(invoice=fresh(invoice), by=TEST)))
    drain()

    assert results.count("done") == 1
    charged = [charge for charge in sandbox.client.v1.charges.list().data if charge.paid]
    assert (fresh(invoice).status, len(charged)) in {("paid", 1), ("void", 0)}


def test_two_credit_notes_at_once_stay_within_the_invoice(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = paid(ada)
    workshop, _ = invoice.lines.all()
    wanted = Wanted([Part(workshop, quantity=2)])
    shown = credit_notes.preview(invoice=invoice, wanted=wanted)

    results = at_once(
        5,
        lambda: outcome(lambda: credit_notes.issue(invoice=fresh(invoice), wanted=wanted, seen=shown, by=TEST)),
    )

    assert Counter(results)["done"] == 1
    assert sum(CreditNote.objects.counting().values_list("total_minor", flat=True)) == 80000
    assert len(sandbox.client.v1.refunds.list().data) == 1


def test_a_draft_sent_twice_at_once_is_one_invoice(ada: Customer, sandbox: LocalStripe) -> None:
    invoice = written(ada)

    at_once(5, lambda: outcome(lambda: draft_sending.send(invoice=fresh(invoice), by=TEST)))
    draft_sending.send(invoice=fresh(invoice), by=TEST)

    [at_stripe] = sandbox.client.v1.invoices.list().data
    assert (fresh(invoice).stripe_id, at_stripe.total) == (at_stripe.id, 89900)
    assert fresh(invoice).lines.filter(removed_at=None).count() == 2
