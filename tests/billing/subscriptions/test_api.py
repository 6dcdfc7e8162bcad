"""Subscriptions over our own HTTP door, as a storefront's server uses it."""

from typing import Any

import pytest

from billing.api import subscription_examples
from billing.models import Price, Quote, Subscription
from payments.models import Customer
from tests.billing.conftest import NewCustomer
from tests.billing.quotes.asking import DAY, at_stripe, collected, running
from tests.payments.api.client import Storefront, fields
from tests.plugins.stripe import LocalStripe


def asked(customer: Customer, price: Price, **more: Any) -> dict[str, Any]:
    return {"customer": customer.public_id, "items": [{"price": price.public_id, "quantity": 1}], **more}


def test_a_subscription_waits_for_its_payer(shop: Storefront, ada: Customer, basic: Price) -> None:
    answer = shop.post("/subscriptions", asked(ada, basic, metadata={"contract": "17"}))

    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert (shown["status"], shown["currency"], shown["metadata"]) == ("incomplete", "eur", {"contract": "17"})
    assert shown["client_secret"].startswith("pi_")
    assert [(item["price"], item["quantity"]) for item in shown["items"]] == [(basic.public_id, 1)]
    assert shop.get(f"/subscriptions/{shown['id']}").json() == shown


def test_with_confirm_it_is_active_at_once(shop: Storefront, ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    answer = shop.post("/subscriptions", asked(ada, basic, confirm=True))

    assert (answer.status_code, answer.json()["status"]) == (201, "active")
    assert answer.json()["client_secret"] is None
    assert collected(sandbox) == 2900


def test_a_declined_card_is_told_by_its_status(
    shop: Storefront, new_customer: NewCustomer, basic: Price, sandbox: LocalStripe
) -> None:
    answer = shop.post("/subscriptions", asked(new_customer("pm_card_chargeCustomerFail"), basic, confirm=True))

    assert (answer.status_code, answer.json()["status"]) == (201, "incomplete")
    assert collected(sandbox) == 0


def test_a_key_sent_again_starts_nothing_twice(shop: Storefront, ada: Customer, basic: Price) -> None:
    first = shop.post("/subscriptions", asked(ada, basic), idempotency_key="once")
    second = shop.post("/subscriptions", asked(ada, basic), idempotency_key="once")

    assert (second.json(), second.headers["Idempotent-Replayed"]) == (first.json(), "true")
    assert Subscription.objects.count() == 1


def test_an_answer_that_does_not_come_is_told(
    shop: Storefront, ada: Customer, basic: Price, sandbox: LocalStripe
) -> None:
    sandbox.fail("POST", "/v1/subscriptions", "drop_after", times=3)

    answer = shop.post("/subscriptions", asked(ada, basic))

    assert (answer.status_code, answer.json()["status"], answer.json()["in_doubt"]["action"]) == (
        202,
        "unknown",
        "create",
    )


def test_a_preview_and_its_change(
    shop: Storefront, ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)

    preview = shop.post(f"/subscriptions/{subscription.public_id}/preview", {"price": pro.public_id})

    assert preview.status_code == 200, preview.text
    quote = preview.json()
    assert quote["total_now"] == quote["due_now"] == sum(line["amount"] for line in quote["lines"])
    assert (quote["total_next"], quote["is_estimate"], quote["currency"]) == (5900, False, "eur")
    assert len(quote["words"]) == 4
    assert list(quote) == list(subscription_examples.QUOTE)
    changed = shop.post(f"/subscriptions/{subscription.public_id}/change", {"quote": quote["quote"]})
    assert changed.status_code == 200, changed.text
    assert [item["price"] for item in changed.json()["items"]] == [pro.public_id]
    assert collected(sandbox) == 2900 + quote["total_now"]


def test_an_expired_quote_answers_with_the_new_price(
    shop: Storefront, ada: Customer, basic: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    preview = shop.post(f"/subscriptions/{subscription.public_id}/preview", {"quantity": 3}).json()
    sandbox.advance(seconds=16 * 60)

    answer = shop.post(
        f"/subscriptions/{subscription.public_id}/change", {"quote": preview["quote"]}, idempotency_key="late"
    )

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "quote_expired")
    assert problem["quote"]["quote"] != preview["quote"]
    assert Quote.objects.get(public_id=problem["quote"]["quote"]).status == "open"
    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]


def test_a_quote_of_another_subscription_is_not_taken(shop: Storefront, ada: Customer, basic: Price) -> None:
    mine, other = running(ada, basic), running(ada, basic)
    quote = shop.post(f"/subscriptions/{other.public_id}/preview", {"quantity": 3}).json()["quote"]

    answer = shop.post(f"/subscriptions/{mine.public_id}/change", {"quote": quote})

    assert (answer.status_code, fields(answer)) == (400, {"quote": "not_found"})


