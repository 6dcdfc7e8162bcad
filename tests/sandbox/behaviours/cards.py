"""Section 1: test cards and tokens."""

from collections.abc import Callable
from functools import partial

from tests.sandbox.behaviours.shop import A_MOMENT, Shop

Check = Callable[[Shop], object]

# fact: number, brand, funding, the name that pm_card_… and tok_… share
BRANDS: dict[str, tuple[str, str, str, str | None]] = {
    "1.card.ok.01": ("4242424242424242", "visa", "credit", "visa"),
    "1.card.ok.02": ("4000056655665556", "visa", "debit", "visa_debit"),
    "1.card.ok.04": ("2223003122003222", "mastercard", "credit", None),
    "1.card.ok.05": ("5200828282828210", "mastercard", "debit", "mastercard_debit"),
    "1.card.ok.09": ("6011111111111117", "discover", "credit", "discover"),
    "1.card.ok.10": ("6011000990139424", "discover", "credit", None),
    "1.card.ok.11": ("6011981111111113", "discover", "debit", None),
    "1.card.ok.12": ("3056930009020004", "diners", "credit", "diners"),
    "1.card.ok.16": ("6200000000000005", "unionpay", "credit", "unionpay"),
    "1.card.ok.17": ("6200000000000047", "unionpay", "debit", None),
}
COUNTRIES = {
    "US": "4242424242424242", "BR": "4000000760000002", "CA": "4000001240000000", "MX": "4000004840008001",
    "AT": "4000000400000008", "BE": "4000000560000004", "FR": "4000002500000003", "DE": "4000002760000016",
    "IE": "4000003720000005", "IT": "4000003800000008", "NL": "4000005280000002", "ES": "4000007240000007",
    "SE": "4000007520000008", "CH": "4000007560000009", "GB": "4000008260000000", "AU": "4000000360000006",
    "JP": "4000003920000003", "IN": "4000003560000008",
}  # fmt: skip
# fact: number, name, code, decline_code
DECLINES: dict[str, tuple[str, str, str, str | None]] = {
    "1.card.decline.lost_card": (
        "4000000000009987", "visa_chargeDeclinedLostCard", "card_declined", "lost_card",
    ),
    "1.card.decline.processing_error": (
        "4000000000000119", "chargeDeclinedProcessingError", "processing_error", None,
    ),
    "1.card.decline.velocity": (
        "4000000000006975", "visa_chargeDeclinedVelocityLimitExceeded", "card_declined",
        "card_velocity_exceeded",
    ),
}  # fmt: skip
# fact: number, name, the reason (None: any)
DISPUTES: dict[str, tuple[str, str, str | None]] = {
    "1.card.dispute.fraudulent": ("4000000000000259", "createDispute", "fraudulent"),
    "1.card.dispute.product_not_received": (
        "4000000000002685", "createDisputeProductNotReceived", "product_not_received",
    ),
    "1.card.dispute.visa_ce3": ("4000000404000038", "createCe3EligibleDispute", None),
    "1.card.dispute.visa_compliance": ("4000008400000779", "createComplianceDispute", None),
    "1.card.dispute.mc_compliance": ("5105008400000002", "createMastercardComplianceDispute", None),
    "1.card.dispute.smart_disputes": ("4000000001000043", "createAutoRepresentmentEligibleDispute", None),
    "1.card.dispute.rdr": ("4000000404004816", "createRapidDisputeResolutionDispute", None),
    "1.card.dispute.ce3_block": ("4000000404005649", "createCe3BlockDispute", None),
    "1.card.dispute.ethoca": ("5105000300000018", "createEthocaAlert", None),
}  # fmt: skip


def brand(number: str, brand: str, funding: str, name: str | None, shop: Shop) -> None:
    by_number = shop.card(number)
    assert (by_number["card"]["brand"], by_number["card"]["funding"]) == (brand, funding)
    assert by_number["card"]["last4"] == number[-4:]
    assert shop.pay(by_number["id"]).ok["status"] == "succeeded"
    if name:
        by_token = shop.post("/v1/payment_methods", type="card", card={"token": f"tok_{name}"}).ok
        assert by_token["card"]["fingerprint"] == by_number["card"]["fingerprint"]
        assert shop.pay(by_token["id"]).ok["status"] == "succeeded"
        assert shop.pay(f"pm_card_{name}").ok["status"] == "succeeded"


