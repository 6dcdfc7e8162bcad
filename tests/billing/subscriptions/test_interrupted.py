"""Requests that were interrupted after Stripe had acted: the answer says so, and nothing is started twice."""

from typing import Any

import pytest

from billing.models import Price, Quote, Subscription
from payments.models import Customer, OutboundCall
from tests.billing.interrupting import UNREACHED, died_asking
from tests.billing.quotes.asking import DAY, at_stripe, collected, running
from tests.billing.quotes.test_kills import sweep
from tests.billing.subscriptions.test_api import asked
from tests.billing.tax.test_taxes import moved
from tests.payments.api.client import Storefront
from tests.plugins.stripe import LocalStripe


@pytest.mark.parametrize(
    ("confirm", "method", "path"),
    [(True, "POST", "/v1/invoices/*/pay"), (True, "GET", "/v1/invoices/*"), (False, "GET", "/v1/invoices/*")],
)
def test_what_was_started_is_told_though_its_first_invoice_is_out_of_reach(
    shop: Storefront, ada: Customer, basic: Price, sandbox: LocalStripe, confirm: bool, method: str, path: str
) -> None:
    sandbox.fail(method, path, UNREACHED, times=3)

    answer = shop.post("/subscriptions", asked(ada, basic, confirm=confirm), idempotency_key="once")

    assert (answer.status_code, answer.json()["status"]) == (201, "incomplete")
    assert Subscription.objects.get().public_id == answer.json()["id"]
    assert collected(sandbox) == 0


@pytest.mark.parametrize(("when", "path"), [("now", "/v1/invoices/*"), ("period_end", "/v1/subscription_schedules/*")])
def test_a_change_that_stripe_has_begun_is_under_way_though_it_is_out_of_reach(
    shop: Storefront, ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe, when: str, path: str
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    here = f"/subscriptions/{subscription.public_id}"
    shown = shop.post(f"{here}/preview", {"price": pro.public_id, "when": when}).json()
    sandbox.fail("GET", path, UNREACHED, times=3)

    answer = shop.post(f"{here}/change", {"quote": shown["quote"]}, idempotency_key="more")

    assert answer.status_code == 202, answer.text
    quote = Quote.objects.get()
    sweep(quote, waits=True)
    assert quote.status == Quote.Status.ACCEPTED
    assert collected(sandbox) == 2900 + shown["due_now"]


def test_a_change_that_was_never_asked_is_not_told_as_made(
    shop: Storefront, ada: Customer, basic: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    here = f"/subscriptions/{subscription.public_id}"
    body = {"quote": shop.post(f"{here}/preview", {"quantity": 3}).json()["quote"]}
    sandbox.fail("POST", f"/v1/subscriptions/{subscription.stripe_id}", UNREACHED, times=3)
    assert shop.post(f"{here}/change", body).status_code == 503
    died_asking(OutboundCall.objects.latest("id"), f"{here}/change", body, "more")

    afterwards = shop.post(f"{here}/change", body, idempotency_key="more")

    assert afterwards.status_code == 503
    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]
    again = shop.post(f"{here}/change", body, idempotency_key="more")
    assert (again.status_code, again.json()["items"][0]["quantity"]) == (200, 3)


class TestReverseCharge:
    """Stripe is told first who owes the tax, in a call of its own."""

    @pytest.fixture
    def business(self, ada: Customer, sandbox: LocalStripe, settings: Any) -> Customer:
        settings.TAX_CALCULATION_SERVICE = "rates"
        return moved(ada, "FR", vat_number="FR83404833048", sandbox=sandbox)

    def test_a_start_that_never_left_may_be_sent_again_with_its_key(
        self, shop: Storefront, business: Customer, basic: Price, sandbox: LocalStripe
    ) -> None:
        sandbox.fail("POST", "/v1/subscriptions", UNREACHED, times=3)

        first = shop.post("/subscriptions", asked(business, basic), idempotency_key="once")
        again = shop.post("/subscriptions", asked(business, basic), idempotency_key="once")

        assert (first.status_code, again.status_code) == (503, 201)
        assert len(sandbox.client.v1.subscriptions.list({"status": "all"}).data) == 1

    def test_a_process_that_died_after_it_had_started_nothing(
        self, shop: Storefront, business: Customer, basic: Price, sandbox: LocalStripe
    ) -> None:
        sandbox.fail("POST", "/v1/subscriptions", UNREACHED, times=3)
        body = asked(business, basic)
        shop.post("/subscriptions", body)
        exempted = OutboundCall.objects.get(action="customer.set_tax_exempt")
        OutboundCall.objects.filter(request_id=exempted.request_id).exclude(pk=exempted.pk).update(request_id="other")
        died_asking(exempted, "/subscriptions", body, "once")

        answer = shop.post("/subscriptions", body, idempotency_key="once")

        assert (answer.status_code, answer.json()["code"]) == (409, "request_lost")
        assert sandbox.client.v1.subscriptions.list({"status": "all"}).data == []
