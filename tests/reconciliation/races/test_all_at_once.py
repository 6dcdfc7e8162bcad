"""Staff, runs, webhooks and the listing of payouts on the same at once: nobody fails, and the books are whole."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import Sum

from billing.models import Posting
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.services import inbox_drain, poller
from reconciliation.models import Discrepancy, Run
from reconciliation.services import actions, payout_reading, runs, verification
from tests.flows.faults import shop
from tests.flows.faults.company import Company
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def test_everything_at_once_ends_as_one_after_the_other(account: StripeAccount, sandbox: LocalStripe) -> None:
    company, sold = Company(account), shop.opened(sandbox)
    shop.live(sold, company.hear, days=2)
    for number in range(3):
        sandbox.control("balance_transactions", {"type": "future_thing", "amount": -700 - number, "currency": "eur"})
    company.reconcile()
    shop.live(sold, lambda: None, days=2)
    for sale in sold.sales[:4]:
        line = sandbox.client.raw_request("get", "/v1/balance_transactions", source=sale.charge).data["data"][0]
        sandbox.control("balance_transactions", {"id": line["id"], "set": {"amount": line["amount"] + 7}})
    company.reconcile()
    poller.fetch_missed(account=account)

    at_once(look, look, hear, hear, fetch, fetch, decide, decide, itemise)
    company.hear()
    company.reconcile()
    company.work_off()

    assert not any(company.unexplained().values())
    assert not Run.objects.exclude(status=Run.Status.FINISHED).exists()
    assert {total for (total,) in _totals()} == {0}
    assert list(verification.findings(account.legal_entity)) == []


def look() -> None:
    for account in StripeAccount.objects.all():
        runs.run_if_free(account=account, by=BY)


def hear() -> None:
    while any(inbox_drain.drain(by=BY).values()):
        pass


def fetch() -> None:
    for row in Discrepancy.objects.filter(status=Discrepancy.Status.OPEN).order_by("pk")[:8]:
        actions.fetch_again(discrepancy=row, by=BY)


def decide() -> None:
    for row in Discrepancy.objects.filter(status=Discrepancy.Status.OPEN, type="unknown_line_type"):
        try:
            actions.book(discrepancy=row, ledger_kind="fees", reason="Looked at", by=BY)
        except (actions.DiscrepancyClosed, actions.DiscrepancyChanged):
            continue


def itemise() -> None:
    for account in StripeAccount.objects.all():
        payout_reading.itemise_all(account)


def at_once(*acts: Callable[[], None]) -> None:
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], None]) -> None:
        gate.wait()
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        list(threads.map(run, acts))


def _totals() -> list[tuple[int]]:
    return list(Posting.objects.values("account__currency").annotate(held=Sum("amount_minor")).values_list("held"))
