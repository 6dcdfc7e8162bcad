from config.base.models import DomainEvent
from payments.failures import CALM
from payments.models import OutboundCall, Payment
from tests.payments.api.client import Storefront, fields
from tests.plugins.stripe import LocalStripe

TEN_NINETY_NINE = {"amount": 1099, "currency": "eur"}
AT_ONCE = {**TEN_NINETY_NINE, "confirm": True, "return_url": "https://shop.example.com/thanks"}


def test_a_payment_is_asked_of_stripe_once_and_shown_with_its_page(shop: Storefront, sandbox: LocalStripe) -> None:
    asked = {
        **TEN_NINETY_NINE,
        "description": "Order 4711",
        "metadata": {"order": "4711"},
        "return_url": "https://shop.example.com/thanks",
        "pay_link": {"title": "Order 4711", "lines": [{"description": "Notebook", "amount": 1099}]},
    }

    answer = shop.post("/payments", asked)

    assert answer.status_code == 201
    shown = answer.json()
    payment = Payment.objects.select_related("pay_link").get()
    assert shown["id"] == payment.public_id
    assert shown["stripe_id"] == payment.stripe_id
    assert shown["stripe_id"].startswith("pi_")
    assert shown["status"] == "requires_payment_method"
    assert (shown["amount"], shown["currency"]) == (1099, "eur")
    assert (shown["amount_received"], shown["amount_refunded"]) == (0, 0)
    assert shown["metadata"] == {"order": "4711"}
    assert shown["client_secret"].startswith(f"{payment.stripe_id}_secret_")
    assert shown["in_doubt"] is None
    assert shown["pay_url"].startswith(f"http://testserver/pay/{payment.pay_link.public_id}")
    assert payment.pay_link.lines == [{"description": "Notebook", "amount": 1099, "quantity": 1}]
    assert payment.pay_link.return_url == "https://shop.example.com/thanks"
    (sent,) = sandbox.requests("POST", "/v1/payment_intents")
    assert sent["idempotency_key"] == OutboundCall.objects.get().idempotency_key


def test_what_is_done_carries_the_id_of_the_request(shop: Storefront) -> None:
    answer = shop.post("/payments", TEN_NINETY_NINE)

    request_id = answer.headers["Request-Id"]
    assert OutboundCall.objects.get().request_id == request_id
    assert DomainEvent.objects.get(type="payment.created").request_id == request_id
    assert DomainEvent.objects.get(type="payment.created").actor_kind == "api_key"


def test_a_payment_confirmed_with_a_good_card_succeeds(shop: Storefront) -> None:
    answer = shop.post("/payments", {**AT_ONCE, "payment_method": "pm_card_visa"})

    assert answer.status_code == 201
    assert answer.json()["status"] == "succeeded"
    assert answer.json()["amount_received"] == 1099
    assert answer.json()["failure_code"] is None


def test_a_payment_whose_card_declines_is_created_with_its_codes(shop: Storefront) -> None:
    answer = shop.post("/payments", {**AT_ONCE, "payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"})

    assert answer.status_code == 201
    shown = answer.json()
    assert shown["status"] == "requires_payment_method"
    assert (shown["failure_code"], shown["decline_code"]) == ("card_declined", "insufficient_funds")
    assert shown["amount_received"] == 0
    assert shop.get(f"/payments/{shown['id']}").json()["decline_code"] == "insufficient_funds"


