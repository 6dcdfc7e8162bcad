"""Sections 1, 5, 6 and 7: payment intents, setup intents, refunds, amounts and balance transactions."""

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


def refund(shop: Shop, intent: Json, **params: object) -> Reply:
    return shop.post("/v1/refunds", payment_intent=intent["id"], **params)


def refund_states(shop: Shop) -> None:
    done = refund(shop, shop.paid()).ok
    late = refund(shop, shop.paid("pm_card_pendingRefund")).ok
    lost = refund(shop, shop.paid("pm_card_refundFail")).ok
    assert [row["status"] for row in (done, late, lost)] == ["succeeded", "pending", "succeeded"]
    shop.wait(A_MOMENT)
    assert [shop.again(row)["status"] for row in (done, late, lost)] == ["succeeded", "succeeded", "failed"]
    for row in (done, lost):
        assert shop.post(f"/v1/refunds/{row['id']}/cancel").status == 400


def refund_too_much(shop: Shop) -> None:
    intent = shop.paid()
    refund(shop, intent, amount=99)
    over = refund(shop, intent, amount=1099)
    assert (over.status, over.error["type"], over.error["param"]) == (400, "invalid_request_error", "amount")
    assert over.error["message"] == ("Refund amount ($10.99) is greater than unrefunded amount on charge ($10.00)")
    assert "code" not in over.error


def refund_uncaptured(shop: Shop) -> None:
    intent = held(shop)
    assert refund(shop, intent).status == 400
    assert cancel(shop, intent).ok["status"] == "canceled"


def refund_without_balance(shop: Shop) -> None:
    """A card refund waits for balance, another method's fails; with balance both go through."""
    intent = settled(shop, us_debit(shop, "success"))
    assert refund(shop, intent).ok["status"] in {"pending", "succeeded"}
    assert refund(shop, shop.paid()).ok["status"] == "succeeded"


def not_refundable(shop: Shop) -> None:
    error = shop.pay("pm_card_chargeDeclined").error
    refused = shop.post("/v1/refunds", charge=error["charge"])
    assert refused.status == 400


def refund_refusals(shop: Shop) -> None:
    refund_too_much(shop)
    intent = shop.paid()
    full = refund(shop, intent).ok
    again = refund(shop, intent)
    charge = intent["latest_charge"]
    assert (again.status, again.error["code"]) == (400, "charge_already_refunded")
    assert again.error["message"] == f"Charge {charge} has already been refunded."
    disputed = refund(shop, shop.paid("pm_card_createDispute"))
    assert (disputed.status, disputed.error["code"]) == (400, "charge_disputed")
    neither = shop.post("/v1/refunds")
    assert neither.error["message"] == (
        "One of the following params should be provided for this request: payment_intent or charge."
    )
    assert refund(shop, shop.paid(), reason="expired_uncaptured_charge").status == 400
    canceled = shop.post(f"/v1/refunds/{full['id']}/cancel")
    assert canceled.error["message"] == "Canceling this refund is unsupported."
    uncaptured = refund(shop, held(shop))
    assert uncaptured.error["message"].startswith("This uncaptured Charge was created by a PaymentIntent")
    assert "code" not in uncaptured.error


def card_refund(shop: Shop) -> None:
    intent = shop.paid()
    partly = refund(shop, intent, amount=100).ok
    assert partly["status"] == "succeeded"
    assert partly["balance_transaction"]
    card = partly["destination_details"]["card"]
    assert (card["reference_status"], card["reference_type"]) == ("pending", "acquirer_reference_number")
    assert card["type"] == "refund"
    charge = shop.charge(intent)
    assert (charge["amount_refunded"], charge["refunded"]) == (100, False)
    refund(shop, intent)
    assert shop.charge(intent)["refunded"] is True


def refund_reference(shop: Shop) -> None:
    made = refund(shop, shop.paid()).ok
    shop.wait(A_MOMENT)
    card = shop.again(made)["destination_details"]["card"]
    assert card["reference_status"] == "available"
    assert len(card["reference"]) == 16
    assert card["reference"].isdecimal()


def refunds_are_absent(shop: Shop) -> None:
    intent = shop.paid()
    refund(shop, intent, amount=100)
    path = f"/v1/charges/{intent['latest_charge']}"
    assert "refunds" not in shop.get(path).ok
    assert len(shop.get(path, expand=["refunds"]).ok["refunds"]["data"]) == 1


MINIMUM = {
    "usd": 50, "aed": 200, "ars": 50, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "cop": 50, "czk": 1500,
    "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "idr": 50, "ils": 50, "inr": 50, "jpy": 50,
    "krw": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "php": 50, "pln": 200, "ron": 200, "rub": 50,
    "sek": 300, "sgd": 50, "thb": 1000, "zar": 50,
}  # fmt: skip


def minimum(shop: Shop) -> None:
    """The minimum is that of the settlement currency; ours is dollars."""
    for currency, least in MINIMUM.items():
        assert shop.intent(amount=least, currency=currency).status == 200
    below = shop.intent(amount=49)
    assert (below.status, below.error["code"]) == (400, "amount_too_small")


def largest(shop: Shop) -> None:
    assert shop.intent(amount=99_999_999).status == 200


def isk(shop: Shop) -> None:
    whole_units_only(shop, "isk")


def whole_units_only(shop: Shop, currency: str) -> None:
    assert shop.intent(amount=50_000, currency=currency).ok["amount"] == 50_000
    assert shop.intent(amount=50_050, currency=currency).status == 400


def ugx(shop: Shop) -> None:
    whole_units_only(shop, "ugx")


