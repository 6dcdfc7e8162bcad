"""The books at the console: balances, running balances, entries with both sides, and nothing to change."""

import re
from datetime import date

import pytest
from django.test import Client

from billing.models import Entry, LedgerAccount, Posting
from billing.services.ledger import entries
from billing.services.ledger.entries import Line
from config.base.models import LegalEntity, StripeAccount
from payments.models import Customer, Payment
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/admin/billing"


@pytest.fixture
def ada() -> Customer:
    return factories.make_customer(name="Ada Payer", email="ada@example.com")


def book(account: StripeAccount, source: str, day: int, *lines: Line, kind: str = "received", note: str = "") -> None:
    assert entries.post(
        legal_entity=account.legal_entity, effective_on=date(2026, 3, day), source=source, kind=kind, by="Grace",
        lines=lines, note=note,
    )  # fmt: skip


@pytest.fixture
def payment(ada: Customer) -> Payment:
    """Received on the 3rd; told of after what happened on the 5th."""
    paid = factories.make_payment(customer=ada, amount_minor=2500)
    for source, day, minor in (("pi_later", 5, 400), (paid.stripe_id, 3, 2500)):
        charge = paid.latest_charge_id if minor == 2500 else "ch_later"
        book(
            paid.account, str(source), day,
            Line(kind="stripe_clearing", amount_minor=minor, currency="eur", account_id=paid.account_id,
                 reference=charge),
            Line(kind="receivable", amount_minor=-minor, currency="eur", customer_id=ada.pk, document=f"in_{minor}"),
        )  # fmt: skip
    return paid


def text(client: Client, path: str, **query: str) -> str:
    response = client.get(f"{URL}/{path}", query)
    assert response.status_code == 200
    return response.content.decode()


def column(page: str, name: str) -> list[str]:
    cells = re.findall(rf'<t[dh] class="field-{name}_shown[^>]*>(.*?)</t[dh]>', page, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells]


def test_accounts_stand_at_their_side_and_the_sides_agree(boss: Client, payment: Payment) -> None:
    page = text(boss, "ledgeraccount/")

    assert column(page, "debit") == ["–", "€29.00"]
    assert column(page, "credit") == ["€29.00", "–"]
    assert "In balance" in page
    assert column(text(boss, "ledgeraccount/", on="2026-03-04"), "debit") == ["–", "€25.00"]
    assert column(text(boss, "ledgeraccount/", on="not a day"), "debit") == ["–", "€29.00"]


def test_postings_of_an_account_run_by_day_with_what_it_held(boss: Client, payment: Payment) -> None:
    clearing = LedgerAccount.objects.get(kind="stripe_clearing")

    page = text(boss, "posting/", ledger=str(clearing.pk))

    assert column(page, "day") == ["5 Mar 2026", "3 Mar 2026"]
    assert column(page, "debit") == ["€4.00", "€25.00"]
    assert column(page, "held") == ["€29.00 Dr", "€25.00 Dr"]


def test_the_balance_of_a_day_counts_the_days_before(boss: Client, payment: Payment) -> None:
    receivable = str(LedgerAccount.objects.get(kind="receivable").pk)
    days = {"entry__effective_date_from": "2026-03-05", "entry__effective_date_to": "2026-03-31"}

    assert column(text(boss, "posting/", ledger=receivable, **days), "held") == ["€29.00 Cr"]
    early = {"entry__effective_date_from": "2026-03-01", "entry__effective_date_to": "2026-03-04"}
    assert column(text(boss, "posting/", ledger=receivable, **early), "held") == ["€25.00 Cr"]


def test_postings_are_found_by_customer_reference_and_document(boss: Client, payment: Payment) -> None:
    receivable = str(LedgerAccount.objects.get(kind="receivable").pk)

    by_customer = text(boss, "posting/", ledger=receivable, customer="ada@example.com")
    assert column(by_customer, "held") == ["€29.00 Cr", "€25.00 Cr"]
    assert column(text(boss, "posting/", customer="nobody@example.com"), "held") == []
    assert column(text(boss, "posting/", reference=payment.latest_charge_id), "debit") == ["€25.00"]
    assert column(text(boss, "posting/", reference="in_400"), "credit") == ["€4.00"]
    assert column(text(boss, "posting/", q=str(payment.stripe_id)), "held") == ["–", "–"]


