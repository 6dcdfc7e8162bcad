"""Section 1: debits from test bank accounts."""

from collections.abc import Callable
from functools import partial

from tests.contract.calling import Json
from tests.sandbox.behaviours.shop import A_DAY, A_MOMENT, Shop

Check = Callable[[Shop], object]
THREE_MINUTES = 180

# fact: account, name, the failure of the charge
US_ACCOUNTS: dict[str, tuple[str, str, str]] = {
    "1.us_bank.000111111113": ("000111111113", "accountClosed", "account_closed"),
    "1.us_bank.000111111116": ("000111111116", "noAccount", "no_account"),
    "1.us_bank.000222222227": ("000222222227", "insufficientFunds", "insufficient_funds"),
    "1.us_bank.000444444440": ("000444444440", "invalidCurrency", "invalid_currency"),
    "1.us_bank.000777777771": ("000777777771", "weeklyLimitExceeded", "charge_exceeds_weekly_limit"),
}
# fact: account, name, what becomes of the debit, the code, whether three minutes must pass
BACS_ACCOUNTS: dict[str, tuple[str, str, str, str | None, bool]] = {
    "1.bacs.00012345": ("00012345", "success", "succeeded", None, False),
    "1.bacs.22222227": (
        "22222227", "insufficientFunds", "requires_payment_method", "insufficient_funds", False,
    ),
    "1.bacs.92222227": (
        "92222227", "insufficientFundsDelayed", "requires_payment_method", "insufficient_funds", True,
    ),
    "1.bacs.34343434": (
        "34343434", "exceedsWeeklyLimit", "requires_payment_method", "charge_exceeds_source_limit", False,
    ),
    "1.bacs.12121212": (
        "12121212", "exceedsTransactionLimit", "requires_payment_method", "charge_exceeds_transaction_limit",
        False,
    ),
}  # fmt: skip
SEPA_COUNTRIES = [
    "at",
    "be",
    "hr",
    "ee",
    "fi",
    "fr",
    "de",
    "gi",
    "ie",
    "li",
    "lt",
    "lu",
    "nl",
    "no",
    "pt",
    "es",
    "se",
    "ch",
    "gb",
]
# In Stripe's order: success, successDelayed, failed, failedDelayed, disputed.
IBANS = {
    "AT": "AT611904300234573201 AT321904300235473204 AT861904300235473202 AT051904300235473205 AT591904300235473203",
    "BE": "BE62510007547061 BE78510007547064 BE68539007547034 BE51510007547065 BE08510007547063",
    "DE": "DE89370400440532013000 DE08370400440532013003 DE62370400440532013001 DE78370400440532013004"
    " DE35370400440532013002",
    "ES": "ES0700120345030000067890 ES2300120345030000067893 ES9121000418450200051332"
    " ES9300120345030000067894 ES5000120345030000067892",
    "FR": "FR1420041010050500013M02606 FR3020041010050500013M02609 FR8420041010050500013M02607"
    " FR7920041010050500013M02600 FR5720041010050500013M02608",
    "IE": "IE29AIBK93115212345678 IE24AIBK93115212345671 IE02AIBK93115212345679 IE94AIBK93115212345672"
    " IE51AIBK93115212345670",
    "NL": "NL39RABO0300065264 NL55RABO0300065267 NL91ABNA0417164300 NL28RABO0300065268 NL82RABO0300065266",
}
SEPA_LIMITS = {
    "DE65370400440000343434": "charge_exceeds_source_limit",
    "DE27370400440000121212": "charge_exceeds_weekly_limit",
    "DE65370400440002222227": "insufficient_funds",
}
HOLDER = {"name": "Jenny Rosen", "email": "jenny@example.com"}


def us_account(shop: Shop, account: str) -> str:
    numbers = {
        "account_holder_type": "individual",
        "routing_number": "110000000",
        "account_number": account,
    }
    made = shop.post("/v1/payment_methods", type="us_bank_account", us_bank_account=numbers, billing_details=HOLDER)
    return str(made.ok["id"])


def us_debit(shop: Shop, name: str) -> Json:
    """A debit under way: the account is the customer's, as two small deposits have shown."""
    intent = shop.debit(f"pm_usBankAccount_{name}", "us_bank_account", "usd")
    assert intent["next_action"]["type"] == "verify_with_microdeposits"
    return shop.post(f"/v1/payment_intents/{intent['id']}/verify_microdeposits", amounts=[32, 45]).ok


def sepa_debit(shop: Shop, name: str) -> Json:
    return shop.debit(f"pm_sepaDebit_{name}", "sepa_debit", "eur")


def settled(shop: Shop, intent: Json, seconds: int = A_MOMENT) -> Json:
    shop.wait(seconds)
    return shop.again(intent)


def us_account_fails(account: str, name: str, code: str, shop: Shop) -> None:
    made = shop.again({"object": "payment_method", "id": us_account(shop, account)})
    assert made["us_bank_account"]["last4"] == account[-4:]
    assert made["us_bank_account"]["routing_number"] == "110000000"
    intent = us_debit(shop, name)
    assert intent["status"] == "processing"
    failed = settled(shop, intent)
    assert failed["status"] == "requires_payment_method"
    assert shop.charge(failed)["failure_code"] == code


