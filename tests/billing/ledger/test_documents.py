"""A company's year in the books: every document's balance is what Stripe says remains of it, and all sums to zero."""

import pytest
from django.db.models import Sum

from billing.models import CreditNote, Entry, Invoice, LedgerAccount, Posting
from config.base.models import StripeAccount
from tests.flows import company_year
from tests.flows.faults.company import Company
from tests.plugins.stripe import LocalStripe

KIND = LedgerAccount.Kind


def balance(document: str, kind: str) -> int:
    held = Posting.objects.filter(document=document, account__kind=kind)
    return held.aggregate(total=Sum("amount_minor"))["total"] or 0


@pytest.mark.django_db
def test_a_year_of_documents_is_booked(account: StripeAccount, sandbox: LocalStripe) -> None:
    company = Company(account)
    company_year.play(sandbox.client, sandbox, each_morning=company.hear)
    company.hear()

    sums = Posting.objects.values("account__currency").annotate(total=Sum("amount_minor"))
    assert {row["account__currency"]: row["total"] for row in sums} == {"eur": 0, "usd": 0, "jpy": 0}
    wrong = {}
    for invoice in Invoice.objects.exclude(finalized_at=None):
        open_minor = invoice.amount_remaining_minor if invoice.status == Invoice.Status.OPEN else 0
        found = balance(invoice.stripe_id or "", KIND.RECEIVABLE)
        if found != open_minor:
            wrong[str(invoice)] = (invoice.status, found, open_minor)
    assert wrong == {}
    assert not Posting.objects.filter(account__kind=KIND.SUSPENSE).exists()
    issued = CreditNote.objects.filter(status="issued").values_list("stripe_id", flat=True)
    assert set(Entry.objects.filter(source__startswith="cn_").values_list("source", flat=True)) >= set(issued)
