"""What the database itself refuses of the books."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.models import Entry, LedgerAccount, Posting
from config.base.models import LegalEntity

pytestmark = pytest.mark.django_db


@pytest.fixture
def entity() -> LegalEntity:
    return LegalEntity.objects.create(name="Books", country="DE")


def account(entity: LegalEntity, kind: str, currency: str = "eur") -> LedgerAccount:
    return LedgerAccount.objects.get_or_create(legal_entity=entity, kind=kind, currency=currency)[0]


def entry(entity: LegalEntity, *amounts: tuple[str, int, str], source: str = "in_1", day: date | None = None) -> Entry:
    with transaction.atomic():
        made = Entry.objects.create(
            legal_entity=entity, source=source, kind="issued", effective_date=day or date(2026, 3, 1), by="test"
        )
        for kind, amount, currency in amounts:
            Posting.objects.create(entry=made, account=account(entity, kind, currency), amount_minor=amount)
    return made


def sale(entity: LegalEntity) -> Entry:
    return entry(entity, ("receivable", 1099, "eur"), ("revenue", -1099, "eur"))


def refused(act: Callable[[], object], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        act()


def test_an_entry_balances_in_each_currency(entity: LegalEntity) -> None:
    refused(lambda: entry(entity, ("receivable", 1099, "eur"), ("revenue", -1098, "eur")), "does not balance")
    refused(lambda: entry(entity, ("receivable", 1099, "eur"), ("revenue", -1099, "usd")), "does not balance")
    refused(lambda: entry(entity), "has no postings")

    assert sale(entity).postings.count() == 2
    assert Entry.objects.count() == 1


def test_a_fact_is_posted_once(entity: LegalEntity) -> None:
    sale(entity)

    refused(lambda: sale(entity), "entry_once_per_source_and_kind")


def test_nothing_joins_an_old_entry(entity: LegalEntity) -> None:
    old = sale(entity)

    def join() -> None:
        with transaction.atomic():
            Posting.objects.create(entry=old, account=account(entity, "bank"), amount_minor=5)
            Posting.objects.create(entry=old, account=account(entity, "revenue"), amount_minor=-5)

    refused(join, "nothing joins an entry")


@pytest.mark.parametrize("table", ["billing_entry", "billing_posting", "billing_ledgeraccount"])
def test_nothing_is_changed_deleted_or_truncated(entity: LegalEntity, table: str) -> None:
    sale(entity)
    for statement in ("DELETE FROM {}", "UPDATE {} SET id = id", "TRUNCATE {} CASCADE"):
        with (
            pytest.raises(DatabaseError, match=r"append only|Cannot"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(table))

    assert Posting.objects.count() == 2


def test_a_closed_period_takes_nothing(entity: LegalEntity) -> None:
    LegalEntity.objects.filter(pk=entity.pk).update(books_closed_through=date(2026, 3, 31))

    refused(lambda: sale(entity), "the books are closed")
    entry(entity, ("receivable", 1, "eur"), ("revenue", -1, "eur"), source="in_2", day=date(2026, 4, 1))

    assert Entry.objects.get().source == "in_2"