def us_account_is_blocked(shop: Shop) -> None:
    mandate = {"customer_acceptance": {"type": "offline"}}
    refused = shop.pay("pm_usBankAccount_riskLevelHighest", "us_bank_account", mandate_data=mandate)
    intent = refused.body.get("error", {}).get("payment_intent") or settled(shop, refused.body)
    assert intent["status"] == "requires_payment_method"
    assert shop.charge(intent)["outcome"]["type"] == "blocked"


def microdeposits_fail(shop: Shop) -> None:
    setup = shop.post(
        "/v1/setup_intents", payment_method_types=["us_bank_account"], confirm=True,
        payment_method=us_account(shop, "000666666661"),
        mandate_data={"customer_acceptance": {"type": "offline"}},
        payment_method_options={"us_bank_account": {"verification_method": "microdeposits"}},
    )  # fmt: skip
    waiting = setup.body if setup.status == 200 else setup.error["setup_intent"]
    shop.wait(3 * A_DAY)
    later = shop.again(waiting)
    assert later["status"] == "requires_payment_method"
    assert later["last_setup_error"]["code"] == "payment_method_microdeposit_failed"


def us_account_stays(shop: Shop) -> None:
    intent = us_debit(shop, "processing")
    assert settled(shop, intent, 30 * A_DAY)["status"] == "processing"
    assert shop.post(f"/v1/payment_intents/{intent['id']}/cancel").ok["status"] == "canceled"


def to_verify(shop: Shop) -> Json:
    """A payment that waits for the customer to read their bank statement."""
    return shop.pay(
        us_account(shop, "000123456789"), "us_bank_account",
        mandate_data={"customer_acceptance": {"type": "offline"}},
        payment_method_options={"us_bank_account": {"verification_method": "microdeposits"}},
    ).ok  # fmt: skip


def microdeposits(shop: Shop) -> None:
    for proof in ({"amounts": [32, 45]}, {"descriptor_code": "SM11AA"}):
        intent = to_verify(shop)
        assert intent["status"] == "requires_action"
        assert intent["next_action"]["type"] == "verify_with_microdeposits"
        path = f"/v1/payment_intents/{intent['id']}/verify_microdeposits"
        assert shop.post(path, **proof).ok["status"] == "processing"
        assert settled(shop, intent)["status"] == "succeeded"
    for proof, code in (
        ({"amounts": [10, 11]}, "payment_method_microdeposit_verification_attempts_exceeded"),
        ({"descriptor_code": "SM33CC"}, "payment_method_microdeposit_verification_attempts_exceeded"),
        ({"amounts": [40, 41]}, "payment_method_microdeposit_verification_timeout"),
        ({"descriptor_code": "SM44DD"}, "payment_method_microdeposit_verification_timeout"),
    ):
        path = f"/v1/payment_intents/{to_verify(shop)['id']}/verify_microdeposits"
        assert shop.post(path, **proof).error["code"] == code


def us_money_is_available_at_once(shop: Shop) -> None:
    intent = settled(shop, us_debit(shop, "success"))
    assert intent["status"] == "succeeded"
    (booked,) = shop.get("/v1/balance_transactions", source=intent["latest_charge"]).ok["data"]
    assert booked["status"] == "available"


def us_dispute_is_final(shop: Shop) -> None:
    intent = settled(shop, us_debit(shop, "dispute"))
    assert intent["status"] == "succeeded"
    (dispute,) = shop.get("/v1/disputes", payment_intent=intent["id"]).ok["data"]
    assert dispute["status"] == "lost"
    assert {"charge.dispute.created", "charge.dispute.closed"} <= set(shop.event_types(dispute["id"]))
    booked = dispute["balance_transactions"][0]
    assert (booked["amount"], booked["fee"] > 0) == (-1099, True)


def us_late_failure(shop: Shop) -> None:
    intent = settled(shop, us_debit(shop, "dispute"))
    (dispute,) = shop.get("/v1/disputes", payment_intent=intent["id"]).ok["data"]
    assert dispute["reason"] in {"insufficient_funds", "incorrect_account_details", "bank_cannot_process"}


def sepa_outcomes(shop: Shop) -> None:
    for country, ibans in IBANS.items():
        for place, iban in enumerate(ibans.split()):
            made = shop.post(
                "/v1/payment_methods", type="sepa_debit", sepa_debit={"iban": iban}, billing_details=HOLDER
            ).ok["sepa_debit"]
            assert (made["country"], made["last4"]) == (country, iban[-4:])
            name = ("success", "successDelayed", "failed", "failedDelayed", "disputed")[place]
            shop.again({"object": "payment_method", "id": f"pm_sepaDebit_{name}_{country.lower()}"})
    for country in SEPA_COUNTRIES:
        assert sepa_debit(shop, f"success_{country}")["status"] == "processing"
    under_way = {
        name: sepa_debit(shop, f"{name}_de")
        for name in ("success", "successDelayed", "failed", "failedDelayed", "disputed")
    }
    shop.wait(A_MOMENT)
    now = {name: shop.again(intent)["status"] for name, intent in under_way.items()}
    assert (now["success"], now["failed"]) == ("succeeded", "requires_payment_method")
    assert (now["successDelayed"], now["failedDelayed"]) == ("processing", "processing")
    shop.wait(THREE_MINUTES)
    assert shop.again(under_way["successDelayed"])["status"] == "succeeded"
    assert shop.again(under_way["failedDelayed"])["status"] == "requires_payment_method"
    assert now["disputed"] == "succeeded"
    assert shop.get("/v1/disputes", payment_intent=under_way["disputed"]["id"]).ok["data"]


