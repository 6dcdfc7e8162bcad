"""Sections 2, 3 and 10: idempotency, errors, lists, limits and versions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import stripe
from stripe import _api_version, _http_client

from tests.contract.sdk_types import fields
from tests.sandbox.behaviours.shop import A_DAY, A_MOMENT, Shop
from tests.sandbox.server import serve

Check = Callable[[Shop], object]


def key() -> str:
    return f"key-{uuid4()}"


def plan(shop: Shop, kind: str, path: str, **more: object) -> None:
    """Let the next matching POST meet a fault."""
    shop.server.control("faults", {"method": "POST", "path": path, "kind": kind, "times": 1, **more})


def key_length(shop: Shop) -> None:
    assert shop.keyed("k" * 190 + uuid4().hex * 2 + "x", "/v1/customers").ok["id"]
    assert shop.keyed("k" * 256, "/v1/customers").status == 400


def no_second_version(shop: Shop) -> None:
    """API v2 has its own rule for keys; the sandbox serves v1 alone, so v1's rule meets nothing of v2."""
    assert shop.ask("POST", "/v2/core/accounts", {}, {"Idempotency-Key": key()}).status == 404


def what_is_stored(shop: Shop) -> None:
    mine = key()
    plan(shop, "error_500", "/v1/customers")
    first, second = (shop.keyed(mine, "/v1/customers", name="Ada") for _ in range(2))
    assert (first.status, second.status) == (500, 500)
    assert first.raw == second.raw
    declined = key()
    asked = {"amount": 1099, "currency": "usd", "payment_method": "pm_card_chargeDeclined", "confirm": True,
             "payment_method_types": ["card"]}  # fmt: skip
    first, second = (shop.keyed(declined, "/v1/payment_intents", **asked) for _ in range(2))
    assert (first.status, first.raw) == (second.status, second.raw)
    assert first.status == 402
    not_kept = key()
    assert shop.keyed(not_kept, "/v1/payment_intents", amount=-1, currency="usd").status == 400
    assert shop.keyed(not_kept, "/v1/payment_intents", amount=1099, currency="usd").status == 200
    shop.wait(2 * A_DAY)
    assert shop.keyed(mine, "/v1/customers", name="Ada").status == 200


def replay_header(shop: Shop) -> None:
    mine = key()
    first, second = (shop.keyed(mine, "/v1/customers") for _ in range(2))
    assert first.headers.get("Idempotent-Replayed") is None
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    assert first.ok["id"] == second.ok["id"]


def mismatch(shop: Shop) -> None:
    mine = key()
    shop.keyed(mine, "/v1/customers", name="Ada")
    other = shop.keyed(mine, "/v1/customers", name="Grace")
    assert (other.status, other.error["type"]) == (400, "idempotency_error")


def scope(shop: Shop) -> None:
    """Stripe's page names no scope; its error text says that endpoint and parameters must match."""
    mine = key()
    customer = shop.keyed(mine, "/v1/customers").ok["id"]
    elsewhere = shop.keyed(mine, f"/v1/customers/{customer}")
    assert (elsewhere.status, elsewhere.error["type"]) == (400, "idempotency_error")


def event_names_its_request(shop: Shop) -> None:
    mine = key()
    made = shop.keyed(mine, "/v1/customers")
    (event,) = shop.events(made.ok["id"], "customer.created")
    assert event["request"] == {"id": made.headers["Request-Id"], "idempotency_key": mine}


def http_table(shop: Shop) -> None:
    path = f"/v1/customers/{shop.customer()}"
    plan(shop, "rate_limit_429", path)
    assert shop.post(path).status == 429
    plan(shop, "error_500", path)
    assert shop.post(path).status == 500
    mine = key()
    plan(shop, "slow", path, seconds=1.0)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: shop.keyed(mine, path).status, range(2)))
    assert sorted(both) == [200, 409]
    assert shop.post(path, amount=1).status == 400
    assert shop.ask("GET", path, {}, {"Authorization": "Bearer sk_test_no"}).status == 401
    assert shop.pay("pm_card_chargeDeclined").status == 402
    assert shop.as_browser("/v1/customers").status == 403
    assert shop.get("/v1/customers/cus_none").status == 404


