"""Facts that break a rule are recorded, flagged and shown; the customer is parked where more bills would do harm."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.test import override_settings

from billing.models import Invoice, InvoiceLine, IssuedNumber, NumberSeries, Subscription
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import Customer
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply, stories

FIRST = bodies.invoice(bodies.line(id="il_1"), id="in_1")
AGAIN = bodies.invoice(bodies.line(id="il_2"), id="in_2", created=bodies.CREATED + 60)


def counting() -> list[tuple[str, bool, bool]]:
    return list(InvoiceLine.objects.order_by("stripe_id").values_list("stripe_id", "counts", "is_duplicate"))


@pytest.mark.parametrize("order", list(permutations([FIRST, AGAIN])))
def test_a_second_bill_for_a_period_is_recorded_flagged_and_its_customer_parked(
    account: StripeAccount, order: tuple[JsonObject, ...]
) -> None:
    apply(account, bodies.customer(), bodies.subscription(), *order)

    assert counting() == [("il_1", True, False), ("il_2", False, True)]
    assert Invoice.objects.get(stripe_id="in_2").flags == ["period_billed_twice"]
    assert Invoice.objects.get(stripe_id="in_1").flags == []
    assert Subscription.objects.get().flags == ["period_billed_twice"]
    parked = Customer.objects.get()
    assert parked.parked_at is not None
    assert "a second time" in parked.parked_reason
    assert stories("invoice").count("invoice.flagged") == 1


def test_told_again_after_staff_have_looked_it_is_not_flagged_anew(account: StripeAccount) -> None:
    apply(account, bodies.customer(), bodies.subscription(), FIRST, AGAIN)
    Invoice.objects.update(flags=[])
    Customer.objects.update(parked_at=None)

    apply(account, AGAIN, FIRST)

    assert not Invoice.objects.exclude(flags=[]).exists()
    assert Customer.objects.get().parked_at is None


@pytest.mark.parametrize("voided", ["in_1", "in_2"])
def test_when_one_of_two_is_void_the_other_counts(account: StripeAccount, voided: str) -> None:
    apply(account, bodies.customer(), bodies.subscription(), FIRST, AGAIN)

    apply(account, {"in_1": FIRST, "in_2": AGAIN}[voided] | {"status": "void"})

    stays = InvoiceLine.objects.get(counts=True)
    assert stays.invoice.stripe_id == ({"in_1", "in_2"} - {voided}).pop()
    assert not InvoiceLine.objects.filter(is_duplicate=True).exists()


@pytest.mark.parametrize(
    "line",
    [
        bodies.line(id="il_2", parent=bodies.of_item(proration=True)),
        bodies.line(id="il_2", parent=bodies.of_item("si_2")),
        bodies.line(
            id="il_2", period={"start": bodies.CREATED + bodies.MONTH, "end": bodies.CREATED + 2 * bodies.MONTH}
        ),
        bodies.line(id="il_2", parent=bodies.of_invoice_item()),
    ],
    ids=["proration", "another item", "another period", "an invoice item"],
)
def test_what_is_no_second_bill_is_not_taken_for_one(account: StripeAccount, line: JsonObject) -> None:
    apply(account, bodies.customer(), bodies.subscription(), FIRST, bodies.invoice(line, id="in_2"))

    assert not InvoiceLine.objects.filter(is_duplicate=True).exists()
    assert Customer.objects.get().parked_at is None


def test_tiers_of_one_price_are_one_bill(account: StripeAccount) -> None:
    tiers = [bodies.line(id="il_1", amount=1000), bodies.line(id="il_2", amount=300)]
    apply(account, bodies.customer(), bodies.subscription(), bodies.invoice(*tiers))

    assert counting() == [("il_1", True, False), ("il_2", False, False)]
    assert Customer.objects.get().parked_at is None


def test_a_draft_whose_line_moves_to_another_period_gives_the_old_one_back(account: StripeAccount) -> None:
    apply(account, bodies.customer(), bodies.subscription(), bodies.draft(bodies.line(id="il_1")), AGAIN)
    later = {"start": bodies.CREATED + bodies.MONTH, "end": bodies.CREATED + 2 * bodies.MONTH}

    apply(account, bodies.draft(bodies.line(id="il_1", period=later)))

    assert counting() == [("il_1", True, False), ("il_2", True, False)]


def _off_by_one(line: int = 0, **facts: int) -> Callable[[], JsonObject]:
    def build() -> JsonObject:
        body: Any = bodies.invoice(bodies.line(taxes=[bodies.tax(380)]), bodies.line(id="il_2", parent=None))
        body["lines"]["data"][0]["amount"] += line
        return {**body, **{name: body[name] + more for name, more in facts.items()}}

    return build


@pytest.mark.parametrize(
    ("build", "flags"),
    [
        (_off_by_one(), []),
        (_off_by_one(line=1), ["sum_does_not_hold"]),
        (_off_by_one(line=-1), ["sum_does_not_hold"]),
        (_off_by_one(total=1), ["sum_does_not_hold"]),
        (_off_by_one(subtotal=-1), ["sum_does_not_hold"]),
        (_off_by_one(amount_due=1), ["sum_does_not_hold"]),
        (_off_by_one(starting_balance=-500, amount_due=-500), []),
        (_off_by_one(starting_balance=-500), ["sum_does_not_hold"]),
        (_off_by_one(pre_payment_credit_notes_amount=100, amount_due=-100), []),
    ],
)
def test_a_sum_that_does_not_hold_is_flagged_and_nothing_is_recomputed(
    account: StripeAccount, build: Callable[[], JsonObject], flags: list[str]
) -> None:
    body = build()

    apply(account, body)

    invoice = Invoice.objects.get()
    assert invoice.flags == flags
    assert (invoice.subtotal_minor, invoice.total_minor) == (body["subtotal"], body["total"])
    assert invoice.amount_due_minor == body["amount_due"]


def test_a_flag_that_staff_cleared_comes_back_only_with_a_new_fact(account: StripeAccount) -> None:
    apply(account, _off_by_one(total=1)())
    Invoice.objects.update(flags=[])

    apply(account, _off_by_one(total=1)())
    unchanged = Invoice.objects.get().flags
    apply(account, _off_by_one(total=2)())

    assert unchanged == []
    assert Invoice.objects.get().flags == ["sum_does_not_hold"]


def test_a_number_of_stripes_is_kept_and_flagged_where_our_series_gives_them(account: StripeAccount) -> None:
    long_ago = datetime.fromtimestamp(bodies.CREATED, UTC) - timedelta(days=1)
    series = NumberSeries.objects.create(legal_entity=account.legal_entity, prefix="2026-", created_at=long_ago)
    apply(account, bodies.draft(id="in_1"))
    ours = Invoice.objects.get()
    IssuedNumber.objects.create(series=series, invoice=ours, value=1, number="2026-00001")

    apply(account, bodies.invoice(id="in_1", number="2026-00001"))
    apply(account, bodies.invoice(bodies.line(id="il_2", parent=None), id="in_2", number="ADA-0002"))

    assert Invoice.objects.get(stripe_id="in_1").flags == []
    other = Invoice.objects.get(stripe_id="in_2")
    assert (other.flags, other.number) == (["numbered_by_stripe"], "ADA-0002")


def test_invoices_from_before_the_series_keep_their_numbers_unflagged(account: StripeAccount) -> None:
    NumberSeries.objects.create(legal_entity=account.legal_entity, prefix="2027-")

    apply(account, bodies.invoice())

    assert Invoice.objects.get().flags == []


@override_settings(SUBSCRIPTION_LINES_A_DAY=3)
def test_more_lines_in_a_day_than_the_bound_park_the_customer(account: StripeAccount) -> None:
    apply(account, bodies.customer(), bodies.subscription())
    for number in range(3):
        line = bodies.line(id=f"il_{number}", parent=bodies.of_item(proration=True))
        apply(account, bodies.invoice(line, id=f"in_{number}"))
    before = Customer.objects.get().parked_at

    line = bodies.line(id="il_3", parent=bodies.of_item(proration=True))
    apply(account, bodies.invoice(line, id="in_3", created=bodies.CREATED + 3600))

    assert before is None
    assert Customer.objects.get().parked_reason == "4 lines were billed within a day."
    assert Invoice.objects.get(stripe_id="in_3").flags == ["too_many_lines"]
    assert Subscription.objects.get().flags == ["too_many_lines"]


@override_settings(SUBSCRIPTION_LINES_A_DAY=1)
def test_who_was_let_go_on_is_not_parked_again_for_the_same_lines(account: StripeAccount) -> None:
    lines = [bodies.line(id=f"il_{number}", parent=bodies.of_item(proration=True)) for number in range(2)]
    apply(account, bodies.customer(), bodies.subscription(), bodies.invoice(*lines))
    Customer.objects.update(parked_at=None)

    apply(account, bodies.invoice(*lines, status="paid"))

    assert Customer.objects.get().parked_at is None


@override_settings(SUBSCRIPTION_LINES_A_DAY=1)
def test_lines_of_another_day_do_not_count(account: StripeAccount) -> None:
    for number in range(3):
        line = bodies.line(id=f"il_{number}", parent=bodies.of_item(proration=True))
        apply(account, bodies.invoice(line, id=f"in_{number}", created=bodies.CREATED + number * 90_000))

    assert Customer.objects.get().parked_at is None
