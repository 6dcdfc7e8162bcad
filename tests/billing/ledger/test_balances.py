"""What stands in the books: by account, customer and document; at any day; as it was known at any moment."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Entry
from billing.services.ledger import balances, entries
from billing.services.ledger.entries import Line
from config.base.models import LegalEntity, StripeAccount
from config.base.money import Money
from payments.models import Customer
from tests.factories import make_account, make_customer

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)


@pytest.fixture
def account(db: None) -> StripeAccount:
    return make_account()


@pytest.fixture
def entity(account: StripeAccount) -> LegalEntity:
    return account.legal_entity


def book(entity: LegalEntity, *lines: Line, source: str, day: date = MARCH) -> None:
    entries.post(legal_entity=entity, effective_on=day, source=source, kind="test", by="test", lines=lines)


def sale(entity: LegalEntity, customer: Customer, amount: int, *, source: str, day: date = MARCH, **of: Any) -> None:
    owed = {"currency": "eur", "customer_id": customer.pk, "document": source, **of}
    book(
        entity,
        Line(kind="receivable", amount_minor=amount, line="il_1", **owed),
        Line(kind="revenue", amount_minor=-amount, **owed),
        source=source,
        day=day,
    )


def test_a_balance_is_of_whom_it_is_asked_for(account: StripeAccount, entity: LegalEntity) -> None:
    ada, bob = make_customer(account=account), make_customer(account=account)
    sale(entity, ada, 1000, source="in_1")
    sale(entity, ada, 234, source="in_2")
    sale(entity, bob, 5, source="in_3")
    sale(entity, ada, 7, source="in_4", currency="usd")

    def owed(currency: str = "eur", **of: Any) -> Money:
        return balances.of("receivable", currency, legal_entity=entity, **of)

    assert owed() == Money(1239, "eur")
    assert owed("usd") == Money(7, "usd")
    assert owed(customer=ada) == Money(1234, "eur")
    assert owed(document="in_2") == owed(document="in_2", line="il_1") == Money(234, "eur")
    assert owed(document="in_9") == Money(0, "eur")
    assert balances.of("revenue", "eur", legal_entity=entity) == Money(-1239, "eur")
    assert balances.of("bank", "chf", legal_entity=entity) == Money(0, "chf")


def test_what_is_at_stripe_belongs_to_an_account_there(account: StripeAccount, entity: LegalEntity) -> None:
    other = make_account(stripe_id="acct_other", legal_entity=entity)
    for place, amount in ((account, 100), (other, 20)):
        held = Line(kind="stripe_clearing", amount_minor=amount, currency="eur", account_id=place.pk, reference="ch_1")
        book(entity, held, Line(kind="revenue", amount_minor=-amount, currency="eur"), source=place.stripe_id)

    assert balances.of("stripe_clearing", "eur", legal_entity=entity, reference="ch_1") == Money(120, "eur")
    assert balances.of("stripe_clearing", "eur", legal_entity=entity, account=other) == Money(20, "eur")


def test_a_balance_of_a_past_day_is_by_effective_date(account: StripeAccount, entity: LegalEntity) -> None:
    ada = make_customer(account=account)
    for number, amount in enumerate((100, 20, 3)):
        sale(entity, ada, amount, source=f"in_{number}", day=MARCH + timedelta(days=number))

    on = [
        balances.of("receivable", "eur", legal_entity=entity, on=MARCH + timedelta(days=number)).minor
        for number in range(-1, 4)
    ]
    assert on == [0, 100, 120, 123, 123]


def test_a_balance_as_it_was_known_then_leaves_out_what_was_learned_later(
    account: StripeAccount, entity: LegalEntity
) -> None:
    ada = make_customer(account=account)
    sale(entity, ada, 100, source="in_1")
    known_at = Entry.objects.get().recorded_at
    sale(entity, ada, 20, source="in_2", day=MARCH - timedelta(days=30))

    def owed(**when: Any) -> int:
        return balances.of("receivable", "eur", legal_entity=entity, customer=ada, **when).minor

    assert owed(on=MARCH) == 120
    assert owed(on=MARCH, known_at=known_at) == 100
    assert owed(on=MARCH - timedelta(days=1)) == 20
    assert owed(on=MARCH - timedelta(days=1), known_at=known_at) == 0
    assert owed(known_at=datetime(2020, 1, 1, tzinfo=UTC)) == 0


def test_the_trial_balance_shows_every_account_and_comes_to_zero(account: StripeAccount, entity: LegalEntity) -> None:
    ada = make_customer(account=account)
    sale(entity, ada, 100, source="in_1")
    sale(entity, ada, 7, source="in_2", currency="usd", day=MARCH + timedelta(days=1))

    now = balances.by_account(legal_entity=entity)
    then = balances.by_account(legal_entity=entity, on=MARCH)

    assert {str(place): held.minor for place, held in now.items()} == {
        "Receivable EUR": 100, "Receivable USD": 7, "Revenue EUR": -100, "Revenue USD": -7,
    }  # fmt: skip
    assert [held.minor for place, held in then.items() if place.currency == "usd"] == [0, 0]


def test_a_document_has_what_it_booked(account: StripeAccount, entity: LegalEntity) -> None:
    ada = make_customer(account=account)
    sale(entity, ada, 100, source="in_1")
    sale(entity, ada, 9, source="in_2")

    assert balances.of_document("in_1") == {("receivable", "eur"): 100, ("revenue", "eur"): -100}
    assert balances.of_document("in_1", on=MARCH - timedelta(days=1)) == {}


def test_the_balance_of_a_customer_is_two_statements(account: StripeAccount, entity: LegalEntity) -> None:
    ada = make_customer(account=account)
    sale(entity, ada, 100, source="in_1")
    with CaptureQueriesContext(connection) as captured:
        balances.of("receivable", "eur", legal_entity=entity, customer=ada)

    assert len(captured) == 2