def test_it_is_paused_resumed_and_ended(shop: Storefront, ada: Customer, basic: Price) -> None:
    here = f"/subscriptions/{running(ada, basic).public_id}"

    paused = shop.post(f"{here}/pause", {"behavior": "keep_as_draft"}).json()
    assert paused["paused"] == {"behavior": "keep_as_draft", "resumes_at": None}
    assert shop.post(f"{here}/resume").json()["paused"] is None
    ending = shop.post(f"{here}/cancel", {"when": "period_end", "reason": "Moves"}).json()
    assert (ending["status"], ending["cancel_at_period_end"]) == ("active", True)
    assert shop.post(f"{here}/undo-cancel").json()["cancel_at_period_end"] is False
    assert shop.post(f"{here}/cancel", {"feedback": "unused"}).json()["status"] == "canceled"
    again = shop.post(f"{here}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "subscription_not_changeable")


def test_one_that_was_quoted_often_is_answered_once(shop: Storefront, ada: Customer, basic: Price) -> None:
    here = f"/subscriptions/{running(ada, basic).public_id}"
    for quantity in (2, 3):
        assert shop.post(f"{here}/preview", {"quantity": quantity}).status_code == 200

    assert shop.post(f"{here}/pause").status_code == 200
    answer = shop.post(f"{here}/cancel", {"rest": "refund"}, idempotency_key="end")
    assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    assert shop.post(f"{here}/cancel", {"rest": "refund"}, idempotency_key="end").json() == answer.json()


def test_a_change_sent_again_is_made_once(shop: Storefront, ada: Customer, basic: Price, sandbox: LocalStripe) -> None:
    here = f"/subscriptions/{running(ada, basic).public_id}"
    quote = shop.post(f"{here}/preview", {"quantity": 3}).json()

    first = shop.post(f"{here}/change", {"quote": quote["quote"]}, idempotency_key="more")
    again = shop.post(f"{here}/change", {"quote": quote["quote"]}, idempotency_key="more")

    assert (first.status_code, again.json()) == (200, first.json())
    assert shop.post(f"{here}/change", {"quote": quote["quote"]}).status_code == 200
    assert collected(sandbox) == 2900 + quote["total_now"]


def test_access_is_told_with_its_reason(shop: Storefront, ada: Customer, basic: Price) -> None:
    assert shop.get(f"/customers/{ada.public_id}/access").json()["reason"] == "no_subscription"
    subscription = running(ada, basic)

    answer = shop.get(f"/customers/{ada.public_id}/access").json()

    assert (answer["allowed"], answer["reason"], answer["subscription"]) == (True, "active", subscription.public_id)
    assert list(answer) == list(subscription_examples.ACCESS)
    assert shop.get("/customers/cust_nobody/access").status_code == 404


def test_lists_are_filtered(shop: Storefront, ada: Customer, new_customer: NewCustomer, basic: Price) -> None:
    mine = running(ada, basic)
    running(new_customer(), basic)

    page = shop.get("/subscriptions", customer=ada.public_id, status="active").json()

    assert [row["id"] for row in page["data"]] == [mine.public_id]
    assert list(page["data"][0]) == list(subscription_examples.LISTED)
    assert shop.get("/subscriptions", status="asleep").status_code == 400


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"items": []}, "items"),
        ({"items": [{"price": "price_nobody"}]}, "items.0.price"),
        ({"items": [{"price": 5}]}, "items.0.price"),
        ({"customer": "cust_nobody"}, "customer"),
        ({"trial_days": "14"}, "trial_days"),
        ({"trial_days": 10**9}, "trial_days"),
        ({"anchor_day": 0}, "anchor_day"),
        ({"currency": "xyz"}, "currency"),
        ({"coupon": "coupon_nobody"}, "coupon"),
        ({"collection_method": "by_pigeon"}, "collection_method"),
        ({"color": "red"}, "color"),
    ],
)
def test_bad_input_is_named_and_asks_nothing(
    shop: Storefront, ada: Customer, basic: Price, sandbox: LocalStripe, change: dict[str, Any], at: str
) -> None:
    answer = shop.post("/subscriptions", {**asked(ada, basic), **change})

    assert (answer.status_code, list(fields(answer))) == (400, [at]), answer.text
    assert sandbox.requests("POST", "/v1/subscriptions") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "nothing_changes"),
        ({"quantity": 1}, "nothing_changes"),
        ({"quantity": 0}, "invalid_change"),
        ({"quantity": -3}, "invalid_change"),
        ({"quantity": "3"}, "validation_error"),
        ({"items": [{"id": "item_nobody", "quantity": 3}]}, "validation_error"),
        ({"items": [{"quantity": 3}]}, "invalid_change"),
        ({"price": "price_nobody"}, "validation_error"),
        ({"when": "tomorrow", "quantity": 3}, "validation_error"),
    ],
)
def test_a_preview_of_nonsense_is_refused(
    shop: Storefront, ada: Customer, basic: Price, body: dict[str, Any], code: str
) -> None:
    answer = shop.post(f"/subscriptions/{running(ada, basic).public_id}/preview", body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not Quote.objects.exists()


def test_a_key_may_only_what_its_scopes_say(storefront: Any, ada: Customer, basic: Price) -> None:
    reader = storefront("subscriptions:read")

    assert reader.get("/subscriptions").status_code == 200
    assert reader.post("/subscriptions", asked(ada, basic)).status_code == 403
    assert reader.get(f"/customers/{ada.public_id}/access").status_code == 403
