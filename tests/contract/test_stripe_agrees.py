"""What Stripe documents, asserted alike of the local Stripe and of the real one.

By default the local Stripe is asked. With STRIPE_CONTRACT_KEY, a secret key of a test account, the same
assertions are made of Stripe itself, so that anyone with an account can prove that the two agree.
"""

import os
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from tests.contract.calling import Caller, Json, Reply
from tests.contract.stripe_contract import check_answer, check_error
from tests.sandbox.server import SECRET_KEY, serve

REAL = "https://api.stripe.com"
KEY_NAME = "STRIPE_CONTRACT_KEY"
PATIENCE_SECONDS = 30
RETURN_URL = "https://shop.example/done"
DECLINES = [
    ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
    ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
]


class Checked(Caller):
    """Every answer is held against the contract in the SDK's types as well."""

    def ask(self, method: str, path: str, params: Json, headers: Json | None = None) -> Reply:
        reply = super().ask(method, path, params, headers)
        found = check_error(reply.body) if reply.status >= 400 else check_answer(method, path, reply.body)
        assert [str(violation) for violation in found] == []
        return reply


def pytest_key() -> str | None:
    """The real account's key, which must be one that can move no money."""
    key = os.environ.get(KEY_NAME)
    if key and not key.startswith(("sk_test_", "rk_test_")):
        pytest.fail(f"{KEY_NAME} must be a test key; nothing was asked of Stripe", pytrace=False)
    return key


@pytest.fixture(scope="module")
def stripe() -> Iterator[Caller]:
    key = pytest_key()
    if key:
        yield Checked(REAL, key)
        return
    with serve() as server:
        yield Checked(server.url, SECRET_KEY)