def countries(shop: Shop) -> None:
    for country, number in COUNTRIES.items():
        by_number = shop.card(number)
        assert by_number["card"]["country"] == country
        intent = shop.pay(f"pm_card_{country.lower()}").ok
        assert intent["status"] == "succeeded"
        used = shop.again({"object": "payment_method", "id": intent["payment_method"]})
        assert used["card"]["fingerprint"] == by_number["card"]["fingerprint"]
    for name in ("gb_debit", "gb_mastercard"):
        assert shop.pay(f"pm_card_{name}").ok["status"] == "succeeded"


def decline(number: str, name: str, code: str, decline_code: str | None, shop: Shop) -> None:
    for payment_method in (shop.card(number)["id"], f"pm_card_{name}"):
        refused = shop.pay(payment_method)
        assert (refused.status, refused.error["type"], refused.error["code"]) == (402, "card_error", code)
        assert refused.error.get("decline_code") in {decline_code, code if decline_code is None else None}
        assert shop.again(refused.error["payment_intent"])["status"] == "requires_payment_method"
        attached = shop.post(f"/v1/payment_methods/{payment_method}/attach", customer=shop.customer())
        assert (attached.status, attached.error["code"]) == (402, code)
    token = shop.post("/v1/payment_methods", type="card", card={"token": f"tok_{name}"}).ok
    assert shop.pay(token["id"]).error["code"] == code


def attach_rule(shop: Shop) -> None:
    for name in ("chargeCustomerFail", "visa_chargeCustomerFail"):
        token = shop.post("/v1/payment_methods", type="card", card={"token": f"tok_{name}"}).ok
        assert token["card"]["last4"] == "0341"
    for reason in ("LostCard", "StolenCard"):
        named = {"token": f"tok_visa_chargeCustomerFail{reason}"}
        customer, method = shop.saved(shop.post("/v1/payment_methods", type="card", card=named).ok["id"])
        assert shop.pay(method, customer=customer).error["code"] == "card_declined"
    customer, method = shop.saved("pm_card_chargeCustomerFail")
    refused = shop.pay(method, customer=customer)
    assert (refused.status, refused.error["code"]) == (402, "card_declined")
    assert shop.again({"object": "payment_method", "id": method})["customer"] == customer


def token_for_a_debit_card_without_funds(shop: Shop) -> None:
    named = {"token": "tok_visa_debit_chargeDeclinedInsufficientFunds"}
    method = shop.post("/v1/payment_methods", type="card", card=named).ok
    error = shop.pay(method["id"]).error
    assert (error["code"], error["decline_code"]) == ("card_declined", "insufficient_funds")


def invalid_data(shop: Shop) -> None:
    good: dict[str, object] = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    wrong: dict[str, dict[str, object]] = {
        "invalid_expiry_month": {"exp_month": 13},
        "invalid_expiry_year": {"exp_year": 95},
        "invalid_cvc": {"cvc": "99"},
        "incorrect_number": {"number": "4242424242424241"},
    }
    for code, change in wrong.items():
        refused = shop.as_browser("/v1/payment_methods", type="card", card=good | change)
        assert (refused.status, refused.error["type"], refused.error["code"]) == (402, "card_error", code)


def highest_risk(shop: Shop) -> None:
    assert shop.card("4000000000004954")["card"]["brand"] == "visa"
    error = shop.pay("pm_card_riskLevelHighest").error
    outcome = shop.get(f"/v1/charges/{error['charge']}").ok["outcome"]
    assert (outcome["risk_level"], outcome["type"]) == ("highest", "blocked")


def elevated_risk(shop: Shop) -> None:
    for method in ("pm_card_riskLevelElevated", shop.card("4000000000009235")["id"]):
        intent = shop.paid(method)
        assert intent["status"] == "succeeded"
        assert shop.charge(intent)["outcome"]["risk_level"] == "elevated"


def cvc_fails(shop: Shop) -> None:
    intent = shop.paid(shop.card("4000000000000101")["id"])
    assert shop.charge(intent)["payment_method_details"]["card"]["checks"]["cvc_check"] == "fail"


def address_fails(shop: Shop) -> None:
    address = {"line1": "510 Townsend St", "postal_code": "94103", "country": "US"}
    method = shop.card("4000000000000010", billing_details={"address": address})
    checks = shop.charge(shop.paid(method["id"]))["payment_method_details"]["card"]["checks"]
    assert (checks["address_line1_check"], checks["address_postal_code_check"]) == ("fail", "fail")


def control_is_off(number: str, name: str, shop: Shop) -> None:
    """What happens when a Radar control is on is the account's choice; in ours none is on."""
    assert shop.pay(shop.card(number)["id"]).ok["status"] == "succeeded"
    assert shop.pay(f"pm_card_{name}").ok["status"] == "succeeded"


