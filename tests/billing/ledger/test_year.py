"""The company's year, imported: every charge and refund stands in clearing as Stripe's own books have it."""

from collections import defaultdict
from typing import Any

import pytest
from django.db.models import Sum

from billing.models import Entry, Posting
from billing.services.ledger import backfill
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.services import inbox_drain, stripe_import
from tests.billing.ledger.money_bodies import assert_invoices_agree, assert_the_books_hold
from tests.flows import company_year
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db
TEST = Actor.system("test")


def test_the_year_is_booked_as_stripe_has_it(account: StripeAccount, sandbox: LocalStripe) -> None:
    company_year.play(sandbox.client, sandbox)
    list(stripe_import.run(account=account, by=TEST))
    inbox_drain.drain(by=TEST)

    assert clearing() == lines(sandbox)
    assert_the_books_hold()
    assert_invoices_agree()
    booked = Entry.objects.count()
    list(backfill.run(account=account, by=TEST))
    assert Entry.objects.count() == booked


def clearing() -> dict[str, int]:
    """What stands in clearing, by what Stripe's lines name."""
    rows = Posting.objects.filter(account__kind="stripe_clearing").values_list("reference")
    return {reference: amount for reference, amount in rows.annotate(Sum("amount_minor")).order_by() if amount}


def lines(sandbox: LocalStripe) -> dict[str, int]:
    moved: dict[str, int] = defaultdict(int)
    listed: Any = sandbox.client.v1.balance_transactions.list({"limit": 100}).auto_paging_iter()
    for line in listed:
        moved[line.source] += line.amount
    return {source: amount for source, amount in moved.items() if amount}
