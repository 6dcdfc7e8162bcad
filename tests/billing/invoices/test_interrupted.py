"""Requests about invoices that were interrupted between two of their calls."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection

from billing.models import Invoice, NumberSeries
from billing.services import draft_sending, invoice_sweep, numbering
from config.base import clock
from config.base.clock import real_now
from config.base.models import StripeAccount
from payments.models import Customer, OutboundCall
from payments.services import recovery
from tests.billing.interrupting import UNREACHED, died
from tests.billing.invoices.test_api import asked
from tests.billing.invoices.writing import SUPPORT, TEST
from tests.payments.api.client import Storefront
from tests.plugins.stripe import LocalStripe


@pytest.fixture
def series(account: StripeAccount) -> NumberSeries:
    """2026-0001 and so on: the number is set in a call of its own, before the draft is finalized."""
    return numbering.start(legal_entity=account.legal_entity, prefix="2026-", digits=4, by=TEST)


def swept() -> Invoice:
    """The only invoice, after both sweeps have done what is due."""
    OutboundCall.objects.filter(status="sent").update(next_check_at=real_now())
    recovery.sweep(by=TEST)
    Invoice.objects.exclude(wanted="").update(wanted_at=clock.now() - timedelta(seconds=1))
    invoice_sweep.sweep(by=TEST)
    return Invoice.objects.get()


def at_stripe(sandbox: LocalStripe) -> list[tuple[str, str | None]]:
    return [(str(row.status), row.number) for row in sandbox.client.v1.invoices.list().data]


@pytest.mark.parametrize("kind", [UNREACHED, "drop_after"])
@pytest.mark.parametrize("path", ["/v1/invoices/*", "/v1/invoices/*/finalize"])
def test_what_has_its_number_is_finalized_by_itself(
    shop: Storefront, ada: Customer, series: NumberSeries, sandbox: LocalStripe, path: str, kind: str
) -> None:
    invoice = shop.post("/invoices", asked(ada)).json()
    sandbox.fail("POST", path.replace("*", invoice["stripe_id"]), kind, times=3)

    answer = shop.post(f"/invoices/{invoice['id']}/finalize", idempotency_key="once")

    if answer.status_code == 503:
        assert not Invoice.objects.get().wanted
        assert shop.post(f"/invoices/{invoice['id']}/finalize", idempotency_key="once").status_code == 200
    else:
        assert (answer.status_code, answer.json()["status"]) == (202, "draft")
    assert (swept().status, swept().number, swept().wanted) == ("open", "2026-0001", "")
    assert at_stripe(sandbox) == [("open", "2026-0001")]


def test_a_process_that_died_with_the_number_set_has_not_finalized(
    shop: Storefront, ada: Customer, series: NumberSeries, sandbox: LocalStripe
) -> None:
    invoice = shop.post("/invoices", asked(ada)).json()
    sandbox.fail("POST", f"/v1/invoices/{invoice['stripe_id']}/finalize", UNREACHED, times=3)
    shop.post(f"/invoices/{invoice['id']}/finalize", idempotency_key="once")
    died()

    answer = shop.post(f"/invoices/{invoice['id']}/finalize", idempotency_key="once")

    assert (answer.status_code, answer.json()["status"]) == (202, "draft")
    assert swept().status == "open"


def test_a_refused_finalization_is_not_tried_again_by_itself(
    shop: Storefront, ada: Customer, series: NumberSeries, sandbox: LocalStripe
) -> None:
    invoice = shop.post("/invoices", asked(ada)).json()
    sandbox.client.v1.invoices.update(invoice["stripe_id"], {"number": "2026-0001"})
    other = shop.post("/invoices", asked(ada)).json()

    refused = shop.post(f"/invoices/{other['id']}/finalize")

    assert refused.status_code == 400
    assert not Invoice.objects.exclude(wanted="").exists()


def test_a_finalized_invoice_waits_for_nothing(shop: Storefront, ada: Customer, series: NumberSeries) -> None:
    invoice = shop.post("/invoices", asked(ada)).json()

    assert shop.post(f"/invoices/{invoice['id']}/finalize").json()["status"] == "open"

    assert not Invoice.objects.exclude(wanted="").exists()


def test_an_invoice_is_written_with_the_call_that_makes_it_or_not_at_all(
    ada: Customer,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_outboundcall RENAME TO away")
    with pytest.raises(ProgrammingError, match="payments_outboundcall"):
        draft_sending.make(customer=ada, currency="eur", lines=[SUPPORT], by=TEST)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE away RENAME TO payments_outboundcall")

    assert not Invoice.objects.exists()


def test_a_refused_making_that_was_not_noted_goes_on_and_says_so(
    shop: Storefront, ada: Customer, sandbox: LocalStripe
) -> None:
    sandbox.fail("POST", "/v1/invoices", "drop_after", times=3)
    shop.post("/invoices", asked(ada), idempotency_key="once")
    OutboundCall.objects.filter(action=draft_sending.CREATE).update(status="rejected")
    died()

    answer = shop.post("/invoices", asked(ada), idempotency_key="once")

    assert (answer.status_code, answer.json()["status"]) == (202, "draft")
