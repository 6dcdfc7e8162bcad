"""A payment and the invoice that takes it told at the same moment, over real connections: the books end the same."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections, transaction
from django.db.models import F

from billing.services.ledger import backfill
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import Root
from payments.services import snapshots
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply, wanted
from tests.billing.ledger.money_bodies import assert_invoices_agree, assert_the_books_hold, books, intent, paid, refund
from tests.factories import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(db: None) -> StripeAccount:
    return make_account()


def at_once(account: StripeAccount, *told: JsonObject) -> None:
    """Each as the drain does: in a transaction that holds its root; all begin together."""
    roots = [snapshots.root_for(account=account, kind=body["object"], stripe_id=body["id"]) for body in told]
    begun = Barrier(len(told))

    def handle(root: Root, body: JsonObject) -> None:
        try:
            begun.wait()
            with transaction.atomic():
                Root.objects.filter(pk=root.pk).update(snapshot_no=F("snapshot_no") + 1)
                apply(account, body)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(told)) as threads:
        for done in [threads.submit(handle, *each) for each in zip(roots, told, strict=True)]:
            done.result()
    if "pi_1" in wanted():
        apply(account, intent(refund(500)))


@pytest.mark.parametrize("_", range(4))
@pytest.mark.parametrize("known", ["nothing", "the payment", "the invoice", "both"])
def test_told_at_once_the_invoice_takes_the_payment(account: StripeAccount, known: str, _: int) -> None:
    begun = intent(status="processing", amount_received=0)
    unpaid = paid(status="open", payments=[bodies.invoice_payment(status="open", amount_paid=None)])
    before = {"nothing": [], "the payment": [begun], "the invoice": [unpaid], "both": [begun, unpaid]}
    apply(account, bodies.customer(), *before[known])

    at_once(account, intent(refund(500)), paid())

    assert books() == {"stripe_clearing": 1500, "receivable": -2000, "write_offs": 500}
    assert_the_books_hold()
    assert_invoices_agree()


def test_a_backfill_beside_the_handlers_books_nothing_twice(account: StripeAccount) -> None:
    apply(account, bodies.customer())
    told = [intent(id=f"pi_{number}") for number in range(8)]
    begun = Barrier(2)

    def fill() -> None:
        try:
            begun.wait()
            for _ in range(8):
                list(backfill.documents(account=account, by="test", chunk=2))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        filled = threads.submit(fill)
        begun.wait()
        apply(account, *told, *told)
        filled.result()

    assert books() == {"stripe_clearing": 8 * 2000, "customer_prepayments": -8 * 2000}
    assert_the_books_hold()
