"""Sections 1 and 5: payment intents and setup intents."""

from collections.abc import Callable

from tests.contract.calling import Json, Reply
from tests.sandbox.behaviours.banks import sepa_debit, settled, us_debit
from tests.sandbox.behaviours.shop import A_DAY, A_MOMENT, Shop
from tests.sandbox.behaviours.webhooks import held, setup

Check = Callable[[Shop], object]


def token(shop: Shop, name: str) -> Json:
    return shop.post("/v1/payment_methods", type="card", card={"token": f"tok_{name}"}).ok


def decline_state(shop: Shop) -> None:
    method = token(shop, "visa_chargeDeclined")
    refused = shop.pay(method["id"])
    intent = shop.again(refused.error["payment_intent"])
    assert method["card"]["last4"] == "0002"
    assert (intent["status"], intent["payment_method"]) == ("requires_payment_method", None)
    assert intent["amount_received"] == 0
    error = intent["last_payment_error"]
    assert error["charge"] == intent["latest_charge"]
    wanted = {
        "type": "card_error", "code": "card_declined", "decline_code": "generic_decline",
        "advice_code": "try_again_later", "network_decline_code": "01", "message": "Your card was declined.",
    }  # fmt: skip
    assert {name: error.get(name) for name in wanted} == wanted
    assert error["payment_method"]["id"] == method["id"]
    assert refused.error["payment_method"]["customer"] is None


def decline_charge(shop: Shop) -> None:
    charge = shop.get(f"/v1/charges/{shop.pay('pm_card_chargeDeclined').error['charge']}").ok
    wanted = {
        "status": "failed", "paid": False, "captured": False, "amount_captured": 0,
        "balance_transaction": None, "failure_code": "card_declined",
        "failure_message": "Your card was declined.", "receipt_url": None,
    }  # fmt: skip
    assert {name: charge[name] for name in wanted} == wanted
    outcome = charge["outcome"]
    assert (outcome["type"], outcome["network_status"]) == ("issuer_declined", "declined_by_network")
    assert outcome["reason"] == "generic_decline"
    assert outcome["seller_message"] == "The bank did not return any further details with this decline."


def authentication_by_sdk(shop: Shop) -> None:
    asked = shop.pay(token(shop, "threeDSecure2Required")["id"], use_stripe_sdk=True).ok
    assert (asked["status"], asked["next_action"]["type"]) == ("requires_action", "use_stripe_sdk")
    customer, method = shop.saved(token(shop, "threeDSecure2Required")["id"])
    refused = shop.pay(method, customer=customer, off_session=True)
    error = refused.error
    assert (refused.status, error["code"], error["decline_code"]) == (
        402, "authentication_required", "authentication_required",
    )  # fmt: skip
    assert error["message"] == "Your card was declined. This transaction requires authentication."


def token_spellings(shop: Shop) -> None:
    for name in (
        "threeDSecure2Required", "threeDSecureRequired", "visa_createDispute", "createDispute",
        "visa_createDisputeInquiry", "visa_createDisputeProductNotReceived",
    ):  # fmt: skip
        assert token(shop, name)["type"] == "card"
    wrong = shop.post("/v1/payment_methods", type="card", card={"token": "tok_card_visa"})
    assert wrong.status == 400


def raw_numbers_are_refused(shop: Shop) -> None:
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    refused = shop.post("/v1/payment_methods", type="card", card=card)
    assert refused.status == 402
    assert "card numbers directly" in refused.error["message"]


def setup_declined(shop: Shop) -> None:
    for name, decline_code, param in (
        ("chargeDeclined", "generic_decline", None),
        ("chargeDeclinedExpiredCard", "expired_card", "exp_month"),
    ):
        refused = shop.post(
            "/v1/setup_intents", payment_method=f"pm_card_{name}", confirm=True, payment_method_types=["card"]
        )
        assert refused.status == 402
        assert (refused.error["decline_code"], refused.error.get("param")) == (decline_code, param)
        intent = shop.again(refused.error["setup_intent"])
        assert (intent["status"], intent["payment_method"]) == ("requires_payment_method", None)
        assert intent["last_setup_error"]["decline_code"] == decline_code
        assert "payment_method_type" not in intent["last_setup_error"]


def setup_usage(shop: Shop) -> None:
    for usage in ("on_session", "off_session"):
        made = shop.post("/v1/setup_intents", usage=usage, payment_method_types=["card"])
        assert made.ok["usage"] in {usage, "off_session"}