def attributes(shop: Shop) -> None:
    known = {*fields(stripe.ErrorObject), "payment_method_type", "request_log_url"}
    documented = {
        "advice_code", "charge", "code", "decline_code", "doc_url", "message", "network_advice_code",
        "network_decline_code", "param", "payment_intent", "payment_method", "payment_method_type",
        "request_log_url", "setup_intent", "source", "type",
    }  # fmt: skip
    assert documented <= known
    declined = shop.pay("pm_card_chargeDeclined").error
    assert set(declined) <= documented
    assert {"charge", "code", "decline_code", "doc_url", "message", "payment_intent", "type"} <= set(declined)


def sdk_defaults(shop: Shop) -> None:
    """A fact about stripe-ruby; the SDK that Counterfoil uses agrees on what it shares with it."""
    client = _http_client.HTTPClient
    assert (client.INITIAL_DELAY, client.MAX_DELAY) == (0.5, 5)
    assert _http_client.new_default_http_client()._timeout == 80  # type: ignore[attr-defined]


def rate_limit_header(shop: Shop) -> None:
    plan(shop, "rate_limit_429", "/v1/customers")
    limited = shop.post("/v1/customers")
    assert limited.status == 429
    assert limited.headers["Stripe-Rate-Limited-Reason"] in {
        "global-concurrency", "global-rate", "endpoint-concurrency", "endpoint-rate", "resource-specific",
    }  # fmt: skip
    with serve("--requests-per-second", "2") as server:
        replies = [Shop(server).get("/v1/customers") for _ in range(5)]
    assert {reply.status for reply in replies} == {200, 429}


def lock_timeout(shop: Shop) -> None:
    plan(shop, "lock_timeout", "/v1/customers")
    locked = shop.post("/v1/customers")
    assert (locked.status, locked.error["code"]) == (429, "lock_timeout")
    assert "Stripe-Rate-Limited-Reason" not in locked.headers


def refusal(code: str, **given: object) -> Check:
    """A payment intent asked for in a way that has this code."""

    def check(shop: Shop) -> None:
        refused = shop.post("/v1/payment_intents", **given)
        assert (refused.status, refused.error["code"]) == (400, code)

    return check


def empty_string(shop: Shop) -> None:
    refused = shop.post("/v1/payment_intents", amount=1099, currency="")
    assert refused.status == 400
    assert refused.error["code"] in {"parameter_invalid_empty", "parameter_invalid_string_empty"}


def exclusive(shop: Shop) -> None:
    refused = shop.intent(automatic_payment_methods={"enabled": True})
    assert (refused.status, refused.error["code"]) == (400, "parameters_exclusive")


def resource_missing(shop: Shop) -> None:
    for path in ("/v1/customers/cus_none", f"/v1/payment_intents/{shop.customer()}"):
        refused = shop.get(path)
        assert (refused.status, refused.error["code"]) == (404, "resource_missing")


def resource_already_exists(shop: Shop) -> None:
    """None of the objects that exist so far takes an id of the caller's, so no id can exist already."""
    customer = shop.customer()
    refused = shop.post("/v1/customers", id=customer)
    assert refused.status == 400
    assert refused.error["code"] in {"parameter_unknown", "resource_already_exists"}


def amount_too_large(shop: Shop) -> None:
    refused = shop.intent(amount=1_000_000_000_000)
    assert (refused.status, refused.error["code"]) == (400, "amount_too_large")


def api_key_expired(shop: Shop) -> None:
    expired = shop.ask("GET", "/v1/customers", {}, {"Authorization": "Bearer sk_test_1234567890_expired"})
    assert (expired.status, expired.error["code"]) == (401, "api_key_expired")


def secret_key_required(shop: Shop) -> None:
    refused = shop.as_browser("/v1/customers")
    assert (refused.status, refused.error["code"]) == (403, "secret_key_required")


def status_transition(shop: Shop) -> None:
    """A payment that is over takes no other road; payments say so with a code of their own."""
    intent = shop.paid()
    refused = shop.post(f"/v1/payment_intents/{intent['id']}/cancel")
    assert (refused.status, refused.error["code"]) == (400, "payment_intent_unexpected_state")


def legacy(shop: Shop) -> None:
    rate_limit_header(shop)
    secret_key_required(shop)
    mismatch(shop)