def eventually(read: Callable[[], Json], wanted: Callable[[Json], bool]) -> Json:
    """What is read once it is as wanted: Stripe settles some things a little later."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not wanted(found := read()) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert wanted(found), found
    return found


def customer(stripe: Caller, **params: object) -> str:
    return str(stripe.post("/v1/customers", **params).ok["id"])


def saved(stripe: Caller, method: str = "pm_card_visa") -> tuple[str, str]:
    owner = customer(stripe)
    return owner, str(stripe.post(f"/v1/payment_methods/{method}/attach", customer=owner).ok["id"])


def intent(stripe: Caller, method: str | None = None, **params: object) -> Reply:
    given = {"amount": 1099, "currency": "usd", "payment_method_types": ["card"]} | params
    return stripe.post("/v1/payment_intents", payment_method=method, **given)


def pay(stripe: Caller, method: str = "pm_card_visa", **params: object) -> Reply:
    return intent(stripe, method, confirm=True, **params)


def refund(stripe: Caller, paid: Json, **params: object) -> Reply:
    return stripe.post("/v1/refunds", payment_intent=paid["id"], **params)


def test_a_live_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_NAME, "sk_live_" + "x" * 24)

    with pytest.raises(pytest.fail.Exception, match="test key"):
        pytest_key()


def test_a_customer_is_kept_changed_and_deleted(stripe: Caller) -> None:
    made = stripe.post("/v1/customers", email="ada@example.com", name="Ada", metadata={"a": "1", "b": "2"}).ok
    path = f"/v1/customers/{made['id']}"
    changed = stripe.post(path, name="", metadata={"b": "", "c": "3"}).ok

    assert made["metadata"] == {"a": "1", "b": "2"}
    assert (changed["email"], changed["name"]) == ("ada@example.com", None)
    assert changed["metadata"] == {"a": "1", "c": "3"}
    assert stripe.get(path).ok == changed
    assert stripe.delete(path).ok == {"id": made["id"], "object": "customer", "deleted": True}
    assert stripe.get(path).ok["deleted"] is True
    assert stripe.post(path, name="Grace").status == 404


def test_a_card_is_attached_listed_and_detached(stripe: Caller) -> None:
    owner, method = saved(stripe)

    assert [row["id"] for row in stripe.get("/v1/payment_methods", customer=owner).ok["data"]] == [method]
    assert stripe.get(f"/v1/customers/{owner}/payment_methods/{method}").ok["card"]["last4"] == "4242"
    assert stripe.post(f"/v1/payment_methods/{method}/detach").ok["customer"] is None
    assert stripe.post(f"/v1/payment_methods/{method}/attach", customer=owner).status == 400


def test_a_card_that_is_declined_is_not_attached(stripe: Caller) -> None:
    owner = customer(stripe)
    refused = stripe.post("/v1/payment_methods/pm_card_visa_chargeDeclined/attach", customer=owner)

    assert (refused.status, refused.error["type"], refused.error["code"]) == (402, "card_error", "card_declined")
    assert stripe.get("/v1/payment_methods", customer=owner).ok["data"] == []
    later, method = saved(stripe, "pm_card_chargeCustomerFail")
    assert pay(stripe, method, customer=later).error["code"] == "card_declined"


def test_a_payment_starts_where_it_stands(stripe: Caller) -> None:
    assert intent(stripe).ok["status"] == "requires_payment_method"
    assert intent(stripe, "pm_card_visa").ok["status"] == "requires_confirmation"
    assert intent(stripe).ok["capture_method"] == "automatic_async"


def test_a_payment_succeeds_and_is_booked(stripe: Caller) -> None:
    paid = pay(stripe, metadata={"order": "7"}).ok
    path = f"/v1/charges/{paid['latest_charge']}"
    charge = eventually(lambda: stripe.get(path, expand=["balance_transaction"]).ok, lambda c: c["balance_transaction"])
    row = charge["balance_transaction"]

    assert (paid["status"], paid["amount_received"]) == ("succeeded", 1099)
    assert (charge["paid"], charge["captured"], charge["refunded"]) == (True, True, False)
    assert charge["payment_intent"] == paid["id"]
    assert (row["type"], row["source"], row["net"]) == ("charge", charge["id"], row["amount"] - row["fee"])


@pytest.mark.parametrize(("method", "code", "decline_code"), DECLINES)
def test_a_card_is_declined(stripe: Caller, method: str, code: str, decline_code: str | None) -> None:
    refused = pay(stripe, method)
    error = refused.error
    now = stripe.get(f"/v1/payment_intents/{error['payment_intent']['id']}").ok
    charge = stripe.get(f"/v1/charges/{error['charge']}").ok

    assert (refused.status, error["type"], error["code"]) == (402, "card_error", code)
    assert decline_code is None or error["decline_code"] == decline_code
    assert (now["status"], now["amount_received"]) == ("requires_payment_method", 0)
    assert now["last_payment_error"]["code"] == code
    assert (charge["status"], charge["paid"], charge["failure_code"]) == ("failed", False, code)


def test_a_declined_payment_can_be_tried_again(stripe: Caller) -> None:
    declined = pay(stripe, "pm_card_visa_chargeDeclined").error["payment_intent"]
    again = stripe.post(f"/v1/payment_intents/{declined['id']}/confirm", payment_method="pm_card_visa")

    assert again.ok["status"] == "succeeded"
    assert len(stripe.get("/v1/charges", payment_intent=declined["id"]).ok["data"]) == 2


def test_three_d_secure_asks_for_the_customer(stripe: Caller) -> None:
    asked = pay(stripe, "pm_card_threeDSecure2Required", return_url=RETURN_URL).ok
    by_sdk = pay(stripe, "pm_card_threeDSecure2Required", use_stripe_sdk=True).ok

    assert (asked["status"], asked["next_action"]["type"]) == ("requires_action", "redirect_to_url")
    assert asked["next_action"]["redirect_to_url"]["return_url"] == RETURN_URL
    assert (by_sdk["status"], by_sdk["next_action"]["type"]) == ("requires_action", "use_stripe_sdk")


def test_nobody_is_there_for_three_d_secure(stripe: Caller) -> None:
    owner, method = saved(stripe, "pm_card_authenticationRequired")
    refused = pay(stripe, method, customer=owner, off_session=True)

    assert (refused.status, refused.error["decline_code"]) == (402, "authentication_required")
    assert refused.error["payment_intent"]["status"] == "requires_payment_method"


def test_a_hold_is_captured_in_part_without_a_refund(stripe: Caller) -> None:
    held = pay(stripe, capture_method="manual").ok
    path = f"/v1/payment_intents/{held['id']}"
    over = stripe.post(f"{path}/capture", amount_to_capture=1100)
    taken = stripe.post(f"{path}/capture", amount_to_capture=700).ok
    again = stripe.post(f"{path}/capture")

    assert (held["status"], held["amount_capturable"], held["amount_received"]) == ("requires_capture", 1099, 0)
    assert (over.status, over.error["code"]) == (400, "amount_too_large")
    assert (taken["status"], taken["amount_received"], taken["amount_capturable"]) == ("succeeded", 700, 0)
    assert (again.status, again.error["code"]) == (400, "payment_intent_unexpected_state")
    charge = stripe.get(f"/v1/charges/{taken['latest_charge']}").ok
    assert (charge["amount_captured"], charge["amount_refunded"], charge["refunded"]) == (700, 0, False)
    assert stripe.get("/v1/refunds", payment_intent=held["id"]).ok["data"] == []


def test_a_hold_is_released(stripe: Caller) -> None:
    held = pay(stripe, capture_method="manual").ok
    path = f"/v1/payment_intents/{held['id']}/cancel"
    gone = stripe.post(path, cancellation_reason="abandoned").ok
    again = stripe.post(path)

    assert (gone["status"], gone["cancellation_reason"], gone["amount_capturable"]) == ("canceled", "abandoned", 0)
    assert (again.status, again.error["code"]) == (400, "payment_intent_unexpected_state")
    assert again.error["payment_intent"]["id"] == held["id"]


def test_a_payment_that_is_over_keeps_its_amount(stripe: Caller) -> None:
    path = f"/v1/payment_intents/{pay(stripe).ok['id']}"

    assert stripe.post(path, amount=500).status == 400
    assert stripe.post(f"{path}/cancel").error["code"] == "payment_intent_unexpected_state"
    assert stripe.post(f"{path}/confirm").error["code"] == "payment_intent_unexpected_state"
    assert stripe.post(path, description="late").ok["description"] == "late"


def test_another_customers_card_is_refused(stripe: Caller) -> None:
    _, method = saved(stripe)
    refused = pay(stripe, method, customer=customer(stripe))

    assert (refused.status, refused.error["type"]) == (400, "invalid_request_error")


def test_a_bank_debit_waits_for_small_deposits_then_for_the_bank(stripe: Caller) -> None:
    asked = pay(
        stripe,
        "pm_usBankAccount_success",
        payment_method_types=["us_bank_account"],
        mandate_data={"customer_acceptance": {"type": "offline"}},
    )
    if asked.status == 400 and "us_bank_account" in asked.error["message"]:
        pytest.skip("the account takes no US bank debits")
    path = f"/v1/payment_intents/{asked.ok['id']}"

    assert (asked.ok["status"], asked.ok["next_action"]["type"]) == ("requires_action", "verify_with_microdeposits")
    assert stripe.post(f"{path}/verify_microdeposits", amounts=[32, 45]).ok["status"] == "processing"
    assert eventually(lambda: stripe.get(path).ok, lambda row: row["status"] != "processing")["status"] == "succeeded"


def test_a_card_is_set_up(stripe: Caller) -> None:
    owner = customer(stripe)
    made = stripe.post(
        "/v1/setup_intents",
        customer=owner,
        payment_method="pm_card_visa",
        payment_method_types=["card"],
        confirm=True,
    ).ok

    assert made["status"] == "succeeded"
    assert stripe.get(f"/v1/payment_methods/{made['payment_method']}").ok["customer"] == owner
    assert pay(stripe, made["payment_method"], customer=owner, off_session=True).ok["status"] == "succeeded"


def test_a_card_that_cannot_be_set_up_is_declined(stripe: Caller) -> None:
    refused = stripe.post(
        "/v1/setup_intents",
        payment_method="pm_card_visa_chargeDeclined",
        payment_method_types=["card"],
        confirm=True,
    )
    now = stripe.get(f"/v1/setup_intents/{refused.error['setup_intent']['id']}").ok

    assert (refused.status, refused.error["code"]) == (402, "card_declined")
    assert (now["status"], now["last_setup_error"]["code"]) == ("requires_payment_method", "card_declined")


def test_setting_up_may_need_the_customer(stripe: Caller) -> None:
    asked = stripe.post(
        "/v1/setup_intents",
        payment_method="pm_card_threeDSecure2Required",
        payment_method_types=["card"],
        confirm=True,
        return_url=RETURN_URL,
    ).ok

    assert (asked["status"], asked["next_action"]["type"]) == ("requires_action", "redirect_to_url")
    assert stripe.post(f"/v1/setup_intents/{asked['id']}/cancel").ok["status"] == "canceled"


def test_a_payment_is_refunded_in_parts_and_never_beyond(stripe: Caller) -> None:
    paid = pay(stripe).ok
    first = refund(stripe, paid, amount=99, reason="requested_by_customer").ok
    over = refund(stripe, paid, amount=1001)
    rest = refund(stripe, paid).ok
    again = refund(stripe, paid)

    assert (first["status"], first["amount"], first["reason"]) == ("succeeded", 99, "requested_by_customer")
    assert (over.status, over.error["param"]) == (400, "amount")
    assert rest["amount"] == 1000
    assert (again.status, again.error["code"]) == (400, "charge_already_refunded")
    charge = stripe.get(f"/v1/charges/{paid['latest_charge']}").ok
    assert (charge["amount_refunded"], charge["refunded"]) == (1099, True)
    listed = stripe.get("/v1/refunds", payment_intent=paid["id"]).ok["data"]
    assert {row["id"] for row in listed} == {first["id"], rest["id"]}


def test_a_refund_may_settle_later(stripe: Caller) -> None:
    late = refund(stripe, pay(stripe, "pm_card_pendingRefund").ok).ok

    assert late["status"] == "pending"
    settled = eventually(lambda: stripe.get(f"/v1/refunds/{late['id']}").ok, lambda row: row["status"] != "pending")
    assert settled["status"] == "succeeded"


def test_a_refund_needs_a_payment(stripe: Caller) -> None:
    assert stripe.post("/v1/refunds").status == 400
    assert refund(stripe, intent(stripe).ok).status == 400
    assert refund(stripe, pay(stripe, capture_method="manual").ok).status == 400


def test_the_same_key_gets_the_same_answer(stripe: Caller) -> None:
    key = f"contract-{uuid4()}"
    first, second = (stripe.keyed(key, "/v1/customers", name="Ada") for _ in range(2))
    other = stripe.keyed(key, "/v1/customers", name="Grace")

    assert first.ok == second.ok
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (other.status, other.error["type"]) == (400, "idempotency_error")


def test_a_decline_is_an_answer_too(stripe: Caller) -> None:
    key = f"contract-{uuid4()}"
    asked = {"amount": 1099, "currency": "usd", "payment_method": "pm_card_visa_chargeDeclined", "confirm": True}
    replies = [stripe.keyed(key, "/v1/payment_intents", payment_method_types=["card"], **asked) for _ in range(2)]

    assert [reply.status for reply in replies] == [402, 402]
    assert replies[0].error["charge"] == replies[1].error["charge"]


def test_parameters_that_were_refused_leave_the_key_free(stripe: Caller) -> None:
    key = f"contract-{uuid4()}"

    assert stripe.keyed(key, "/v1/payment_intents", amount=0, currency="usd").status == 400
    assert stripe.keyed(key, "/v1/payment_intents", amount=1099, currency="usd").status == 200


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"currency": "usd"}, "parameter_missing", "amount"),
        ({"amount": 0, "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": -5, "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": 1099, "currency": "xxx"}, None, "currency"),
        ({"amount": 1099, "currency": "usd", "colour": "red"}, "parameter_unknown", "colour"),
        ({"amount": 1099, "currency": "usd", "customer": "cus_none"}, "resource_missing", "customer"),
        ({"amount": 1099, "currency": "usd", "capture_method": "later"}, None, "capture_method"),
    ],
)
def test_bad_parameters_are_named(stripe: Caller, params: Json, code: str | None, param: str) -> None:
    refused = stripe.post("/v1/payment_intents", **params)

    assert (refused.status, refused.error["type"]) == (400, "invalid_request_error")
    assert (refused.error.get("code"), refused.error["param"]) == (code, param)


def test_what_is_not_there_is_404_and_a_wrong_key_401(stripe: Caller) -> None:
    missing = stripe.get("/v1/payment_intents/pi_none")
    stranger = stripe.ask("GET", "/v1/customers", {}, {"Authorization": "Bearer sk_test_nobody"})

    assert (missing.status, missing.error["code"]) == (404, "resource_missing")
    assert missing.headers["Request-Id"].startswith("req_")
    assert stranger.status == 401
    assert stripe.get("/v1/counterfoils").status == 404


def test_lists_are_walked_by_cursor(stripe: Caller) -> None:
    email = f"{uuid4()}@example.com"
    made = [customer(stripe, email=email) for _ in range(3)]

    def page(**params: object) -> Json:
        return stripe.get("/v1/customers", email=email, **params).ok

    first = page(limit=2)
    last = page(limit=2, starting_after=first["data"][-1]["id"])
    back = page(limit=2, ending_before=last["data"][0]["id"])
    assert [row["id"] for row in first["data"] + last["data"]] == made[::-1]
    assert (first["has_more"], last["has_more"]) == (True, False)
    assert back["data"] == first["data"]
    bogus = stripe.get("/v1/customers", starting_after="cus_none")
    assert (bogus.status, bogus.error["param"]) == (400, "starting_after")


def test_references_are_expanded(stripe: Caller) -> None:
    owner, method = saved(stripe)
    paid = pay(stripe, method, customer=owner, expand=["latest_charge.payment_intent", "customer"]).ok
    refused = stripe.get(f"/v1/payment_intents/{paid['id']}", expand=["colour"])

    assert paid["customer"]["id"] == owner
    assert paid["latest_charge"]["payment_intent"]["id"] == paid["id"]
    assert stripe.get(f"/v1/payment_intents/{paid['id']}").ok["customer"] == owner
    listed = stripe.get("/v1/payment_intents", customer=owner, expand=["data.payment_method"]).ok["data"]
    assert listed[0]["payment_method"]["id"] == method
    assert (refused.status, refused.error["type"]) == (400, "invalid_request_error")


def test_events_tell_what_happened_and_who_asked(stripe: Caller) -> None:
    key = f"contract-{uuid4()}"
    asked = {"amount": 1099, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    paid = stripe.keyed(key, "/v1/payment_intents", payment_method_types=["card"], **asked)

    def about(type_: str, object_id: str) -> Json:
        def read() -> Json:
            listed = stripe.get("/v1/events", type=type_, limit=100).ok["data"]
            return next((event for event in listed if event["data"]["object"]["id"] == object_id), {})

        return eventually(read, bool)

    succeeded = about("payment_intent.succeeded", paid.ok["id"])
    charged = about("charge.succeeded", paid.ok["latest_charge"])
    assert succeeded["request"] == {"id": paid.headers["Request-Id"], "idempotency_key": key}
    assert succeeded["data"]["object"]["status"] == "succeeded"
    assert charged["data"]["object"]["payment_intent"] == paid.ok["id"]
    assert stripe.get(f"/v1/events/{succeeded['id']}").ok["id"] == succeeded["id"]


def test_the_balance_moves(stripe: Caller) -> None:
    balance = stripe.get("/v1/balance").ok

    assert balance["object"] == "balance"
    assert all({"amount", "currency"} <= entry.keys() for entry in balance["available"] + balance["pending"])