def test_pages_go_on_with_the_balance(boss: Client, shop: StripeAccount) -> None:
    for number in range(60):
        book(
            shop, f"pi_{number}", 1 + number % 3,
            Line(kind="bank", amount_minor=100, currency="eur"),
            Line(kind="receivable", amount_minor=-100, currency="eur"),
        )  # fmt: skip
    bank = str(LedgerAccount.objects.get(kind="bank").pk)
    first = text(boss, "posting/", ledger=bank)
    [older] = re.findall(r'href="\?([^"]*older_than[^"]*)"', first)

    second = boss.get(f"{URL}/posting/?{older.replace('&amp;', '&')}").content.decode()

    held = [*column(first, "held"), *column(second, "held")]
    assert held == [f"€{number}.00 Dr" for number in range(60, 0, -1)]


def test_an_account_shows_its_months_its_customers_and_its_newest_postings(boss: Client, payment: Payment) -> None:
    receivable = LedgerAccount.objects.get(kind="receivable")

    page = text(boss, f"ledgeraccount/{receivable.pk}/change/")

    assert "What customers owe" in page
    assert "March 2026" in page
    assert "Ada Payer" in page
    assert f"ledger={receivable.pk}&amp;customer=" in page


def test_an_entry_shows_both_sides_its_document_and_who_booked_it(boss: Client, payment: Payment) -> None:
    entry = Entry.objects.get(source=payment.stripe_id)

    page = text(boss, f"entry/{entry.pk}/change/")

    assert "Payment received" in page
    assert f'href="/admin/payments/payment/{payment.pk}/change/"' in page
    assert "Grace" in page
    assert page.count("€25.00") >= 3


def test_a_reversal_and_what_it_reverses_lead_to_each_other(boss: Client, payment: Payment) -> None:
    entry = Entry.objects.get(source=payment.stripe_id)
    entries.reverse(entry, effective_on=date(2026, 3, 9), by="Grace", note="Booked for the wrong customer")
    later = Entry.objects.get(reverses=entry)

    assert f"/admin/billing/entry/{later.pk}/change/" in text(boss, f"entry/{entry.pk}/change/")
    back = text(boss, f"entry/{later.pk}/change/")
    assert f"/admin/billing/entry/{entry.pk}/change/" in back
    assert "Booked for the wrong customer" in back


def test_each_legal_entity_has_books_of_its_own(boss: Client, payment: Payment) -> None:
    other = LegalEntity.objects.create(name="Counterfoil GmbH", country="AT", time_zone="Europe/Vienna")
    entries.post(
        legal_entity=other, effective_on=date(2026, 3, 1), source="pi_other", kind="received", by="test",
        lines=[Line(kind=kind, amount_minor=minor, currency="eur") for kind, minor in (("bank", 5), ("revenue", -5))],
    )  # fmt: skip

    for name, column_name in (("ledgeraccount/", "debit"), ("posting/", "debit"), ("entry/", "moved")):
        assert "€0.05" not in column(text(boss, name), column_name)
        assert "€0.05" in column(text(boss, name, entity=str(other.pk)), column_name)


def test_nothing_of_the_books_takes_a_form(boss: Client, payment: Payment) -> None:
    for row in (LedgerAccount.objects.first(), Entry.objects.first(), Posting.objects.first()):
        assert row
        address = f"{URL}/{row._meta.model_name}/{row.pk}"
        assert boss.post(f"{address}/change/", {"amount_minor": 1}).status_code == 403
        assert boss.post(f"{address}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(("role", "status"), [("support", 200), ("finance", 200), ("auditor", 200), ("", 403)])
def test_who_may_read_the_books(login, payment: Payment, role: str, status: int) -> None:
    client = login(role=role)

    for name in ("ledgeraccount", "entry", "posting"):
        assert client.get(f"{URL}/{name}/").status_code == status