def last_errors(shop: Shop) -> None:
    intent = shop.again(shop.pay("pm_card_chargeDeclined").error["payment_intent"])
    assert intent["last_payment_error"]["code"] == "card_declined"
    setup = shop.post(
        "/v1/setup_intents", payment_method="pm_card_chargeDeclined", confirm=True, payment_method_types=["card"]
    ).error["setup_intent"]
    assert shop.again(setup)["last_setup_error"]["code"] == "card_declined"
    (attempt,) = shop.get("/v1/setup_attempts", setup_intent=setup["id"]).ok["data"]
    assert attempt["setup_error"]["code"] == "card_declined"
    refund = shop.post("/v1/refunds", payment_intent=shop.paid("pm_card_refundFail")["id"]).ok
    shop.wait(A_MOMENT)
    assert shop.again(refund)["failure_reason"]


def limit_is_clamped(shop: Shop) -> None:
    for _ in range(3):
        shop.customer()
    assert [len(shop.get("/v1/customers", limit=limit).ok["data"]) for limit in (0, -5)] == [1, 1]
    with serve() as server:
        crowd = Shop(server)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: crowd.customer(), range(102)))
        assert len(crowd.get("/v1/customers", limit=101).ok["data"]) == 100


def cursors(shop: Shop) -> None:
    one, two = shop.customer(), shop.customer()
    bogus = shop.get("/v1/customers", starting_after="cus_none")
    assert (bogus.status, bogus.error["code"], bogus.error["param"]) == (400, "resource_missing", "starting_after")
    both = shop.get("/v1/customers", starting_after=two, ending_before=one)
    assert both.status == 400
    assert "code" not in both.error
    first_bogus = shop.get("/v1/customers", starting_after="cus_none", ending_before=one)
    assert first_bogus.error["code"] == "resource_missing"


def missing_references(shop: Shop) -> None:
    unknown = shop.intent(customer="cus_none")
    assert (unknown.status, unknown.error["code"], unknown.error["param"]) == (400, "resource_missing", "customer")
    charge = shop.post("/v1/refunds", charge="ch_none")
    assert (charge.status, charge.error["code"]) == (404, "resource_missing")


def enum_text(shop: Shop) -> None:
    enum = shop.intent(capture_method="later").error
    assert enum["message"] == "Invalid capture_method: must be one of automatic, automatic_async, or manual"
    assert "code" not in enum
    assert shop.intent(amount="abc").error["message"] == "Invalid integer: abc"
    zero = shop.intent(amount=0).error
    assert (zero["code"], zero["param"]) == ("parameter_invalid_integer", "amount")
    assert zero["message"] == "This value must be greater than or equal to 1."
    assert shop.post("/v1/payment_intents", amount=1099).error["code"] == "parameter_missing"
    unknown = shop.intent(colour="red").error
    assert unknown["code"] == "parameter_unknown"
    assert unknown["message"] == "Received unknown parameter: colour"


def expand_errors(shop: Shop) -> None:
    path = f"/v1/payment_intents/{shop.paid()['id']}"
    for wrong in ("amount", "colour"):
        refused = shop.get(path, expand=[wrong])
        assert (refused.status, refused.error["type"]) == (400, "invalid_request_error")
        assert refused.error["message"].startswith("This property cannot be expanded")
        assert wrong in refused.error["message"]


DECLINE_CODES = (
    "authentication_required", "authentication_not_handled", "approve_with_id", "call_issuer",
    "card_not_supported", "card_velocity_exceeded", "currency_not_supported", "do_not_honor",
    "do_not_try_again", "duplicate_transaction", "expired_card", "fraudulent", "generic_decline",
    "incorrect_address", "incorrect_cvc", "incorrect_number", "incorrect_pin", "incorrect_zip",
    "insufficient_funds", "invalid_account", "invalid_amount", "invalid_cvc", "invalid_expiry_month",
    "invalid_expiry_year", "invalid_number", "invalid_pin", "issuer_not_available", "lost_card",
    "merchant_blacklist", "new_account_information_available", "no_action_taken", "not_permitted",
    "offline_pin_required", "online_or_offline_pin_required", "pickup_card", "pin_try_exceeded",
    "processing_error", "reenter_transaction", "restricted_card", "revocation_of_all_authorizations",
    "revocation_of_authorization", "security_violation", "service_not_allowed", "stolen_card",
    "stop_payment_order", "testmode_decline", "transaction_not_allowed", "try_again_later",
    "withdrawal_count_limit_exceeded", "mobile_device_authentication_required",
)  # fmt: skip
# Said of test cards only, beside the table: a number that is no test card.
TEST_MODE_CODES = {"test_mode_live_card"}