def huf_and_twd(shop: Shop) -> None:
    for currency in ("huf", "twd"):
        assert shop.pay("pm_card_visa", amount=1_000_045, currency=currency).ok["status"] == "succeeded"


def three_decimals(shop: Shop) -> None:
    for currency in ("bhd", "jod", "kwd", "omr", "tnd"):
        assert shop.intent(amount=5120, currency=currency).ok["amount"] == 5120
        assert shop.intent(amount=5124, currency=currency).status == 400


def booked(shop: Shop, source: str) -> Json:
    return dict(shop.get("/v1/balance_transactions", source=source).ok["data"][0])


def signs(shop: Shop) -> None:
    intent = shop.paid()
    made = refund(shop, intent, amount=99).ok
    charge, back = booked(shop, intent["latest_charge"]), booked(shop, made["id"])
    assert (charge["amount"], back["amount"]) == (1099, -99)
    assert charge["fee"] > 0
    for row in (charge, back):
        assert row["net"] == row["amount"] - row["fee"]
        assert row["status"] in {"pending", "available"}
        assert row["available_on"] >= row["created"] - A_DAY


def types(shop: Shop) -> None:
    intent = shop.paid()
    debit = settled(shop, us_debit(shop, "success"))
    kinds = [booked(shop, thing["latest_charge"])["type"] for thing in (intent, debit)]
    assert kinds == ["charge", "payment"]


def refund_keeps_fee(shop: Shop) -> None:
    intent = shop.paid()
    row = booked(shop, refund(shop, intent).ok["id"])
    assert (row["type"], row["amount"], row["fee"]) == ("refund", -1099, 0)
    debit = settled(shop, us_debit(shop, "success"))
    assert booked(shop, refund(shop, debit).ok["id"])["type"] == "payment_refund"


def categories(shop: Shop) -> None:
    intent, debit = shop.paid(), settled(shop, us_debit(shop, "success"))
    for thing in (intent, debit):
        assert booked(shop, thing["latest_charge"])["reporting_category"] == "charge"
        assert booked(shop, refund(shop, thing).ok["id"])["reporting_category"] == "refund"


def sources(shop: Shop) -> None:
    intent = shop.paid()
    row = booked(shop, intent["latest_charge"])
    assert row["source"] == intent["latest_charge"]
    expanded = shop.get(f"/v1/balance_transactions/{row['id']}", expand=["source"]).ok["source"]
    assert (expanded["object"], expanded["id"]) == ("charge", intent["latest_charge"])


def fee_rounds_half_up(shop: Shop) -> None:
    """2.9 % of 5.00 is 14.5 cents, of 6.00 it is 17.4; thirty cents come on top."""
    fees = [booked(shop, shop.paid(amount=amount)["latest_charge"])["fee"] for amount in (500, 600)]
    assert fees == [15 + 30, 17 + 30]


def charge_row_comes_later(shop: Shop) -> None:
    intent = shop.pay("pm_card_visa", expand=["latest_charge"]).ok
    assert intent["latest_charge"]["balance_transaction"] is None
    shop.wait(A_MOMENT)
    later = shop.get(f"/v1/charges/{intent['latest_charge']['id']}", expand=["balance_transaction"]).ok
    assert later["balance_transaction"]["amount"] == later["amount_captured"] == 1099


def refund_row(shop: Shop) -> None:
    intent = shop.paid(description="two books")
    row = booked(shop, refund(shop, intent, amount=99).ok["id"])
    wanted = {
        "type": "refund", "reporting_category": "refund", "amount": -99, "fee": 0, "fee_details": [],
        "description": "REFUND FOR CHARGE (two books)", "status": "pending",
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted


def balance_shape(shop: Shop) -> None:
    shop.paid()
    balance = shop.get("/v1/balance").ok
    assert any("card" in entry["source_types"] for entry in balance["pending"])
    for kind in ("available", "pending"):
        for entry in balance[kind]:
            assert set(entry) == {"amount", "currency", "source_types"}
            assert set(entry["source_types"]) <= {"card", "bank_account"}
    assert "refund_and_dispute_prefunding" in balance
    assert not {"instant_available", "connect_reserved", "issuing"} & set(balance)


def available_at_midnight(shop: Shop) -> None:
    row = booked(shop, shop.paid()["latest_charge"])
    assert row["status"] == "pending"
    assert row["available_on"] % A_DAY == 0


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
    "5.refund.states": refund_states,
    "5.refund.over_message": refund_too_much,
    "5.refund.uncaptured": refund_uncaptured,
    "5.refund.low_balance": refund_without_balance,
    "5.refund.not_refundable": not_refundable,
    "5.live.pi.defaults": defaults,
    "5.live.pi.refusals": refusals,
    "5.live.pi.foreign_pm": foreign_method,
    "5.live.si.refusals": setup_refusals,
    "5.live.si.attach": setup_attaches,
    "5.live.refund.refusals": refund_refusals,
    "5.live.refund.card": card_refund,
    "5.live.charge.refunds": refunds_are_absent,
    "6.min.amounts": minimum,
    "6.cur.isk": isk,
    "6.cur.ugx": ugx,
    "6.cur.huf_twd": huf_and_twd,
    "6.round.fee": fee_rounds_half_up,
    "6.three_decimal": three_decimals,
    "7.bt.signs": signs,
    "7.bt.types": types,
    "7.bt.refund": refund_keeps_fee,
    "7.bt.categories": categories,
    "7.bt.source": sources,
    "7.live.bt.charge": charge_row_comes_later,
    "7.live.bt.refund": refund_row,
    "7.live.balance_shape": balance_shape,
    "7.live.available_on": available_at_midnight,
    "7.live.refund_reference": refund_reference,
}
