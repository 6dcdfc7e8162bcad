"""Deeds on discrepancies: done once, on exactly the amount that was read, each with its note and its audit line."""

from datetime import date

import pytest
from auditlog.models import LogEntry

from billing.models import Posting
from billing.services.ledger import entries
from billing.services.ledger.entries import Line
from config.base.actor import Actor
from config.base.models import StripeAccount
from reconciliation.models import Discrepancy
from reconciliation.services import actions
from tests import factories
from tests.reconciliation.console.rows import make_discrepancy, make_line, make_payout

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
REASON = "The shop has confirmed it."


def held(kind: str) -> int:
    return sum(Posting.objects.filter(account__kind=kind).values_list("amount_minor", flat=True))


def leave(account: StripeAccount, kind: str, reference: str, minor: int) -> None:
    sides = [
        Line(kind=kind, amount_minor=minor, currency="eur", account_id=account.pk, reference=reference),
        Line(kind="receivable", amount_minor=-minor, currency="eur"),
    ]
    entries.post(
        legal_entity=account.legal_entity, effective_on=date(2026, 3, 1), source=f"pi_{reference}", kind="received",
        by="test", lines=sides,
    )  # fmt: skip


def audited(row: Discrepancy) -> int:
    return int(LogEntry.objects.get_for_object(row).filter(action=LogEntry.Action.UPDATE).count())


@pytest.fixture
def account(db: None) -> StripeAccount:
    return factories.make_account()


@pytest.fixture
def amount(account: StripeAccount) -> Discrepancy:
    """3.00 € that stay in clearing."""
    leave(account, "stripe_clearing", "ch_1", -300)
    return make_discrepancy(account, object_id="ch_1")


@pytest.mark.parametrize("type_", Discrepancy.Type.values)
def test_every_type_has_something_that_can_be_done(account: StripeAccount, type_: str) -> None:
    row = make_discrepancy(account, type=type_)

    ends = {actions.ACCEPT, actions.BOOK, actions.BOOK_SALE} & set(actions.offered(row))
    settles_by_itself, is_released = type_ == "timing", type_ == "invoice_total"
    assert ends or settles_by_itself or is_released
    assert actions.offered(make_discrepancy(account, type=type_, status="settled")) == ()


def test_accepting_twice_books_once_and_is_refused(amount: Discrepancy) -> None:
    actions.accept(discrepancy=amount, reason=REASON, by=BY)
    with pytest.raises(actions.DiscrepancyClosed):
        actions.accept(discrepancy=amount, reason=REASON, by=BY)

    assert (held("stripe_clearing"), held("write_offs")) == (0, -300)
    assert [note.text for note in amount.notes.filter(kind="action")] == [REASON]
    assert audited(amount) == 1


def test_an_amount_that_changed_since_it_was_read_is_not_accepted(amount: Discrepancy) -> None:
    Discrepancy.objects.filter(pk=amount.pk).update(amount_minor=9900)

    with pytest.raises(actions.DiscrepancyChanged):
        actions.accept(discrepancy=amount, reason=REASON, by=BY)

    assert held("write_offs") == 0
    assert not amount.notes.filter(kind="action").exists()


def test_a_payout_on_its_way_stays_so_when_its_lines_are_accepted(account: StripeAccount) -> None:
    payout = make_payout(account, status="in_transit")
    leave(account, "in_transit", payout.stripe_id, 10_000)
    row = make_discrepancy(account, type="payout_not_complete", object_id=payout.stripe_id, amount_minor=-35)

    actions.accept(discrepancy=row, reason=REASON, by=BY)

    assert (held("in_transit"), held("write_offs")) == (10_000, 0)
    row.refresh_from_db()
    assert row.status == "accepted"


def test_books_that_are_even_leave_nothing_to_put_in_suspense(account: StripeAccount) -> None:
    row = make_discrepancy(account, object_id="ch_even")

    with pytest.raises(actions.ActionNotOffered):
        actions.to_suspense(discrepancy=row, reason=REASON, by=BY)

    row.refresh_from_db()
    assert row.status == "open"


def test_suspense_is_released_once_and_only_to_where_it_may_go(amount: Discrepancy) -> None:
    actions.to_suspense(discrepancy=amount, reason="Nobody knows yet.", by=BY)
    with pytest.raises(actions.ActionNotOffered):
        actions.release_suspense(discrepancy=amount, ledger_kind="stripe_balance", reason=REASON, by=BY)

    assert actions.release_suspense(discrepancy=amount, ledger_kind="revenue", reason=REASON, by=BY)
    assert not actions.release_suspense(discrepancy=amount, ledger_kind="revenue", reason=REASON, by=BY)

    assert (held("suspense"), held("revenue")) == (0, -300)
    assert audited(amount) == 2


def test_an_unknown_line_goes_through_suspense_to_where_it_belongs(account: StripeAccount) -> None:
    line = make_line(account, type="future_thing", amount_minor=-870, fee_minor=0)
    row = make_discrepancy(account, type="unknown_line_type", object_id=line.stripe_id, amount_minor=-870)

    actions.to_suspense(discrepancy=row, reason="Nobody knows yet.", by=BY)
    assert (held("stripe_balance"), held("suspense")) == (-870, 870)
    actions.release_suspense(discrepancy=row, ledger_kind="fees", reason=REASON, by=BY)

    assert (held("suspense"), held("fees")) == (0, 870)


def test_who_has_it_and_what_was_said_is_kept(amount: Discrepancy) -> None:
    ada = factories.make_user(name="Ada")

    actions.assign(discrepancy=amount, to=ada, by=BY)
    actions.assign(discrepancy=amount, to=None, by=BY)
    actions.comment(discrepancy=amount, text="I have asked the shop.", by=BY)

    told = list(amount.notes.exclude(kind="found").values_list("kind", "text"))
    assert told == [("assigned", "Ada"), ("assigned", "Nobody"), ("comment", "I have asked the shop.")]
    assert audited(amount) == 3
