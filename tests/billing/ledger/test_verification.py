"""What is changed behind the triggers' back is found by what the documents say; what is merely unusual is not."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import transaction

from billing.models import Entry, LedgerAccount, Posting
from billing.services.ledger import entries, recognition
from billing.services.ledger.entries import Line
from config.base import clock
from config.base.models import LegalEntity, StripeAccount
from reconciliation.services import verification
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply
from tests.billing.handlers.bodies import CREATED
from tests.billing.ledger.money_bodies import CREATED_ON, DAY, intent, note, paid, refund
from tests.billing.ledger.test_invoices import finalized
from tests.factories import make_account
from tests.flows.faults.company import Company
from tests.plugins.stripe import LocalStripe

KIND = LedgerAccount.Kind
# Each is balanced, and leaves the digests of all rows that are left as they were.
TAMPERED = {
    "what an invoice took, deleted": "kind = 'allocated'",
    "a refund's note, deleted": "kind = 'assigned'",
    "a month, deleted": "kind = 'recognized:2026-10'",
    "the first month, deleted": "kind = 'recognized:2026-09'",
}
_DELETE = """
    WITH gone AS (DELETE FROM billing_entry WHERE {} RETURNING id)
    DELETE FROM billing_posting WHERE entry_id IN (SELECT id FROM gone)
"""


@pytest.fixture
def shop(db: None) -> StripeAccount:
    """A company with an invoice that was paid late, partly refunded and noted later; two months are booked."""
    account = make_account()
    later = {"paid_at": CREATED + 3 * DAY, "canceled_at": None}
    service = [
        bodies.line(id=f"il_{number}", amount=amount, parent=bodies.of_invoice_item(f"ii_{number}"))
        for number, amount in ((1, 1500), (2, 500))
    ]
    taken = paid(*service, payments=[bodies.invoice_payment(status_transitions=later)])
    apply(account, bodies.customer(), intent(refund(500)), taken, intent(refund(500)))
    apply(account, note(500, "re_1", at=CREATED + 5 * DAY), intent(refund(500)))
    for _ in range(2):
        recognition.recognize(legal_entity=account.legal_entity, today=CREATED_ON + timedelta(days=90), by="test")
    assert Entry.objects.filter(kind__startswith="recognized:2").count() == 3
    assert found(account) == []
    return account


def found(account: StripeAccount) -> list[str]:
    return [each.check for each in verification.findings(account.legal_entity)]


def behind_the_back(database_url: str, *statements: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            assert connection.execute(statement).rowcount


@pytest.mark.parametrize("name", TAMPERED)
def test_an_entry_that_is_gone_is_missed(shop: StripeAccount, database_url: str, name: str) -> None:
    behind_the_back(database_url, _DELETE.format(TAMPERED[name]))
    before = Entry.objects.count()

    assert found(shop)
    assert Entry.objects.count() == before


def test_a_balanced_pair_that_is_gone_is_missed(shop: StripeAccount, database_url: str) -> None:
    """What one line earned, out of an entry that books what two did."""
    pair = "entry_id = (SELECT id FROM billing_entry WHERE kind = 'recognized:2026-10') AND line = 'il_2'"
    behind_the_back(database_url, f"DELETE FROM billing_posting WHERE {pair}")  # noqa: S608

    assert found(shop) == ["recognition"]


@pytest.mark.parametrize(("kind", "other"), [("write_offs", "dispute_losses"), ("stripe_clearing", "suspense")])
def test_an_account_that_became_another_is_found(shop: StripeAccount, database_url: str, kind: str, other: str) -> None:
    apply(shop, intent(refund(300, id="re_2"), refund(500)))
    assert found(shop) == []
    rename = f"UPDATE billing_ledgeraccount SET kind = '{other}' WHERE kind = '{kind}'"  # noqa: S608
    behind_the_back(database_url, rename)

    assert "documents" in found(shop)


@pytest.mark.parametrize(
    ("source", "kind"),
    [("gift_1", "given"), ("in_1", "adjusted"), ("inv_1", "adjusted"), ("cn_1", "issued:7"), ("dp_1", "withdrawn")],
)
def test_an_entry_that_no_document_calls_for_is_found(shop: StripeAccount, source: str, kind: str) -> None:
    """Written through the front door, as a role may that may insert; the triggers let it pass."""
    source = source.replace("inv_1", Entry.objects.filter(kind__startswith="recognized").latest("pk").source)
    entries.post(
        legal_entity=shop.legal_entity,
        effective_on=clock.now().date(),
        source=source,
        kind=kind,
        by="test",
        lines=[
            Line(kind=KIND.REVENUE, amount_minor=100, currency="eur"),
            Line(kind=KIND.TAX_PAYABLE, amount_minor=-100, currency="eur"),
        ],
    )

    assert found(shop)


def test_a_line_that_was_booked_as_another_kind_of_cost_is_found(
    company: Company, sandbox: LocalStripe, customer: str
) -> None:
    """What Stripe's balance moved stays; digests are those of rows as they are."""
    sandbox.client.v1.invoices.pay(finalized(sandbox, customer))
    sandbox.advance(seconds=2 * DAY)
    company.hear()
    company.reconcile()
    assert found(company.account) == []
    entries.post(
        legal_entity=company.account.legal_entity,
        effective_on=clock.now().date(),
        source=Entry.objects.get(kind="charge").source,
        kind="adjusted",
        by="test",
        lines=[
            Line(kind=KIND.WRITE_OFFS, amount_minor=10, currency="eur"),
            Line(kind=KIND.FEES, amount_minor=-10, currency="eur"),
        ],
    )

    assert found(company.account) == ["lines"]


