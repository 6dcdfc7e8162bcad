"""Two snapshots handled at once, over real connections: each is recorded, and one bill counts."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections, transaction

from billing.handlers import invoices
from billing.models import Invoice, InvoiceLine, Subscription
from config.base.actor import STRIPE
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import Customer
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply


def at_once(account: StripeAccount, *told: JsonObject) -> None:
    """Each in a transaction of its own that ends only when all have begun."""
    begun = Barrier(len(told))

    def handle(body: JsonObject) -> None:
        try:
            with transaction.atomic():
                begun.wait()
                invoices.apply(account=account, body=body, by=STRIPE, source="")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(told)) as threads:
        for done in [threads.submit(handle, body) for body in told]:
            done.result()


def bill(number: int, **facts: object) -> JsonObject:
    line = bodies.line(id=f"il_{number}")
    return bodies.invoice(line, id=f"in_{number}", created=bodies.CREATED + number, **facts)


@pytest.mark.parametrize("_", range(3))
def test_bills_for_one_period_told_at_once_are_all_recorded_and_one_counts(account: StripeAccount, _: int) -> None:
    apply(account, bodies.customer(), bodies.price(), bodies.subscription())

    at_once(account, *(bill(number) for number in range(6)))

    counting = InvoiceLine.objects.get(counts=True)
    assert (Invoice.objects.count(), counting.stripe_id) == (6, "il_0")
    assert InvoiceLine.objects.filter(is_duplicate=True).count() == 5
    assert Invoice.objects.filter(flags=["period_billed_twice"]).exists()
    assert Customer.objects.get().parked_at is not None


def test_what_nobody_knew_before_is_made_once_by_all_who_name_it(account: StripeAccount) -> None:
    at_once(account, *(bill(number) for number in range(6)))

    assert (Subscription.objects.count(), Customer.objects.count()) == (1, 1)
    assert InvoiceLine.objects.filter(counts=True).count() == 1


def test_a_bill_voided_while_another_comes_leaves_the_other_counting(account: StripeAccount) -> None:
    apply(account, bodies.customer(), bodies.subscription(), bill(0))

    at_once(account, bill(0, status="void"), bill(1))

    assert InvoiceLine.objects.get(counts=True).stripe_id == "il_1"


def test_invoices_with_the_same_items_in_another_order_do_not_wait_for_each_other_for_ever(
    account: StripeAccount,
) -> None:
    def both(number: int, items: tuple[str, str]) -> JsonObject:
        lines = [bodies.line(id=f"il_{number}_{item}", parent=bodies.of_item(item)) for item in items]
        return bodies.invoice(*lines, id=f"in_{number}", created=bodies.CREATED + number)

    apply(account, bodies.customer(), bodies.subscription())

    at_once(account, *(both(number, ("si_1", "si_2") if number % 2 else ("si_2", "si_1")) for number in range(6)))

    assert Invoice.objects.count() == 6
    assert set(InvoiceLine.objects.filter(counts=True).values_list("invoice__stripe_id", flat=True)) == {"in_0"}
