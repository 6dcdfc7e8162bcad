from typing import Any

import pytest

from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.api import examples
from payments.models import Refund
from payments.services import inbox_drain, poller
from tests.payments.api.client import Storefront, fields
from tests.plugins.stripe import LocalStripe

REFUNDS = "/v1/refunds"


@pytest.fixture
def paid(shop: Storefront) -> dict[str, Any]:
    wish = {"amount": 1099, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
    body: dict[str, Any] = shop.post("/payments", wish).json()
    assert body["status"] == "succeeded"
    return body


def test_part_of_a_payment_is_given_back(shop: Storefront, sandbox: LocalStripe, paid: dict[str, Any]) -> None:
    wish = {"amount": 500, "reason": "requested_by_customer", "note": "One of two arrived broken"}

    answer = shop.post(f"/payments/{paid['id']}/refunds", wish)

    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["status"], shown["amount"], shown["currency"]) == ("succeeded", 500, "eur")
    assert shown["payment"] == paid["id"]
    assert shown["stripe_id"].startswith("re_")
    assert (shown["reason"], shown["note"]) == ("requested_by_customer", "One of two arrived broken")
    assert shop.get(f"/payments/{paid['id']}").json()["amount_refunded"] == 500
    assert shop.get(f"/payments/{paid['id']}/refunds").json()["data"] == [shown]
    assert len(sandbox.requests("POST", REFUNDS)) == 1


def test_without_an_amount_all_that_is_left_is_given_back(shop: Storefront, paid: dict[str, Any]) -> None:
    shop.post(f"/payments/{paid['id']}/refunds", {"amount": 1})

    answer = shop.post(f"/payments/{paid['id']}/refunds")

    assert (answer.status_code, answer.json()["amount"]) == (201, 1098)
    again = shop.post(f"/payments/{paid['id']}/refunds")
    assert (again.status_code, again.json()["code"]) == (409, "payment_not_refundable")


def test_more_than_was_paid_is_never_given_back(shop: Storefront, sandbox: LocalStripe, paid: dict[str, Any]) -> None:
    answer = shop.post(f"/payments/{paid['id']}/refunds", {"amount": 1100})

    assert (answer.status_code, fields(answer)) == (409, {"amount": "refund_exceeds_payment"})
    assert sandbox.requests("POST", REFUNDS) == []


@pytest.mark.parametrize(
    ("wish", "field"),
    [({"amount": 0}, "amount"), ({"amount": "1"}, "amount"), ({"amount": None}, "amount"),
     ({"reason": "bored"}, "reason"),
     ({"reason": "expired_uncaptured_charge"}, "reason"), ({"currency": "eur"}, "currency")],
)  # fmt: skip
def test_a_wish_that_makes_no_sense_names_its_field(
    shop: Storefront, sandbox: LocalStripe, paid: dict[str, Any], wish: dict[str, Any], field: str
) -> None:
    answer = shop.post(f"/payments/{paid['id']}/refunds", wish)

    assert answer.status_code == 400
    assert list(fields(answer)) == [field]
    assert sandbox.requests("POST", REFUNDS) == []


def test_a_refund_without_an_answer_counts_and_is_shown(
    shop: Storefront, sandbox: LocalStripe, paid: dict[str, Any]
) -> None:
    sandbox.fail("POST", REFUNDS, "drop_after", times=3)

    answer = shop.post(f"/payments/{paid['id']}/refunds", {"amount": 1000}, idempotency_key="refund 1")

    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["stripe_id"]) == ("unknown", None)
    assert shop.get(f"/payments/{paid['id']}").json()["in_doubt"]["action"] == "refund"
    again = shop.post(f"/payments/{paid['id']}/refunds", {"amount": 1000}, idempotency_key="refund 1")
    assert again.content == answer.content
    too_much = shop.post(f"/payments/{paid['id']}/refunds", {"amount": 100})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "refund_exceeds_payment")
    assert Refund.objects.count() == 1


def test_a_refund_that_never_left_is_503_and_counts_for_nothing(
    shop: Storefront, sandbox: LocalStripe, paid: dict[str, Any], outage: None
) -> None:
    answer = shop.post(f"/payments/{paid['id']}/refunds", {"amount": 1000})

    assert (answer.status_code, answer.json()["code"]) == (503, "stripe_unavailable")
    assert Refund.objects.get().status == "rejected"
    assert sandbox.requests("POST", REFUNDS) == []


@pytest.fixture
def disputed(shop: Storefront, sandbox: LocalStripe, account: StripeAccount, paid: dict[str, Any]) -> dict[str, Any]:
    """The bank has taken the money of the payment back."""
    charge = sandbox.client.v1.charges.list().data[0].id
    sandbox.control("disputes", {"charge": charge, "reason": "fraudulent"})
    poller.fetch_missed(account=account)
    inbox_drain.drain(by=Actor.system("test"))
    return paid


def test_a_payment_tells_of_its_disputes(shop: Storefront, disputed: dict[str, Any]) -> None:
    [dispute] = shop.get(f"/payments/{disputed['id']}").json()["disputes"]

    assert (dispute["status"], dispute["amount"], dispute["currency"]) == ("needs_response", 1099, "eur")
    assert dispute["evidence_due_by"] > dispute["opened_at"]
    assert list(dispute) == list(examples.PAYMENT_DISPUTED["disputes"][0])
    assert shop.get("/payments").json()["data"][0]["disputes"] == [dispute]


def test_what_the_bank_takes_back_is_not_given_back_too(
    shop: Storefront, sandbox: LocalStripe, disputed: dict[str, Any]
) -> None:
    answer = shop.post(f"/payments/{disputed['id']}/refunds", {"amount": 100})

    assert (answer.status_code, answer.json()["code"]) == (409, "payment_disputed")
    assert sandbox.requests("POST", REFUNDS) == []
    assert not Refund.objects.exists()


def test_what_the_bank_only_asks_about_may_be_given_back(
    shop: Storefront, sandbox: LocalStripe, account: StripeAccount, paid: dict[str, Any]
) -> None:
    charge = sandbox.client.v1.charges.list().data[0].id
    sandbox.control("disputes", {"charge": charge, "reason": "general", "inquiry": True})
    poller.fetch_missed(account=account)
    inbox_drain.drain(by=Actor.system("test"))
    assert [row["status"] for row in shop.get(f"/payments/{paid['id']}").json()["disputes"]] == [
        "warning_needs_response"
    ]

    answer = shop.post(f"/payments/{paid['id']}/refunds")

    assert (answer.status_code, answer.json()["status"]) == (201, "succeeded")