def test_an_entry_in_the_books_of_two_legal_entities_is_found(shop: StripeAccount) -> None:
    other = LegalEntity.objects.create(name="Other", country="DE")
    places = [LedgerAccount.objects.create(legal_entity=other, kind=kind, currency="eur") for kind in ("bank", "fees")]
    with transaction.atomic():
        entry = Entry.objects.create(
            legal_entity=shop.legal_entity, source=shop.public_id, kind="opening:eur", by="test",
            effective_date=clock.now().date(),
        )  # fmt: skip
        for place, amount in zip(places, (100, -100), strict=True):
            Posting.objects.create(entry=entry, account=place, amount_minor=amount)

    assert "strange" in found(shop)


def test_a_temporary_table_smuggles_nothing_past_the_triggers(shop: StripeAccount, database_url: str) -> None:
    """A session's own tables stand before others of that name, but where triggers look."""
    place = LedgerAccount.objects.get(kind=KIND.WRITE_OFFS)
    entry = """
        INSERT INTO billing_entry (public_id, legal_entity_id, source, kind, effective_date, recorded_at, note, "by",
            written_in, digest)
        SELECT 'entry_smuggled', legal_entity_id, source, 'received:9', effective_date, recorded_at, '', '', 0, ''
        FROM billing_entry WHERE kind = 'received' RETURNING id
    """
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TEMPORARY TABLE billing_ledgeraccount (id bigint, currency text)")
        connection.execute(
            f"""
            WITH entry AS ({entry})
            INSERT INTO billing_posting (entry_id, account_id, amount_minor, reference, document, line, digest)
            SELECT id, {place.pk}, 500, '', '', '', '' FROM entry
            """  # noqa: S608
        )
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.commit()

    assert found(shop) == []


def test_books_that_begin_on_another_day_than_they_did_are_found(shop: StripeAccount, settings: Any) -> None:
    settings.BOOKS_START = CREATED_ON + timedelta(days=2)

    assert "beginning" in found(shop)


def test_a_refund_of_a_note_that_fails_is_no_fault_of_the_books(shop: StripeAccount) -> None:
    """The customer is owed it still: the note stands."""
    apply(shop, intent(refund(500, status="failed")))

    assert found(shop) == []


def test_a_note_that_counts_from_before_the_books_is_no_fault(db: None, settings: Any) -> None:
    account = make_account()
    settings.BOOKS_START = CREATED_ON + timedelta(days=2)
    apply(account, bodies.customer(), intent(), paid())
    backdated = note(500, "re_1", at=CREATED + DAY) | {"created": CREATED + 4 * DAY}
    apply(account, backdated, intent(refund(500, created=CREATED + 4 * DAY)))

    assert found(account) == []
