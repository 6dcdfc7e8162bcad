"""Deeds on what is not as it seems: already even, changed at Stripe since, of another account, known too late."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.models import Posting
from billing.services.ledger import entries
from billing.services.ledger.entries import Line
from config.base import clock
from config.base.actor import Actor
from config.base.models import StripeAccount
from reconciliation.models import Discrepancy, Match, MatchRule, Run, StatementLine, Tariff
from reconciliation.services import actions, linking, posting, rules, tile
from tests import factories
from tests.reconciliation.console.rows import make_discrepancy, make_line, make_run
from tests.reconciliation.matching.side_by_side import OLD, Found, a_sale, change, reconcile

pytestmark = pytest.mark.django_db
BY = Actor.system("Ada")
REASON = "The shop has confirmed it."


@pytest.fixture
def account(db: None) -> StripeAccount:
    return factories.make_account()


def held(kind: str) -> int:
    return sum(Posting.objects.filter(account__kind=kind).values_list("amount_minor", flat=True))


def book(account: StripeAccount, source: str, kind: str, minor: int, **side: Any) -> None:
    lines = [
        Line(kind=kind, amount_minor=minor, currency="eur", account_id=account.pk, **side),
        Line(kind="receivable", amount_minor=-minor, currency="eur"),
    ]
    assert entries.post(
        legal_entity=account.legal_entity, effective_on=date(2026, 3, 1), source=source, kind="received", by="test",
        lines=lines,
    )  # fmt: skip


def leave(account: StripeAccount, reference: str, minor: int) -> None:
    book(account, f"pi_{reference}", "stripe_clearing", minor, reference=reference)


def parts(account: StripeAccount, currency: str = "eur") -> dict[str, int]:
    """What is unexplained now, as Stripe holds what its lines say."""
    run = make_run(account)
    holding = StatementLine.objects.filter(account=account, missing_since=None, currency=currency)
    found = tile.measure(run, {currency: sum(holding.values_list("net_minor", flat=True))})
    return {
        name: minor
        for balance in found
        for name in tile.PARTS
        if balance.currency == currency and (minor := getattr(balance, f"{name}_minor"))
    }


def an_unknown_line(account: StripeAccount) -> StatementLine:
    at = clock.now() - OLD
    return make_line(account, type="future_thing", amount_minor=-870, fee_minor=0, stripe_created_at=at)


def test_a_line_that_was_booked_by_hand_and_has_changed_is_booked_by_the_difference(account: StripeAccount) -> None:
    line = an_unknown_line(account)
    reconcile(account)
    actions.to_suspense(discrepancy=Discrepancy.objects.get(), reason="Nobody knows yet", by=BY)
    actions.release_suspense(discrepancy=Discrepancy.objects.get(), ledger_kind="fees", reason=REASON, by=BY)
    assert reconcile(account) == []
    change(line, amount_minor=-900, net_minor=-900, is_posted=False)

    assert reconcile(account) == [Found("unknown_line_type", line.stripe_id, -900)]
    actions.book(discrepancy=Discrepancy.objects.get(), ledger_kind="fees", reason=REASON, by=BY)

    assert (held("stripe_balance"), held("fees"), held("suspense")) == (-900, 900, 0)
    assert reconcile(account) == []
    assert parts(account) == {}


def test_a_line_that_stripe_lists_no_more_is_not_booked(account: StripeAccount) -> None:
    line = an_unknown_line(account)
    reconcile(account)
    change(line, missing_since=clock.now())

    with pytest.raises(actions.DiscrepancyChanged):
        actions.book(discrepancy=Discrepancy.objects.get(), ledger_kind="fees", reason=REASON, by=BY)

    assert held("stripe_balance") == 0


def test_a_converted_line_of_somebody_elses_charge_is_booked_when_it_is_accepted(account: StripeAccount) -> None:
    make_line(
        account, source_id="ch_foreign", exchange_rate=Decimal("1.17"), stripe_created_at=clock.now() - OLD,
        available_on=clock.now() - OLD,
    )  # fmt: skip
    assert posting.post(account, by=BY) == 0
    assert reconcile(account) == [Found("missing_here", "ch_foreign", 1099)]
    assert parts(account) == {"unmatched": 1042}

    actions.accept(discrepancy=Discrepancy.objects.get(), reason=REASON, by=BY)

    assert (held("stripe_balance"), held("fees"), held("write_offs")) == (1042, 57, -1099)
    assert reconcile(account) == []
    assert parts(account) == {}


def test_what_was_booked_by_hand_is_not_wrong_because_its_document_turns_up(account: StripeAccount) -> None:
    at = clock.now() - OLD
    make_line(account, source_id="ch_foreign", exchange_rate=Decimal("1.17"), stripe_created_at=at)
    reconcile(account)
    actions.accept(discrepancy=Discrepancy.objects.get(), reason=REASON, by=BY)

    factories.make_payment(latest_charge_id="ch_foreign", currency="gbp", amount_minor=939)

    assert list(posting.wrong(account)) == []


def test_what_is_left_after_it_was_accepted_is_looked_at_alone(account: StripeAccount) -> None:
    payment, line = a_sale()
    change(line, amount_minor=1399, net_minor=1342)
    reconcile()
    actions.accept(discrepancy=Discrepancy.objects.get(), reason=REASON, by=BY)
    assert reconcile() == []

    leave(account, payment.latest_charge_id, 777)

    assert reconcile() == [Found("ledger", payment.latest_charge_id, -777)]


def test_a_wrong_fee_hides_nothing_and_takes_nothing_with_it(account: StripeAccount) -> None:
    Tariff.objects.create(
        account=account, method="card", currency="eur", basis_points=150, fixed_minor=25, valid_from=date(2020, 1, 1)
    )
    payment, _ = a_sale()
    charge, intent = payment.latest_charge_id, str(payment.stripe_id)
    book(account, intent, "customer_prepayments", -1099, document=intent)
    leave(account, charge, 777)

    assert reconcile() == [Found("fee", charge, 16), Found("ledger", charge, -777), Found("prepayment", intent, 1099)]
    actions.accept(discrepancy=Discrepancy.objects.get(type="fee"), reason=REASON, by=BY)

    assert (held("stripe_clearing"), held("fees")) == (777, 0)


def test_a_sale_that_an_invoice_takes_later_is_one_no_more(account: StripeAccount) -> None:
    payment, _ = a_sale()
    intent = str(payment.stripe_id)
    book(account, intent, "customer_prepayments", -1099, document=intent)
    assert reconcile() == [Found("prepayment", intent, 1099)]
    actions.book_sale(discrepancy=Discrepancy.objects.get(), reason="At the counter", by=BY)
    assert reconcile() == []

    book(account, "in_1", "customer_prepayments", 1099, document=intent)
    assert reconcile() == [Found("prepayment", intent, -1099)]
    actions.book_sale(discrepancy=Discrepancy.objects.get(), reason="It has an invoice", by=BY)

    assert (held("customer_prepayments"), held("revenue")) == (0, 0)
    assert reconcile() == []


@pytest.mark.parametrize(("rest", "status", "unexplained"), [(-3, "accepted", {}), (-300, "open", {"clearing": 300})])
def test_a_difference_that_a_rule_lets_pass_leaves_nothing_unexplained(
    account: StripeAccount, rest: int, status: str, unexplained: dict[str, int]
) -> None:
    payment, line = a_sale()
    change(line, amount_minor=1102, net_minor=1045)
    leave(account, payment.latest_charge_id, rest)
    MatchRule.objects.create(
        account=account, name="Cents", action="allow_difference", discrepancy_type="amount", tolerance_minor=5
    )
    reconcile()

    rules.apply(account)

    row = Discrepancy.objects.get()
    assert row.status == status
    assert row.rule == ("Cents" if status == "accepted" else "")
    assert parts(account) == unexplained


def test_a_line_with_nothing_left_in_clearing_is_not_hidden_by_a_link(account: StripeAccount) -> None:
    leave(account, "ch_ours", 1099)
    leave(account, "ch_theirs", -1099)
    fitting = make_line(account, source_id="ch_theirs")
    even, unknown = make_line(account, source_id="ch_even"), an_unknown_line(account)
    theirs = factories.make_account(stripe_id="acct_other", legal_entity=account.legal_entity)
    foreign = make_line(theirs, source_id="ch_foreign")
    leave(theirs, "ch_foreign", -1099)

    for lines in ([fitting, even], [fitting, unknown], [fitting, foreign], [foreign]):
        with pytest.raises(linking.DoesNotBalance):
            linking.link(account=account, lines=lines, references=["ch_ours"], reason=REASON, by=BY)

    assert not Match.objects.exists()
    linking.link(account=account, lines=[fitting], references=["ch_ours"], reason=REASON, by=BY)
    assert held("stripe_clearing") == -1099


def test_suspense_is_counted_at_one_account_of_a_company(account: StripeAccount) -> None:
    other = factories.make_account(stripe_id="acct_other", legal_entity=account.legal_entity)
    leave(other, "ch_1", -300)
    row = make_discrepancy(other, object_id="ch_1")
    actions.to_suspense(discrepancy=row, reason="Nobody knows yet", by=BY)

    assert parts(other) == {"suspense": 300}
    assert parts(account) == {}
    assert Run.objects.filter(account=account).exists()