def decline_codes(shop: Shop) -> None:
    """Stripe's table has fifty; whatever a card is declined with here is one of them."""
    assert len(set(DECLINE_CODES)) == 50
    for name in (
        "chargeDeclined", "chargeDeclinedInsufficientFunds", "visa_chargeDeclinedLostCard",
        "visa_chargeDeclinedStolenCard", "chargeDeclinedExpiredCard", "chargeDeclinedIncorrectCvc",
        "chargeDeclinedProcessingError", "visa_chargeDeclinedVelocityLimitExceeded", "radarBlock",
    ):  # fmt: skip
        error = shop.pay(f"pm_card_{name}").error
        assert error.get("decline_code", "generic_decline") in DECLINE_CODES
    live = shop.pay(shop.card("4111111111111111")["id"]).error
    assert live["decline_code"] in {*DECLINE_CODES, *TEST_MODE_CODES}


def version_is_the_pinned_one(shop: Shop) -> None:
    """A version is chosen by header, then the SDK's pin; any other than the one spoken here is refused."""
    version = _api_version._ApiVersion.CURRENT
    answered = shop.ask("GET", "/v1/customers", {}, {"Stripe-Version": version})
    assert answered.headers["Stripe-Version"] == version
    assert shop.ask("GET", "/v1/customers", {}, {}).headers["Stripe-Version"] == version
    event = shop.events(shop.customer())[0]
    assert event["api_version"] == version


def newer_versions_are_refused(shop: Shop) -> None:
    """The version of October 2026 exists; the sandbox speaks its pinned one and refuses to pretend."""
    for version in ("2026-09-30.endive", "2026-10-28.endive"):
        assert shop.ask("GET", "/v1/customers", {}, {"Stripe-Version": version}).status == 400


def ids_fit(shop: Shop) -> None:
    intent = shop.paid()
    named = [intent["id"], intent["latest_charge"], intent["payment_method"], shop.customer()]
    assert max(map(len, named)) <= 255


def methods_are_named_by_type(shop: Shop) -> None:
    """Endive takes payment_method_types away; in the version spoken here it is there and works."""
    assert shop.intent().ok["payment_method_types"] == ["card"]
    newer_versions_are_refused(shop)


def sdk_pins_dahlia(shop: Shop) -> None:
    assert stripe.VERSION.startswith("15.")
    assert _api_version._ApiVersion.CURRENT_MAJOR == "dahlia"


def invoice_is_gone_from_payments(shop: Shop) -> None:
    intent = shop.paid()
    for thing in (intent, shop.charge(intent)):
        assert "invoice" not in thing


HOLDS: dict[str, Check] = {
    "2.key_length": key_length,
    "2.lifetime_v2": no_second_version,
    "2.what_is_stored": what_is_stored,
    "2.replay_header": replay_header,
    "2.mismatch_http": mismatch,
    "2.scope_unspecified": scope,
    "2.event_request": event_names_its_request,
    "3.http_table": http_table,
    "3.attributes": attributes,
    "3.sdk_defaults": sdk_defaults,
    "3.rl_header": rate_limit_header,
    "3.lock_timeout": lock_timeout,
    "3.code.parameter_missing": refusal("parameter_missing", amount=1099),
    "3.code.parameter_invalid_string_empty": empty_string,
    "3.code.parameters_exclusive": exclusive,
    "3.code.resource_missing": resource_missing,
    "3.code.resource_already_exists": resource_already_exists,
    "3.code.amount_too_large": amount_too_large,
    "3.code.api_key_expired": api_key_expired,
    "3.code.secret_key_required": secret_key_required,
    "3.code.status_transition_invalid": status_transition,
    "3.legacy.rate_limit_429": legacy,
    "3.last_errors": last_errors,
    "3.live.limit_clamp": limit_is_clamped,
    "3.live.cursors": cursors,
    "3.live.missing_refs": missing_references,
    "3.live.enum_text": enum_text,
    "3.expand_errors": expand_errors,
    "3.decline_codes_50": decline_codes,
    "10.ver.current": newer_versions_are_refused,
    "10.ver.pin": version_is_the_pinned_one,
    "10.ver.ids": ids_fit,
    "10.ver.sdk": sdk_pins_dahlia,
    "10.basil.charge": invoice_is_gone_from_payments,
    "10.endive.pmt": methods_are_named_by_type,
}