def transitions(shop: Shop) -> None:
    assert shop.intent().ok["status"] == "requires_payment_method"
    ready = shop.intent("pm_card_visa").ok
    assert ready["status"] == "requires_confirmation"
    assert shop.post(f"/v1/payment_intents/{ready['id']}/confirm").ok["status"] == "succeeded"
    assert shop.pay("pm_card_threeDSecure2Required").ok["status"] == "requires_action"
    assert sepa_debit(shop, "success_de")["status"] == "processing"
    intent = held(shop)
    assert intent["status"] == "requires_capture"
    assert shop.post(f"/v1/payment_intents/{intent['id']}/capture").ok["status"] == "succeeded"
    failed = shop.pay("pm_card_chargeDeclined").error["payment_intent"]
    assert failed["status"] == "requires_payment_method"
    again = shop.post(f"/v1/payment_intents/{failed['id']}/confirm", payment_method="pm_card_visa")
    assert again.ok["status"] == "succeeded"
    late = settled(shop, sepa_debit(shop, "failed_de"))
    assert late["status"] == "requires_payment_method"


def cancel(shop: Shop, intent: Json, **params: object) -> Reply:
    return shop.post(f"/v1/payment_intents/{intent['id']}/cancel", **params)


def cancelable(shop: Shop) -> None:
    for intent in (
        shop.intent().ok,
        shop.intent("pm_card_visa").ok,
        shop.pay("pm_card_threeDSecure2Required").ok,
        us_debit(shop, "processing"),
    ):
        assert cancel(shop, intent).ok["status"] == "canceled"
    intent = held(shop)
    assert intent["amount_capturable"] == 1099
    assert cancel(shop, intent).ok["amount_capturable"] == 0
    # Since 2025-03-31.basil what was held is released without a refund.
    assert shop.charge(intent)["amount_captured"] == 0
    assert shop.get("/v1/refunds", payment_intent=intent["id"]).ok["data"] == []


def not_cancelable(shop: Shop) -> None:
    refused = cancel(shop, shop.paid())
    assert (refused.status, refused.error["type"]) == (400, "invalid_request_error")
    assert refused.error["code"] == "payment_intent_unexpected_state"


def nothing_after_cancel(shop: Shop) -> None:
    intent = cancel(shop, shop.intent("pm_card_visa").ok).ok
    path = f"/v1/payment_intents/{intent['id']}"
    for call in (
        shop.post(path, amount=500),
        shop.post(f"{path}/confirm"),
        shop.post(f"{path}/capture"),
        cancel(shop, intent),
    ):
        assert call.status == 400
    not_cancelable(shop)


def confirmations_end(shop: Shop) -> None:
    """After an upper limit that Stripe does not name, one more attempt finds the intent canceled."""
    intent = shop.intent().ok
    for _ in range(200):
        shop.post(f"/v1/payment_intents/{intent['id']}/confirm", payment_method="pm_card_chargeDeclined")
        if shop.again(intent)["status"] == "canceled":
            return
    raise AssertionError("two hundred declines did not end the intent")


def capture_only_what_is_held(shop: Shop) -> None:
    for intent in (shop.intent().ok, shop.paid()):
        refused = shop.post(f"/v1/payment_intents/{intent['id']}/capture")
        assert (refused.status, refused.error["code"]) == (400, "payment_intent_unexpected_state")
    intent = held(shop)
    shop.wait(7 * A_DAY + A_MOMENT)
    assert shop.again(intent)["status"] == "canceled"


def authorization_window(shop: Shop) -> None:
    for method in ("pm_card_visa", "pm_card_mastercard", "pm_card_amex", "pm_card_discover"):
        intent = shop.pay(method, capture_method="manual").ok
        charge = shop.charge(intent)
        until = charge["payment_method_details"]["card"]["capture_before"]
        assert until - charge["created"] == 7 * A_DAY
        shop.wait(7 * A_DAY + A_MOMENT)
        assert shop.again(intent)["status"] == "canceled"


def cancellation_reasons(shop: Shop) -> None:
    for reason in ("duplicate", "fraudulent", "requested_by_customer", "abandoned"):
        assert cancel(shop, shop.intent().ok, cancellation_reason=reason).ok["cancellation_reason"] == reason
    assert cancel(shop, shop.intent().ok, cancellation_reason="expired").status == 400
    intent = held(shop)
    shop.wait(7 * A_DAY + A_MOMENT)
    assert shop.again(intent)["cancellation_reason"] == "expired"


