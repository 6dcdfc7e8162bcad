"""Entries are booked once, and reversed by their opposite."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from billing.models import Entry, LedgerAccount, Posting
from billing.services.ledger import entries
from billing.services.ledger.entries import Line
from config.base.models import LegalEntity

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)


@pytest.fixture
def entity() -> LegalEntity:
    return LegalEntity.objects.create(name="Books", country="DE", time_zone="Europe/Berlin")


def post(entity: LegalEntity, *lines: Line, source: str = "in_1") -> bool:
    return entries.post(legal_entity=entity, effective_on=DAY, source=source, kind="issued", by="test", lines=lines)


SALE = (
    Line(kind="receivable", amount_minor=1099, currency="eur", document="in_1", line="il_1"),
    Line(kind="tax_payable", amount_minor=0, currency="eur"),
    Line(kind="revenue", amount_minor=-1099, currency="eur", document="in_1", line="il_1"),
)


def test_a_fact_is_booked_once(entity: LegalEntity) -> None:
    assert post(entity, *SALE) is True
    assert post(entity, *SALE) is False

    assert list(Posting.objects.order_by("pk").values_list("account__kind", "amount_minor", "document", "line")) == [
        ("receivable", 1099, "in_1", "il_1"),
        ("revenue", -1099, "in_1", "il_1"),
    ]
    assert sorted(LedgerAccount.objects.values_list("kind", flat=True)) == ["receivable", "revenue"]


def test_what_does_not_balance_is_not_written(entity: LegalEntity) -> None:
    with pytest.raises(IntegrityError, match="does not balance"):
        post(entity, SALE[0])

    assert not Entry.objects.exists()


def test_nothing_moved_is_no_entry(entity: LegalEntity) -> None:
    assert post(entity, SALE[1]) is False

    assert not Entry.objects.exists()


def test_an_account_whose_opening_was_rolled_back_is_opened_again(entity: LegalEntity) -> None:
    with transaction.atomic():
        post(entity, *SALE)
        transaction.set_rollback(True)

    assert post(entity, *SALE) is True
    assert post(entity, *SALE, source="in_2") is True
    assert LedgerAccount.objects.count() == 2


def test_an_entry_is_reversed_once(entity: LegalEntity) -> None:
    post(entity, *SALE)
    entry = Entry.objects.get()

    assert entries.reverse(entry, effective_on=DAY, by="test") is True
    assert entries.reverse(entry, effective_on=DAY, by="test") is False

    assert entry.reversed_by.kind == "issued:reversed"
    assert sum(Posting.objects.filter(account__kind="receivable").values_list("amount_minor", flat=True)) == 0


def test_a_day_in_a_closed_period_becomes_the_first_open_day(entity: LegalEntity) -> None:
    entity.books_closed_through = date(2026, 3, 31)
    entity.save()
    post(entity, *SALE)

    assert Entry.objects.get().effective_date == date(2026, 4, 1)
