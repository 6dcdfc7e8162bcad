"""Lines that nobody knows to book, fees against the tariff, and payouts against what they consist of."""

from datetime import date, timedelta
from typing import Any

import pytest

from config.base import clock
from reconciliation.models import Discrepancy, Match, MatchedLine, Payout, Tariff
from tests import factories
from tests.reconciliation.console.rows import make_line, make_payout
from tests.reconciliation.matching.side_by_side import OLD, Found, a_sale, change, reconcile

pytestmark = pytest.mark.django_db


def a_payout(**fields: Any) -> Payout:
    """A payout of the net of one sale, with its own line."""
    _, line = a_sale()
    at = clock.now() - OLD
    payout = make_payout(amount_minor=1042, stripe_created_at=at, **fields)
    change(line, payout=payout)
    make_line(
        type="payout", source_id=payout.stripe_id, amount_minor=-1042, fee_minor=0, stripe_created_at=at, payout=payout
    )
    return payout


def test_a_line_of_an_unknown_type_is_found_by_its_own_id() -> None:
    line = make_line(type="future_thing", amount_minor=-700, fee_minor=0, stripe_created_at=clock.now() - OLD)

    assert reconcile() == [Found("unknown_line_type", line.stripe_id, -700)]

    change(line, type="stripe_fee")
    assert reconcile() == []


@pytest.mark.parametrize(
    ("type_", "source", "category"),
    [("adjustment", "", "fee"), ("stripe_fee", "", "fee"), ("payout_minimum_balance_hold", "", "")],
)
def test_lines_that_name_nothing_of_ours_are_known(type_: str, source: str, category: str) -> None:
    make_line(type=type_, source_id=source, reporting_category=category, amount_minor=-30, fee_minor=0)

    assert reconcile() == []


def card_tariff(**fields: Any) -> Tariff:
    values = {"method": "card", "currency": "eur", "basis_points": 250, "fixed_minor": 30, **fields}
    return Tariff.objects.create(account=factories.make_account(), **{"valid_from": date(2020, 1, 1), **values})


@pytest.mark.parametrize(("fee", "difference"), [(57, 0), (58, 1), (56, -1)])
def test_a_fee_is_checked_to_the_cent(fee: int, difference: int) -> None:
    payment, _ = a_sale(fee_minor=fee)
    card_tariff()

    assert reconcile() == [Found("fee", payment.latest_charge_id, difference)][: abs(difference)]


def test_a_link_hides_no_wrong_fee() -> None:
    payment, line = a_sale(fee_minor=58)
    card_tariff()
    match = Match.objects.create(account=payment.account, rule="a person")
    MatchedLine.objects.create(match=match, line=line)

    assert reconcile() == [Found("fee", payment.latest_charge_id, 1)]


def test_without_a_tariff_of_its_method_and_day_a_fee_is_not_checked() -> None:
    a_sale(fee_minor=900)
    card_tariff(method="sepa_debit")
    card_tariff(currency="usd")
    card_tariff(valid_from=(clock.now() + timedelta(days=1)).date())

    assert reconcile() == []


def test_the_tariff_of_the_day_counts_with_floor_cap_and_surcharge() -> None:
    card_tariff()
    a_sale(fee_minor=80)
    a_sale(fee_minor=100)
    too_much, _ = a_sale(fee_minor=101)
    yesterday = (clock.now() - timedelta(days=6)).date()
    card_tariff(valid_from=yesterday, floor_minor=80, cap_minor=100, extra_basis_points=900)

    assert reconcile() == [Found("fee", too_much.latest_charge_id, 1)]


def test_a_charge_that_is_wrong_otherwise_is_not_also_a_wrong_fee() -> None:
    payment, line = a_sale()
    card_tariff()
    change(line, amount_minor=5000, net_minor=4943)

    assert reconcile() == [Found("amount", payment.latest_charge_id, 3901)]


def test_a_payout_is_the_sum_of_its_lines() -> None:
    payout = a_payout()
    assert reconcile() == []

    change(payout.lines.get(type="charge"), payout=None)
    assert reconcile() == [Found("payout_not_complete", payout.stripe_id, -1042)]


def test_what_cannot_be_itemised_or_was_not_listed_yet_is_not_incomplete() -> None:
    by_hand = a_payout(is_automatic=False, lines_read_at=clock.now())
    unread = a_payout(lines_read_at=None)
    for payout in (by_hand, unread):
        change(payout.lines.get(type="charge"), payout=None)

    assert reconcile() == []


def test_a_payout_that_failed_came_back() -> None:
    payout = a_payout()
    change(payout, status=Payout.Status.FAILED)
    assert reconcile() == [Found("status", payout.stripe_id, -1042)]

    back = make_line(type="payout_failure", source_id=payout.stripe_id, amount_minor=1042, fee_minor=0)
    change(back, stripe_created_at=clock.now() - OLD)
    assert reconcile() == []


def test_a_payout_without_its_line_and_a_line_without_its_payout() -> None:
    payout = a_payout()
    change(payout.lines.get(type="payout"), source_id="po_unknown", payout=None)

    assert reconcile() == [
        Found("missing_at_stripe", payout.stripe_id, 1042), Found("missing_here", "po_unknown", -1042),
    ]  # fmt: skip


def test_money_on_its_way_settles_by_itself_until_its_day_is_long_past() -> None:
    payout = a_payout(status=Payout.Status.IN_TRANSIT, arrival_date=clock.now() + timedelta(days=1))

    assert reconcile() == [Found("timing", payout.stripe_id, 1042)]
    assert Discrepancy.objects.get().expected_on == (clock.now() + timedelta(days=4)).date()

    change(payout, arrival_date=clock.now() - timedelta(days=4))
    assert reconcile() == [Found("status", payout.stripe_id, 1042)]