def defaults(shop: Shop) -> None:
    plain = shop.intent().ok
    assert (plain["status"], plain["capture_method"]) == ("requires_payment_method", "automatic_async")
    assert plain["amount_details"] == {"tip": {}}
    assert shop.intent("pm_card_visa").ok["status"] == "requires_confirmation"


def refusals(shop: Shop) -> None:
    intent = shop.paid()
    path = f"/v1/payment_intents/{intent['id']}"
    for verb in ("capture", "cancel", "confirm"):
        refused = shop.post(f"{path}/{verb}")
        assert (refused.status, refused.error["code"]) == (400, "payment_intent_unexpected_state")
        assert refused.error["payment_intent"]["id"] == intent["id"]
    amount = shop.post(path, amount=500)
    assert (amount.status, amount.error["param"]) == (400, "amount")
    described = shop.post(path, description="late", metadata={"a": "1"}).ok
    assert (described["description"], described["metadata"]) == ("late", {"a": "1"})
    over = shop.post(f"/v1/payment_intents/{held(shop)['id']}/capture", amount_to_capture=1100)
    assert (over.status, over.error["code"]) == (400, "amount_too_large")


def foreign_method(shop: Shop) -> None:
    _, method = shop.saved("pm_card_visa")
    other = shop.customer()
    refused = shop.pay(method, customer=other)
    assert (refused.status, refused.error["param"]) == (400, "payment_method")
    assert f"does not belong to the Customer you supplied {other}" in refused.error["message"]
    nobody = shop.pay(method)
    assert "Please include the Customer in the `customer` parameter on the PaymentIntent" in nobody.error["message"]


def setup_refusals(shop: Shop) -> None:
    customer, method = shop.saved("pm_card_visa")
    default = {"default_payment_method": method}
    shop.post(f"/v1/customers/{customer}", invoice_settings=default)
    bare = shop.post("/v1/setup_intents", payment_method_types=["card"], customer=customer).ok
    missing = shop.post(f"/v1/setup_intents/{bare['id']}/confirm")
    assert (missing.status, missing.error["code"]) == (400, "setup_intent_unexpected_state")
    assert missing.error["setup_intent"]["id"] == bare["id"]
    done = shop.post(f"/v1/setup_intents/{setup(shop, 'pm_card_visa')['id']}/cancel")
    assert (done.status, done.error["code"]) == (400, "setup_intent_unexpected_state")
    for status in ("requires_payment_method", "requires_confirmation", "requires_action"):
        assert status in done.error["message"]
    proof = shop.post(f"/v1/setup_intents/{bare['id']}/verify_microdeposits", amounts=[32, 45])
    assert (proof.status, proof.error["code"]) == (400, "intent_invalid_state")


def setup_attaches(shop: Shop) -> None:
    customer = shop.customer()
    made = shop.post(
        "/v1/setup_intents", customer=customer, payment_method="pm_card_visa", confirm=True,
        payment_method_types=["card"],
    ).ok  # fmt: skip
    assert made["status"] == "succeeded"
    assert shop.again({"object": "payment_method", "id": made["payment_method"]})["customer"] == customer
    assert "payment_method.attached" in shop.event_types(made["payment_method"])


HOLDS: dict[str, Check] = {
    "1.live.decline_state": decline_state,
    "1.live.decline_charge": decline_charge,
    "1.live.3ds": authentication_by_sdk,
    "1.live.token_spellings": token_spellings,
    "1.live.raw_pan": raw_numbers_are_refused,
    "1.live.si_decline": setup_declined,
    "1.live.si_usage": setup_usage,
    "5.pi.transitions": transitions,
    "5.pi.cancel": cancelable,
    "5.pi.cancel.error": not_cancelable,
    "5.pi.canceled_ops": nothing_after_cancel,
    "5.pi.confirm_limit": confirmations_end,
    "5.pi.capture": capture_only_what_is_held,
    "5.pi.auth_windows": authorization_window,
    "5.pi.cancellation_reason": cancellation_reasons,
    "5.live.pi.defaults": defaults,
    "5.live.pi.refusals": refusals,
    "5.live.pi.foreign_pm": foreign_method,
    "5.live.si.refusals": setup_refusals,
    "5.live.si.attach": setup_attaches,
}
