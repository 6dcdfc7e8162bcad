"""How discrepancies live: filed once, changed, settled, opened again, accepted, let pass by a rule."""

import pytest

from config.base import clock
from reconciliation.models import Discrepancy, MatchRule
from tests import factories
from tests.reconciliation.matching.side_by_side import Found, a_sale, change, reconcile

pytestmark = pytest.mark.django_db
Status = Discrepancy.Status


def the_one() -> Discrepancy:
    return Discrepancy.objects.get()


def story() -> list[str]:
    return list(the_one().notes.values_list("kind", flat=True))


def test_the_same_finding_is_filed_once() -> None:
    payment, line = a_sale()
    change(line, amount_minor=1399, net_minor=1342)

    assert reconcile() == reconcile() == [Found("amount", payment.latest_charge_id, 300)]
    assert story() == ["found"]
    assert (the_one().ours["amount"], the_one().theirs["amount"]) == (1099, 1399)
    assert the_one().first_seen != the_one().last_seen


def test_another_amount_is_noted() -> None:
    payment, line = a_sale()
    change(line, amount_minor=1399, net_minor=1342)
    reconcile()
    change(line, amount_minor=1499, net_minor=1442)

    assert reconcile() == [Found("amount", payment.latest_charge_id, 400)]
    assert story() == ["found", "changed"]


def test_it_settles_by_itself_and_opens_again_when_it_comes_back() -> None:
    payment, line = a_sale()
    change(line, amount_minor=1399, net_minor=1342)
    reconcile()
    change(line, amount_minor=1099, net_minor=1042)

    assert reconcile() == []
    assert (the_one().status, the_one().closed_at is not None) == (Status.SETTLED, True)

    change(line, amount_minor=1399, net_minor=1342)
    assert reconcile() == [Found("amount", payment.latest_charge_id, 300)]
    assert (the_one().times_opened, the_one().closed_at) == (2, None)
    assert story() == ["found", "settled", "reopened"]


def test_what_was_accepted_stays_so_while_its_amount_is_the_same() -> None:
    payment, line = a_sale()
    change(line, amount_minor=1399, net_minor=1342)
    reconcile()
    change(the_one(), status=Status.ACCEPTED, rule="Grace", reason="a tip", closed_at=clock.now())

    assert reconcile() == []
    assert (the_one().status, the_one().rule) == (Status.ACCEPTED, "Grace")

    change(line, amount_minor=1499, net_minor=1442)
    assert reconcile() == [Found("amount", payment.latest_charge_id, 400)]


@pytest.mark.parametrize(("currency", "tolerance", "is_open"), [("", 5, False), ("eur", 4, True), ("usd", 9, True)])
def test_a_rule_lets_small_differences_of_its_currency_pass_by_its_name(
    currency: str, tolerance: int, is_open: bool
) -> None:
    account = factories.make_account()
    for name, priority in (("second", 20), ("first", 10)):
        MatchRule.objects.create(
            account=account, name=name, priority=priority, action=MatchRule.Action.ALLOW_DIFFERENCE,
            discrepancy_type="amount", currency=currency, tolerance_minor=tolerance,
        )  # fmt: skip
    _, line = a_sale()
    change(line, amount_minor=1104, net_minor=1047)

    assert bool(reconcile()) == is_open
    assert the_one().rule == ("" if is_open else "first")

    reconcile()
    assert story() == (["found"] if is_open else ["found", "action"])


def test_a_rule_passes_no_difference_above_its_tolerance() -> None:
    account = factories.make_account()
    MatchRule.objects.create(
        account=account, name="cents", action=MatchRule.Action.ALLOW_DIFFERENCE, discrepancy_type="amount",
        tolerance_minor=5,
    )  # fmt: skip
    payment, line = a_sale()
    change(line, amount_minor=1104, net_minor=1047)
    assert reconcile() == []

    change(line, amount_minor=1105, net_minor=1048)
    assert reconcile() == [Found("amount", payment.latest_charge_id, 6)]


def test_what_belongs_to_another_account_is_not_looked_at() -> None:
    mine = factories.make_account()
    other = factories.make_account(stripe_id="acct_other", legal_entity=mine.legal_entity)
    payment, _ = a_sale()
    change(payment, account=other)

    assert reconcile(mine) == [Found("missing_here", payment.latest_charge_id, 1099)]
    assert reconcile(other) == [Found("missing_at_stripe", payment.latest_charge_id, -1099)]
    assert reconcile(mine) == [Found("missing_here", payment.latest_charge_id, 1099)]
