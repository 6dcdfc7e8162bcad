"""Deferred revenue is earned by whole days, once a month."""

from datetime import date, timedelta

import pytest
from django.db.models import Sum

from billing.models import InvoiceLine, LedgerAccount, Posting
from billing.services.ledger import recognition
from config.base import clock
from config.base.models import StripeAccount
from tests.flows import company_year
from tests.flows.faults.company import Company
from tests.plugins.stripe import LocalStripe

KIND = LedgerAccount.Kind


def balances() -> dict[tuple[str, str], int]:
    rows = Posting.objects.values_list("account__kind", "account__currency").annotate(total=Sum("amount_minor"))
    return {(kind, currency): total for kind, currency, total in rows if total}


@pytest.mark.django_db
def test_what_was_served_is_revenue_and_the_rest_stays_deferred(account: StripeAccount, sandbox: LocalStripe) -> None:
    company = Company(account)
    company_year.play(sandbox.client, sandbox, days=100)
    company.hear()
    before, today = balances(), clock.now().date()

    made = recognition.recognize(legal_entity=account.legal_entity, today=today, by="test")
    assert made > 5
    assert recognition.recognize(legal_entity=account.legal_entity, today=today, by="test") == 0

    after = balances()
    month_end = today.replace(day=1) - timedelta(days=1)
    for currency in ("eur", "usd", "jpy"):
        moved = after.get((KIND.REVENUE, currency), 0) - before.get((KIND.REVENUE, currency), 0)
        assert moved == before.get((KIND.DEFERRED_REVENUE, currency), 0) - after.get(
            (KIND.DEFERRED_REVENUE, currency), 0
        )
    left = (
        Posting.objects.filter(account__kind=KIND.DEFERRED_REVENUE).values("line").annotate(total=Sum("amount_minor"))
    )
    standing = [row["line"] for row in left if row["total"]]
    assert standing
    assert not InvoiceLine.objects.filter(stripe_id__in=standing, period_end__date__lte=month_end).exists()


@pytest.mark.parametrize(
    ("until", "earned"), [(date(2026, 1, 31), 1700), (date(2026, 1, 14), 0), (date(2026, 2, 28), 3100)]
)
def test_days_are_whole(until: date, earned: int) -> None:
    line = recognition._Deferred("il_1", "in_1", "eur", None, date(2026, 1, 15), date(2026, 2, 15), 3100, 3100)

    assert line.earned(until) == earned