def error_example(shop: Shop) -> None:
    error = shop.pay("pm_card_chargeDeclinedIncorrectCvc").error
    assert error["code"] == "incorrect_cvc"
    assert error["doc_url"] == "https://stripe.com/docs/error-codes/incorrect-cvc"
    assert error["message"] == "Your card's security code is incorrect."
    assert (error["param"], error["type"]) == ("cvc", "card_error")


def disputed(number: str, name: str, reason: str | None, shop: Shop) -> None:
    token = shop.post("/v1/payment_methods", type="card", card={"token": f"tok_{name}"}).ok
    for method in (shop.card(number)["id"], token["id"], f"pm_card_{name}"):
        intent = shop.paid(method)
        assert intent["status"] == "succeeded"
        assert shop.charge(intent)["disputed"] is True
        (dispute,) = shop.get("/v1/disputes", payment_intent=intent["id"]).ok["data"]
        assert dispute["amount"] == 1099
        assert reason in {None, dispute["reason"]}


def disputed_more_than_once(shop: Shop) -> None:
    assert shop.card("4000000404000079")["card"]["brand"] == "visa"
    intent = shop.paid("pm_card_createMultipleDisputes")
    assert len(shop.get("/v1/disputes", charge=intent["latest_charge"]).ok["data"]) > 1


def refund_pends(shop: Shop) -> None:
    for method in ("pm_card_pendingRefund", shop.card("4000000000007726")["id"]):
        refund = shop.post("/v1/refunds", payment_intent=shop.paid(method)["id"]).ok
        assert refund["status"] == "pending"
        shop.wait(A_MOMENT)
        assert shop.again(refund)["status"] == "succeeded"
        assert "refund.updated" in shop.event_types(refund["id"])


def refund_fails(shop: Shop) -> None:
    for method in ("pm_card_refundFail", shop.card("4000000000005126")["id"]):
        refund = shop.post("/v1/refunds", payment_intent=shop.paid(method)["id"]).ok
        assert refund["status"] == "succeeded"
        shop.wait(A_MOMENT)
        assert shop.again(refund)["status"] == "failed"
        assert "refund.failed" in shop.event_types(refund["id"])


def refund_is_immediate(shop: Shop) -> None:
    refund = shop.post("/v1/refunds", payment_intent=shop.paid("pm_card_mastercard")["id"]).ok
    assert refund["status"] == "succeeded"
    shop.wait(7 * 24 * 3600)
    assert shop.again(refund)["status"] == "succeeded"


def funds_available_at_once(shop: Shop) -> None:
    for name in ("bypassPending", "bypassPendingInternational", "visa"):
        intent = shop.paid(f"pm_card_{name}")
        booked = shop.get("/v1/balance_transactions", source=intent["latest_charge"]).ok["data"][0]
        assert booked["status"] == ("pending" if name == "visa" else "available")
    for number in ("4000000000000077", "4000003720000278"):
        assert shop.pay(shop.card(number)["id"]).ok["status"] == "succeeded"


def set_up_then_free(shop: Shop) -> None:
    """Off-session it asks unless it was set up."""
    assert shop.pay("pm_card_authenticationRequiredOnSetup").ok["status"] == "requires_action"
    customer, method = shop.saved("pm_card_authenticationRequiredOnSetup")
    off = shop.pay(method, customer=customer, off_session=True)
    assert (off.status, off.error["decline_code"]) == (402, "authentication_required")

    customer = shop.customer()
    setup = shop.post(
        "/v1/setup_intents", customer=customer, payment_method=shop.card("4000002500003155")["id"], confirm=True,
        payment_method_types=["card"],
    ).ok  # fmt: skip
    assert setup["status"] == "requires_action"
    ready = shop.authenticate(setup)
    assert ready["status"] == "succeeded"
    paid = shop.pay(ready["payment_method"], customer=customer, off_session=True)
    assert paid.ok["status"] == "succeeded"


def always_asks(shop: Shop) -> None:
    assert shop.pay(shop.card("4000002760003184")["id"]).ok["status"] == "requires_action"
    customer, method = shop.saved("pm_card_authenticationRequired")
    for off_session in (None, True):
        asked = shop.pay(method, customer=customer, off_session=off_session)
        assert asked.body.get("status") == "requires_action" or (
            asked.error["decline_code"] == "authentication_required"
        )


def set_up_already(shop: Shop) -> None:
    assert shop.pay(shop.card("4000003800000446")["id"]).ok["status"] == "requires_action"
    customer, method = shop.saved("pm_card_authenticationRequiredSetupForOffSession")
    assert shop.pay(method, customer=customer, off_session=True).ok["status"] == "succeeded"