def test_a_create_without_an_answer_is_202_and_settles_by_itself(shop: Storefront, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", "/v1/payment_intents", "drop_after", times=3)

    answer = shop.post("/payments", TEN_NINETY_NINE)

    assert answer.status_code == 202
    assert answer.headers["Retry-After"] == "2"
    shown = answer.json()
    assert shown["status"] == "unknown"
    assert shown["stripe_id"] is None
    assert shown["client_secret"] is None
    assert shown["in_doubt"]["action"] == "create"
    polled = shop.get(f"/payments/{shown['id']}")
    assert polled.status_code == 200
    assert polled.json() == shown


def test_a_create_that_never_left_is_503_and_the_payment_is_rejected(
    shop: Storefront, sandbox: LocalStripe, outage: None
) -> None:
    answer = shop.post("/payments", TEN_NINETY_NINE)

    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["code"] == "stripe_unavailable"
    assert Payment.objects.get().status == "rejected"
    assert sandbox.requests("POST", "/v1/payment_intents") == []


def test_parameters_that_stripe_refuses_are_a_400(shop: Storefront) -> None:
    answer = shop.post("/payments", {**AT_ONCE, "payment_method": "pm_nobody_has_this"})

    assert answer.status_code == 400
    assert answer.json()["code"] == "stripe_object_missing"
    assert fields(answer) == {"payment_method": "stripe_object_missing"}
    assert Payment.objects.get().status == "rejected"


def test_stripes_rate_limit_is_503_and_its_words_are_not_the_storefronts_business(
    shop: Storefront, sandbox: LocalStripe
) -> None:
    sandbox.fail("POST", "/v1/payment_intents", "rate_limit_429", times=3)

    answer = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

    assert (answer.status_code, answer.json()["code"]) == (503, "stripe_rate_limited")
    assert answer.json()["detail"] == CALM
    assert shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1").status_code == 201
    assert len(sandbox.client.v1.payment_intents.list().data) == 1


def test_only_a_confirmed_payment_can_be_off_session(shop: Storefront, sandbox: LocalStripe) -> None:
    answer = shop.post("/payments", {**TEN_NINETY_NINE, "off_session": True, "payment_method": "pm_card_visa"})

    assert answer.status_code == 400
    assert fields(answer) == {"off_session": "invalid_payment"}
    assert sandbox.requests("POST", "/v1/payment_intents") == []


def test_capture_takes_part_of_what_was_reserved(shop: Storefront, sandbox: LocalStripe) -> None:
    payment = reserved(shop)
    assert payment["status"] == "requires_capture"
    assert payment["amount_capturable"] == 1099

    answer = shop.post(f"/payments/{payment['id']}/capture", {"amount": 1000})

    assert answer.status_code == 200
    assert answer.json()["status"] == "succeeded"
    assert answer.json()["amount_received"] == 1000
    again = shop.post(f"/payments/{payment['id']}/capture")
    assert (again.status_code, again.json()["code"]) == (409, "payment_not_capturable")
    assert len(sandbox.requests("POST", f"/v1/payment_intents/{payment['stripe_id']}/capture")) == 1


def test_more_than_was_reserved_cannot_be_captured(shop: Storefront, sandbox: LocalStripe) -> None:
    payment = reserved(shop)

    answer = shop.post(f"/payments/{payment['id']}/capture", {"amount": 1100})

    assert (answer.status_code, fields(answer)) == (400, {"amount": "invalid_payment"})
    assert sandbox.requests("POST", f"/v1/payment_intents/{payment['stripe_id']}/capture") == []


def test_a_capture_in_doubt_keeps_the_status_and_says_so(shop: Storefront, sandbox: LocalStripe) -> None:
    payment = reserved(shop)
    sandbox.fail("POST", f"/v1/payment_intents/{payment['stripe_id']}/capture", "drop_after", times=3)

    answer = shop.post(f"/payments/{payment['id']}/capture")

    assert answer.status_code == 202
    assert answer.json()["status"] == "requires_capture"
    assert answer.json()["in_doubt"]["action"] == "capture"
    second = shop.post(f"/payments/{payment['id']}/cancel")
    assert (second.status_code, second.json()["code"]) == (409, "action_in_doubt")
    (listed,) = shop.get("/payments").json()["data"]
    assert listed["in_doubt"] == answer.json()["in_doubt"]


def test_a_payment_is_canceled_with_its_reason(shop: Storefront) -> None:
    payment = shop.post("/payments", TEN_NINETY_NINE).json()

    answer = shop.post(f"/payments/{payment['id']}/cancel", {"reason": "abandoned"})

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["cancellation_reason"]) == ("canceled", "abandoned")


def test_another_accounts_payment_is_not_there(shop: Storefront) -> None:
    answer = shop.get("/payments/pay_4eC39HqLyjWDarjtT1zdp7")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def reserved(shop: Storefront) -> dict[str, object]:
    body: dict[str, object] = shop.post(
        "/payments", {**AT_ONCE, "payment_method": "pm_card_visa", "capture_method": "manual"}
    ).json()
    return body
