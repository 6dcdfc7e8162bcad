"""The books are proven whole; whatever is changed behind the triggers' back is found."""

import io

import psycopg
import pytest
from django.core.management import call_command

from config.base.models import StripeAccount
from reconciliation.services import verification
from tests.flows.faults import shop
from tests.flows.faults.company import Company
from tests.plugins.stripe import LocalStripe

TAMPERED = {
    "one amount changed": """
        UPDATE billing_posting SET amount_minor = amount_minor + 1 WHERE id = (SELECT max(id) FROM billing_posting)
    """,
    "a balanced pair changed": """
        UPDATE billing_posting SET amount_minor = amount_minor + CASE WHEN amount_minor > 0 THEN 100 ELSE -100 END
        WHERE entry_id = (SELECT max(id) FROM billing_entry WHERE kind = 'received')
    """,
    "a balanced pair whose digests were rewritten": """
        UPDATE billing_posting g SET amount_minor = n.amount, digest = sha256(convert_to(concat_ws('|',
            g.entry_id, g.account_id, n.amount, coalesce(g.customer_id, 0), g.reference, g.document, g.line
        ), 'UTF8'))
        FROM (
            SELECT id, amount_minor + CASE WHEN amount_minor > 0 THEN 100 ELSE -100 END AS amount FROM billing_posting
            WHERE entry_id = (SELECT max(id) FROM billing_entry WHERE kind = 'received')
        ) n WHERE n.id = g.id
    """,
    "an entry deleted": """
        WITH gone AS (DELETE FROM billing_entry WHERE id = (
            SELECT max(id) FROM billing_entry WHERE kind = 'received') RETURNING id)
        DELETE FROM billing_posting WHERE entry_id IN (SELECT id FROM gone)
    """,
    "an entry of a line deleted": """
        WITH gone AS (DELETE FROM billing_entry WHERE id = (
            SELECT max(id) FROM billing_entry WHERE kind = 'charge') RETURNING id)
        DELETE FROM billing_posting WHERE entry_id IN (SELECT id FROM gone)
    """,
    "an effective date moved": "UPDATE billing_entry SET effective_date = effective_date - 1 WHERE kind = 'received'",
    "a recorded date moved": """
        UPDATE billing_entry SET recorded_at = recorded_at - interval '1 day'
        WHERE id = (SELECT max(id) FROM billing_entry)
    """,
}


@pytest.fixture
def company(account: StripeAccount, sandbox: LocalStripe) -> Company:
    company, played = Company(account), shop.opened(sandbox)
    shop.live(played, company.hear, days=2)
    company.reconcile()
    return company


def test_books_that_nobody_touched_are_whole(company: Company) -> None:
    out = io.StringIO()
    call_command("verify_ledger", stdout=out)

    assert out.getvalue().endswith(" 0 findings.\n")
    assert not out.getvalue().startswith("0 entries")


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_changed_is_found(company: Company, database_url: str, name: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("SET session_replication_role = replica")
        changed = connection.execute(TAMPERED[name]).rowcount
    assert changed > 0

    assert list(verification.findings(company.account.legal_entity))
    with pytest.raises(SystemExit) as left:
        call_command("verify_ledger", stdout=io.StringIO())
    assert left.value.code == 1
