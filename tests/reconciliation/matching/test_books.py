"""The books beside documents and lines: rests in clearing, prepayments, the balance; what the tile makes of them."""

from typing import Any

import pytest

from billing.models import LedgerAccount
from billing.services.ledger import entries
from billing.services.ledger.entries import Line
from config.base import clock
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.models import Payment
from reconciliation.models import Discrepancy, Match, MatchedDocument, MatchedLine, Run, StatementLine
from reconciliation.services import actions, filing, matching, tile
from tests import factories
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply
from tests.billing.handlers.bodies import CREATED
from tests.reconciliation.console.rows import make_line
from tests.reconciliation.matching.side_by_side import OLD, Found, a_sale, again, change, reconcile

pytestmark = pytest.mark.django_db
Kind = LedgerAccount.Kind


def book(payment: Payment, *lines: tuple[str, int], source: str = "", reference: str = "") -> None:
    """An entry of these accounts and amounts, about the payment."""
    posted = [
        Line(
            kind=kind, amount_minor=amount, currency="eur", account_id=payment.account_id,
            reference=(reference or payment.latest_charge_id) if kind == Kind.STRIPE_CLEARING else "",
            document="" if kind == Kind.STRIPE_CLEARING else str(payment.stripe_id),
        )
        for kind, amount in lines
    ]  # fmt: skip
    entries.post(
        legal_entity=payment.account.legal_entity, effective_on=clock.now().date(),
        source=source or str(payment.stripe_id), kind="test", by="test", lines=posted,
    )  # fmt: skip


def parts(held: dict[str, int] | None = None) -> dict[str, Any]:
    """The parts of euros that are not zero, at the end of a run."""
    account = StripeAccount.objects.get()
    run = Run.objects.create(account=account, by="test", status=Run.Status.FINISHED)
    lines = StatementLine.objects.filter(missing_since=None)
    held = held or {"eur": sum(lines.values_list("net_minor", flat=True))}
    matching.find(run, held)
    filing.file(run)
    (euros,) = tile.measure(run, held)
    found = {name: getattr(euros, f"{name}_minor") for name in tile.PARTS}
    return {name: amount for name, amount in found.items() if amount}


def test_a_payment_without_a_document_is_found_beside_what_was_accepted_of_its_charge() -> None:
    payment, line = a_sale()
    book(payment, (Kind.STRIPE_CLEARING, 1099), (Kind.CUSTOMER_PREPAYMENTS, -1099))
    book(payment, (Kind.STRIPE_BALANCE, 1099), (Kind.STRIPE_CLEARING, -1099), source=line.stripe_id)
    change(line, amount_minor=1199, net_minor=1199)
    amount = Found("amount", payment.latest_charge_id, 100)
    assert reconcile() == [amount]

    Discrepancy.objects.update(status=Discrepancy.Status.ACCEPTED)

    assert reconcile() == [Found("prepayment", str(payment.stripe_id), 1099)]


def test_a_rest_in_clearing_that_nothing_else_explains_is_the_books() -> None:
    payment, line = a_sale()
    book(payment, (Kind.STRIPE_CLEARING, 1099), (Kind.RECEIVABLE, -1099))

    assert reconcile() == [Found("ledger", payment.latest_charge_id, -1099)]
    assert parts() == {"clearing": 1099}

    book(payment, (Kind.STRIPE_BALANCE, 1099), (Kind.STRIPE_CLEARING, -1099), source=line.stripe_id)
    assert reconcile() == []
    assert parts() == {}


def test_two_rests_never_hide_each_other() -> None:
    for amount in (1099, -1099):
        payment, _ = a_sale()
        book(payment, (Kind.STRIPE_CLEARING, amount), (Kind.RECEIVABLE, -amount))

    assert parts() == {"clearing": 2198}


def test_a_fault_that_stands_in_clearing_counts_once() -> None:
    payment, line = a_sale()
    book(payment, (Kind.STRIPE_CLEARING, 1099), (Kind.RECEIVABLE, -1099))
    change(line, missing_since=clock.now())

    assert reconcile() == [Found("missing_at_stripe", payment.latest_charge_id, -1099)]
    assert parts() == {"clearing": 1099}


def test_a_document_that_was_changed_behind_even_books_is_unmatched() -> None:
    payment, _ = a_sale()
    change(payment, amount_received_minor=1000)

    assert parts() == {"unmatched": 99}


