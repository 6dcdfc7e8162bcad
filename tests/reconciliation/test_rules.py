"""Rules book what they know the account of, in their order and with their name, and nothing else."""

from datetime import date

import pytest

from billing.models import Entry, Posting
from billing.services.ledger import entries
from billing.services.ledger.entries import Line
from config.base.models import StripeAccount
from reconciliation.models import Discrepancy, MatchRule
from reconciliation.services import rules
from tests import factories
from tests.reconciliation.console.rows import make_discrepancy, make_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> StripeAccount:
    return factories.make_account()


def rule(shop: StripeAccount, **fields: object) -> MatchRule:
    values = {"name": "Network", "action": "book_line", "line_type": "network_cost", "ledger_kind": "fees", **fields}
    return MatchRule.objects.create(account=shop, **values)


def unknown(shop: StripeAccount, **fields: object) -> Discrepancy:
    line = make_line(shop, **{"type": "network_cost", "amount_minor": -870, "fee_minor": 0, **fields})
    return make_discrepancy(shop, type="unknown_line_type", object_id=line.stripe_id, amount_minor=-870, ours={})


def held(kind: str) -> int:
    return sum(Posting.objects.filter(account__kind=kind).values_list("amount_minor", flat=True))


def test_a_line_is_booked_by_its_rule_once(shop: StripeAccount) -> None:
    row = unknown(shop)
    rule(shop)

    assert rules.apply(shop) == 1
    assert rules.apply(shop) == 0

    row.refresh_from_db()
    assert (row.status, row.rule) == ("accepted", "Network")
    assert (held("stripe_balance"), held("fees")) == (-870, 870)
    assert Entry.objects.get().by == "Network"


def test_the_rule_that_comes_first_books_it(shop: StripeAccount) -> None:
    unknown(shop)
    rule(shop, priority=20)
    rule(shop, name="First", priority=10, ledger_kind="write_offs")

    assert rules.apply(shop) == 1

    assert (held("write_offs"), held("fees")) == (870, 0)


@pytest.mark.parametrize(
    "fields",
    [{"line_type": "other"}, {"description_contains": "Interchange"}, {"currency": "usd"}, {"is_active": False}],
)
def test_what_no_rule_is_about_stays_open(shop: StripeAccount, fields: dict[str, object]) -> None:
    row = unknown(shop, description="Scheme fees")
    rule(shop, **fields)

    assert rules.apply(shop) == 0

    row.refresh_from_db()
    assert row.status == "open"


def test_payments_without_a_document_become_sales(shop: StripeAccount) -> None:
    entries.post(
        legal_entity=shop.legal_entity, effective_on=date(2026, 3, 1), source="pi_1", kind="received", by="test",
        lines=[
            Line(kind="bank", amount_minor=990, currency="eur"),
            Line(kind="customer_prepayments", amount_minor=-990, currency="eur", document="pi_1"),
        ],
    )  # fmt: skip
    make_discrepancy(shop, type="prepayment", object_id="pi_1", amount_minor=990)
    rule(shop, name="Till", action="book_payment", ledger_kind="", line_type="")

    assert rules.apply(shop) == 1

    assert (held("customer_prepayments"), held("revenue")) == (0, -990)