def sepa_limits(shop: Shop) -> None:
    mandate = {"customer_acceptance": {"type": "offline"}}
    for iban, code in SEPA_LIMITS.items():
        data = {"type": "sepa_debit", "sepa_debit": {"iban": iban}, "billing_details": HOLDER}
        method = shop.post("/v1/payment_methods", **data).ok["id"]
        reply = shop.pay(method, "sepa_debit", currency="eur", mandate_data=mandate)
        intent = reply.body.get("error", {}).get("payment_intent") or settled(shop, reply.body)
        assert intent["status"] == "requires_payment_method"
        assert shop.charge(intent)["failure_code"] == code


def bacs_method(shop: Shop, account: str) -> Json:
    numbers = {"sort_code": "108800", "account_number": account}
    address = {"line1": "1 High Street", "city": "London", "postal_code": "SW1A 1AA", "country": "GB"}
    holder = HOLDER | {"address": address}
    return shop.post("/v1/payment_methods", type="bacs_debit", bacs_debit=numbers, billing_details=holder).ok


def bacs_account(account: str, name: str, status: str, code: str | None, late: bool, shop: Shop) -> None:
    made = bacs_method(shop, account)["bacs_debit"]
    assert (made["sort_code"], made["last4"]) == ("108800", account[-4:])
    intent = shop.debit(f"pm_bacsDebit_{name}", "bacs_debit", "gbp")
    if late:
        assert settled(shop, intent)["status"] == "processing"
    after = settled(shop, intent, THREE_MINUTES if late else A_MOMENT)
    assert after["status"] == status
    assert shop.charge(after)["failure_code"] == code


def bacs_insufficient_funds_keep_the_mandate(row: str, shop: Shop) -> None:
    bacs_account(*BACS_ACCOUNTS[row], shop)
    setup = shop.post(
        "/v1/setup_intents", payment_method_types=["bacs_debit"], confirm=True,
        payment_method="pm_bacsDebit_insufficientFunds",
        mandate_data={"customer_acceptance": {"type": "offline"}},
    ).ok  # fmt: skip
    assert shop.get(f"/v1/mandates/{setup['mandate']}").ok["status"] == "active"


def bacs_disputed(shop: Shop) -> None:
    intent = shop.debit("pm_bacsDebit_dispute", "bacs_debit", "gbp")
    assert settled(shop, intent)["status"] == "processing"
    assert settled(shop, intent, THREE_MINUTES)["status"] == "succeeded"
    shop.wait(A_MOMENT)
    assert len(shop.get("/v1/disputes", payment_intent=intent["id"]).ok["data"]) == 1


def bacs_mandate_refused(shop: Shop) -> None:
    assert bacs_method(shop, "00033333")["id"]
    setup = shop.post(
        "/v1/setup_intents", payment_method_types=["bacs_debit"], confirm=True,
        payment_method="pm_bacsDebit_mandateRefused",
        mandate_data={"customer_acceptance": {"type": "offline"}},
    ).ok  # fmt: skip
    shop.wait(A_DAY)
    assert shop.get(f"/v1/mandates/{setup['mandate']}").ok["status"] == "inactive"


def bacs_invalid_account(shop: Shop) -> None:
    numbers = {"sort_code": "108800", "account_number": "00044444"}
    refused = shop.post("/v1/payment_methods", type="bacs_debit", bacs_debit=numbers, billing_details=HOLDER)
    assert refused.status == 400
    assert "account number" in refused.error["message"].lower()


HOLDS: dict[str, Check] = {
    **{fact: partial(us_account_fails, *row) for fact, row in US_ACCOUNTS.items()},
    **{fact: partial(bacs_account, *row) for fact, row in BACS_ACCOUNTS.items()},
    "1.us_bank.000000004954": us_account_is_blocked,
    "1.us_bank.000666666661": microdeposits_fail,
    "1.us_bank.000000000009": us_account_stays,
    "1.us_bank.microdeposits": microdeposits,
    "1.us_bank.test_settlement": us_money_is_available_at_once,
    "1.us_bank.dispute": us_dispute_is_final,
    "1.us_bank.late_failure": us_late_failure,
    "1.sepa.pattern": sepa_outcomes,
    "1.sepa.limits": sepa_limits,
    "1.bacs.22222227": partial(bacs_insufficient_funds_keep_the_mandate, "1.bacs.22222227"),
    "1.bacs.55555559": bacs_disputed,
    "1.bacs.00033333": bacs_mandate_refused,
    "1.bacs.00044444": bacs_invalid_account,
}