def test_a_payment_without_a_document_is_a_prepayment_until_one_takes_it() -> None:
    payment, line = a_sale()
    book(payment, (Kind.STRIPE_CLEARING, 1099), (Kind.CUSTOMER_PREPAYMENTS, -1099))
    book(payment, (Kind.STRIPE_BALANCE, 1099), (Kind.STRIPE_CLEARING, -1099), source=line.stripe_id)

    assert reconcile() == [Found("prepayment", str(payment.stripe_id), 1099)]
    assert parts() == {"prepayments": 1099}

    book(payment, (Kind.CUSTOMER_PREPAYMENTS, 1099), (Kind.RECEIVABLE, -1099), source="in_1")
    assert reconcile() == []


def test_timing_is_not_unexplained() -> None:
    payment = factories.make_payment(succeeded_at=clock.now())
    book(payment, (Kind.STRIPE_CLEARING, 1099), (Kind.RECEIVABLE, -1099))

    assert parts({"eur": 0}) == {"timing": 1099}


def test_suspense_and_lines_that_are_not_booked_are_unexplained() -> None:
    payment, _ = a_sale()
    book(payment, (Kind.SUSPENSE, -40), (Kind.STRIPE_BALANCE, 40))
    make_line(type="future_thing", amount_minor=-700, fee_minor=0, stripe_created_at=clock.now() - OLD)

    assert parts() == {"suspense": 40, "unmatched": 700}


def test_stripe_holds_what_its_lines_say() -> None:
    a_sale()

    assert parts({"eur": 1042}) == {}
    assert parts({"eur": 1000}) == {"balance_gap": 42}
    gap = Discrepancy.objects.get(type="balance")
    assert (gap.amount_minor, gap.status) == (-42, "open")


def test_moved_is_gross_and_proven_only_what_a_payout_an_invoice_and_no_doubt_lead_to() -> None:
    a_sale()
    run = Run.objects.create(account=StripeAccount.objects.get(), by="test", status=Run.Status.FINISHED)

    (euros,) = tile.measure(run, {"eur": 1042})

    assert (euros.moved_minor, euros.proven_minor, euros.stripe_balance_minor) == (1099, 0, 1042)


def test_the_items_behind_a_part_come_newest_first_page_by_page() -> None:
    account = factories.make_account()
    for number in range(5):
        payment, _ = a_sale()
        book(payment, (Kind.STRIPE_CLEARING, 100 + number), (Kind.RECEIVABLE, -100 - number))

    first = tile.items(account, currency="eur", part="clearing", limit=3)
    rest = tile.items(account, currency="eur", part="clearing", limit=3, after=first[-1])

    assert sorted(item.amount_minor for item in first + rest) == [100, 101, 102, 103, 104]
    assert (len(first), len(rest)) == (3, 2)
    assert tile.items(account, currency="usd", part="clearing") == []


def test_what_was_linked_agrees_and_what_is_left_of_it_in_the_books_does_not() -> None:
    payment, line = a_sale()
    change(line, source_id="ch_other")
    match = Match.objects.create(account=payment.account, rule="a person")
    MatchedLine.objects.create(match=match, line=line)
    MatchedDocument.objects.create(match=match, reference=payment.latest_charge_id)
    assert reconcile() == []

    book(payment, (Kind.STRIPE_CLEARING, 1099), (Kind.RECEIVABLE, -1099))
    assert reconcile() == [Found("ledger", payment.latest_charge_id, -1099)]


def test_a_line_changed_here_by_hand_is_not_also_a_gap() -> None:
    payment, line = a_sale()
    again(line, source_id="", type="stripe_fee", amount_minor=-5, fee_minor=0, net_minor=-5)

    assert parts() == {}
    assert payment.latest_charge_id == line.source_id


def test_an_invoice_that_does_not_add_up_is_found_until_what_it_asks_for_has_its_place() -> None:
    line = bodies.line(amount=2000, parent=bodies.of_invoice_item(), period={"start": CREATED, "end": CREATED})
    apply(factories.make_account(), bodies.customer(), bodies.invoice(line, total=2003))

    assert reconcile() == [Found("invoice_total", "in_1", 3)]
    row = Discrepancy.objects.get()
    assert (row.theirs["amount"], row.ours["amount"], actions.offered(row)) == (2003, 2000, (actions.FETCH,))
    actions.release_suspense(discrepancy=row, ledger_kind="revenue", reason="Shipping", by=Actor.system("test"))

    assert reconcile() == []
    row.refresh_from_db()
    assert row.status == Discrepancy.Status.SETTLED