def three_d_secure_required(shop: Shop) -> None:
    for method in ("pm_card_threeDSecure2Required", shop.card("4000000000003220")["id"]):
        intent = shop.pay(method).ok
        assert intent["status"] == "requires_action"
        assert shop.authenticate(intent)["status"] == "succeeded"


def declined_after_authentication(shop: Shop) -> None:
    for method in ("pm_card_threeDSecureRequiredChargeDeclined", shop.card("4000008400001629")["id"]):
        intent = shop.authenticate(shop.pay(method).ok)
        assert intent["status"] == "requires_payment_method"
        assert intent["last_payment_error"]["code"] == "card_declined"


def look_up_fails(shop: Shop) -> None:
    for method in ("pm_card_threeDSecureRequiredProcessingError", shop.card("4000008400001280")["id"]):
        refused = shop.pay(method)
        assert (refused.status, refused.error["code"]) == (402, "card_declined")


def three_d_secure_optional(shop: Shop) -> None:
    for method in ("pm_card_threeDSecureOptional", shop.card("4000000000003055")["id"]):
        assert shop.pay(method).ok["status"] == "succeeded"


def frictionless(shop: Shop) -> None:
    intent = shop.paid(shop.card("4000000032200000")["id"])
    assert intent["status"] == "succeeded"
    details = shop.charge(intent)["payment_method_details"]["card"]
    assert details["three_d_secure"]["authentication_flow"] == "frictionless"


def asks_by_status(shop: Shop) -> None:
    intent = shop.pay("pm_card_threeDSecure2Required", return_url="https://shop.example/done").ok
    assert (intent["status"], intent["next_action"]["type"]) == ("requires_action", "redirect_to_url")
    sdk = shop.pay("pm_card_threeDSecure2Required", use_stripe_sdk=True).ok
    assert sdk["next_action"]["type"] == "use_stripe_sdk"
    assert shop.authenticate(intent, "fail")["status"] == "requires_payment_method"


def off_session_decline(shop: Shop) -> None:
    customer, method = shop.saved("pm_card_authenticationRequired")
    refused = shop.pay(method, customer=customer, off_session=True)
    assert (refused.status, refused.error["decline_code"]) == (402, "authentication_required")
    intent = refused.error["payment_intent"]
    assert intent["status"] == "requires_payment_method"
    back = shop.as_browser(
        f"/v1/payment_intents/{intent['id']}/confirm",
        client_secret=intent["client_secret"],
        payment_method=shop.card("4242424242424242")["id"],
    )
    assert back.ok["status"] == "succeeded"


HOLDS: dict[str, Check] = {
    **{fact: partial(brand, *row) for fact, row in BRANDS.items()},
    **{fact: partial(decline, *row) for fact, row in DECLINES.items()},
    **{fact: partial(disputed, *row) for fact, row in DISPUTES.items()},
    "1.card.ok.country": countries,
    "1.card.decline.attach_rule": attach_rule,
    "1.card.decline.tok_debit_nsf": token_for_a_debit_card_without_funds,
    "1.card.invalid_data": invalid_data,
    "1.card.radar.highest_risk": highest_risk,
    "1.card.radar.elevated_risk": elevated_risk,
    "1.card.radar.cvc_fail": cvc_fails,
    "1.card.radar.avs_fail": address_fails,
    "1.card.radar.free_trial_abuse": partial(control_is_off, "4001858821843804", "freeTrialAbuseBlock"),
    "1.card.radar.adaptive3ds": partial(control_is_off, "4000008405600003", "adaptive3dsChallenge"),
    "1.card.error_example": error_example,
    "1.card.dispute.multiple": disputed_more_than_once,
    "1.card.refund.async_success": refund_pends,
    "1.card.refund.async_failure": refund_fails,
    "1.card.refund.sync": refund_is_immediate,
    "1.card.bypass_pending": funds_available_at_once,
    "1.card.3ds.unless_setup": set_up_then_free,
    "1.card.3ds.always": always_asks,
    "1.card.3ds.already_setup": set_up_already,
    "1.card.3ds.required_ok": three_d_secure_required,
    "1.card.3ds.required_declined": declined_after_authentication,
    "1.card.3ds.required_error": look_up_fails,
    "1.card.3ds.supported_ok": three_d_secure_optional,
    "1.card.3ds.frictionless": frictionless,
    "1.card.3ds.status": asks_by_status,
    "1.card.off_session.decline": off_session_decline,
}
