"""Stripe's test cards: what each number is and does.

Source: https://docs.stripe.com/testing (cards by brand and country, declines, fraud, disputes,
refunds, available balance, 3D Secure). A test payment method ``pm_card_visa`` and a test token
``tok_visa`` stand for the same card.
"""

from dataclasses import dataclass, replace
from typing import Literal

Authentication = Literal["none", "unless_set_up", "always", "already_set_up", "declined", "error", "frictionless"]


@dataclass(frozen=True, kw_only=True)
class Decline:
    """Why a bank says no; ``decline_code`` is None where Stripe's table has none."""

    code: str = "card_declined"
    decline_code: str | None = "generic_decline"
    message: str = "Your card was declined."
    param: str | None = None
    advice_code: str | None = "try_again_later"
    network_decline_code: str = "01"
    seller_message: str = "The bank did not return any further details with this decline."
    blocked: bool = False


@dataclass(frozen=True, kw_only=True)
class TestCard:
    """One number. A declined card cannot be attached unless ``attachable``."""

    number: str
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    names: tuple[str, ...] = ()
    decline: Decline | None = None
    attachable: bool = True
    authentication: Authentication = "none"
    three_d_secure: bool = True
    dispute: str | None = None
    refund: Literal["succeeded", "pending", "failed"] = "succeeded"
    bypass_pending: bool = False
    risk: Literal["normal", "elevated", "highest"] = "normal"
    cvc_check: str = "pass"
    line1_check: str = "pass"
    postal_code_check: str = "pass"
    networks: tuple[str, ...] = ()


def _decline(code: str, **more: str | None) -> Decline:
    return replace(Decline(), decline_code=code, **more)  # type: ignore[arg-type]


EXPIRED = Decline(
    code="expired_card",
    decline_code=None,
    message="Your card has expired.",
    param="exp_month",
    advice_code="confirm_card_data",
    network_decline_code="54",
    seller_message="The bank returned the decline code `expired_card`.",
)
_DECLINES: dict[str, tuple[tuple[str, ...], Decline]] = {
    "4000000000000002": (("visa_chargeDeclined", "chargeDeclined"), Decline()),
    "4000000000009995": (
        ("visa_chargeDeclinedInsufficientFunds", "chargeDeclinedInsufficientFunds"),
        _decline(
            "insufficient_funds",
            message="Your card has insufficient funds.",
            network_decline_code="51",
            seller_message="The bank returned the decline code `insufficient_funds`.",
        ),
    ),
    "4000000000009987": (
        ("visa_chargeDeclinedLostCard", "chargeDeclinedLostCard"),
        _decline(
            "lost_card",
            advice_code="do_not_try_again",
            network_decline_code="41",
            seller_message="The bank returned the decline code `lost_card`.",
        ),
    ),
    "4000000000009979": (
        ("visa_chargeDeclinedStolenCard", "chargeDeclinedStolenCard"),
        _decline(
            "stolen_card",
            advice_code="do_not_try_again",
            network_decline_code="43",
            seller_message="The bank returned the decline code `stolen_card`.",
        ),
    ),
    "4000000000000069": (
        ("chargeDeclinedExpiredCard", "visa_chargeDeclinedExpiredCard"),
        EXPIRED,
    ),
    "4000000000000127": (
        ("chargeDeclinedIncorrectCvc", "visa_chargeDeclinedIncorrectCvc"),
        Decline(
            code="incorrect_cvc",
            decline_code=None,
            message="Your card's security code is incorrect.",
            param="cvc",
            advice_code="confirm_card_data",
            network_decline_code="82",
            seller_message="The bank returned the decline code `incorrect_cvc`.",
        ),
    ),
    "4000000000000119": (
        ("chargeDeclinedProcessingError", "visa_chargeDeclinedProcessingError"),
        Decline(
            code="processing_error",
            decline_code=None,
            message="An error occurred while processing your card. Try again in a little bit.",
            network_decline_code="96",
            seller_message="The bank returned the decline code `processing_error`.",
        ),
    ),
    "4000000000006975": (
        ("visa_chargeDeclinedVelocityLimitExceeded", "chargeDeclinedVelocityLimitExceeded"),
        _decline(
            "card_velocity_exceeded",
            message="Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
            network_decline_code="61",
            seller_message="The bank returned the decline code `card_velocity_exceeded`.",
        ),
    ),
}

_BLOCKED = Decline(
    decline_code="fraudulent",
    advice_code=None,
    network_decline_code="",
    seller_message="Stripe blocked this payment as too risky.",
    blocked=True,
)
_INSUFFICIENT = _DECLINES["4000000000009995"][1]
_GENERIC = Decline()

_BRANDS: tuple[TestCard, ...] = (
    TestCard(number="4242424242424242", names=("visa", "us", "threeDSecureUnenrolled")),
    TestCard(number="4000056655665556", funding="debit", names=("visa_debit",)),
    TestCard(number="5555555555554444", brand="mastercard", names=("mastercard",)),
    TestCard(number="2223003122003222", brand="mastercard", names=("mastercard_2series",)),
    TestCard(number="5200828282828210", brand="mastercard", funding="debit", names=("mastercard_debit",)),
    TestCard(
        number="5105105105105100",
        brand="mastercard",
        funding="prepaid",
        names=("mastercard_prepaid",),
    ),
    TestCard(number="378282246310005", brand="amex", names=("amex",), three_d_secure=False),
    TestCard(number="371449635398431", brand="amex", three_d_secure=False),
    TestCard(number="6011111111111117", brand="discover", names=("discover",)),
    TestCard(number="6011000990139424", brand="discover"),
    TestCard(number="6011981111111113", brand="discover", funding="debit"),
    TestCard(number="3056930009020004", brand="diners", names=("diners",)),
    TestCard(number="36227206271667", brand="diners"),
    TestCard(number="6555900000604105", brand="discover", country="KR"),
    TestCard(number="3566002020360505", brand="jcb", country="JP", names=("jcb",)),
    TestCard(number="6200000000000005", brand="unionpay", country="CN", names=("unionpay",)),
    TestCard(number="6200000000000047", brand="unionpay", country="CN", funding="debit"),
    TestCard(number="6205500000000000004", brand="unionpay", country="CN"),
    TestCard(
        number="4000002500001001",
        country="FR",
        names=("visa_cartesBancaires",),
        networks=("cartes_bancaires", "visa"),
    ),
    TestCard(
        number="5555552500001001",
        brand="mastercard",
        country="FR",
        names=("mastercard_cartesBancaires",),
        networks=("cartes_bancaires", "mastercard"),
    ),
    TestCard(
        number="4000050360000001",
        country="AU",
        funding="debit",
        names=("visa_debit_eftposAuCoBranded",),
        networks=("eftpos_au", "visa"),
    ),
    TestCard(
        number="5555050360000080",
        brand="mastercard",
        country="AU",
        funding="debit",
        names=("mastercard_debit_eftposAuCoBranded",),
        networks=("eftpos_au", "mastercard"),
    ),
)

_COUNTRIES: dict[str, str] = {
    "AR": "4000000320000021", "BR": "4000000760000002", "CA": "4000001240000000",
    "CL": "4000001520000001", "CO": "4000001700000003", "CR": "4000001880000005",
    "EC": "4000002180000000", "MX": "4000004840008001", "PA": "4000005910000000",
    "PY": "4000006000000066", "PE": "4000006040000068", "UY": "4000008580000003",
    "AE": "4000007840000001", "AT": "4000000400000008", "BE": "4000000560000004",
    "BG": "4000001000000000", "BY": "4000001120000005", "HR": "4000001910000009",
    "CY": "4000001960000008", "CZ": "4000002030000002", "DK": "4000002080000001",
    "EE": "4000002330000009", "FI": "4000002460000001", "FR": "4000002500000003",
    "DE": "4000002760000016", "GI": "4000002920000005", "GR": "4000003000000030",
    "HU": "4000003480000005", "IE": "4000003720000005", "IT": "4000003800000008",
    "LV": "4000004280000005", "LI": "4000004380000004", "LT": "4000004400000000",
    "LU": "4000004420000006", "MT": "4000004700000007", "NL": "4000005280000002",
    "NO": "4000005780000007", "PL": "4000006160000005", "PT": "4000006200000007",
    "RO": "4000006420000001", "SA": "4000006820000007", "SI": "4000007050000006",
    "SK": "4000007030000001", "ES": "4000007240000007", "SE": "4000007520000008",
    "CH": "4000007560000009", "GB": "4000008260000000", "AU": "4000000360000006",
    "CN": "4000001560000002", "HK": "4000003440000004", "IN": "4000003560000008",
    "JP": "4000003920000003", "MY": "4000004580000002", "NZ": "4000005540000008",
    "SG": "4000007020000003", "TW": "4000001580000008", "TH": "4000007640000003",
}  # fmt: skip

_MORE_COUNTRIES: tuple[TestCard, ...] = (
    TestCard(number="4000058260000005", country="GB", funding="debit", names=("gb_debit",)),
    TestCard(number="5555558265554449", country="GB", brand="mastercard", names=("gb_mastercard",)),
    TestCard(number="5200007840000022", country="AE", brand="mastercard", names=("ae_mastercard",)),
    TestCard(number="3530111333300000", country="JP", brand="jcb", names=("jp_jcb",)),
    TestCard(number="4000057640000008", country="TH", funding="debit", names=("th_debit",)),
    TestCard(number="4000051230000072", funding="prepaid", names=("debit_visaFsaProductCode",)),
    TestCard(number="4000051240000039", funding="debit", names=("debit_visaHsaProductCode",)),
    TestCard(
        number="5200828282828897",
        brand="mastercard",
        funding="debit",
        names=("mastercard_debit_mastercardFsaProductCode",),
    ),
)

_FRAUD: tuple[TestCard, ...] = (
    TestCard(
        number="4100000000000019",
        decline=_BLOCKED,
        risk="highest",
        names=("radarBlock", "chargeDeclinedFraudulent", "visa_chargeDeclinedFraudulent"),
    ),
    TestCard(
        number="4000000000004954",
        decline=_BLOCKED,
        risk="highest",
        names=("riskLevelHighest",),
    ),
    TestCard(number="4000000000009235", risk="elevated", names=("riskLevelElevated",)),
    TestCard(number="4000000000000101", cvc_check="fail", names=("cvcCheckFail",)),
    TestCard(number="4000000000000036", postal_code_check="fail", names=("avsZipFail",)),
    TestCard(number="4000000000000028", line1_check="fail", names=("avsLine1Fail",)),
    TestCard(
        number="4000000000000010",
        line1_check="fail",
        postal_code_check="fail",
        names=("avsFail",),
    ),
    TestCard(
        number="4000000000000044",
        line1_check="unavailable",
        postal_code_check="unavailable",
        names=("avsUnchecked",),
    ),
    TestCard(number="4001858821843804", names=("freeTrialAbuseBlock",)),
    TestCard(number="4000008405600003", names=("adaptive3dsChallenge",)),
)

_DISPUTES: dict[str, tuple[str, str]] = {
    "4000000000000259": ("createDispute", "fraudulent"),
    "4000000000002685": ("createDisputeProductNotReceived", "product_not_received"),
    "4000000000001976": ("createDisputeInquiry", "inquiry"),
    "4000000404000079": ("createMultipleDisputes", "multiple"),
    "4000000404000038": ("createCe3EligibleDispute", "fraudulent"),
    "4000008400000779": ("createComplianceDispute", "noncompliant"),
    "5105008400000002": ("createMastercardComplianceDispute", "noncompliant"),
    "4000000001000043": ("createAutoRepresentmentEligibleDispute", "fraudulent"),
    "4000000404004816": ("createRapidDisputeResolutionDispute", "fraudulent"),
    "4000000404005649": ("createCe3BlockDispute", "fraudulent"),
    "5105000300000018": ("createEthocaAlert", "fraudulent"),
}

_REFUNDS_AND_BALANCE: tuple[TestCard, ...] = (
    TestCard(number="4000000000007726", refund="pending", names=("pendingRefund",)),
    TestCard(number="4000000000005126", refund="failed", names=("refundFail",)),
    TestCard(number="4000000000000077", bypass_pending=True, names=("bypassPending",)),
    TestCard(
        number="4000003720000278",
        bypass_pending=True,
        country="IE",
        names=("bypassPendingInternational",),
    ),
    TestCard(number="4000000000005423", names=("createIssuerFraudRecord",)),
)

_AUTHENTICATION: tuple[TestCard, ...] = (
    TestCard(
        number="4000002500003155",
        country="FR",
        authentication="unless_set_up",
        names=("authenticationRequiredOnSetup",),
    ),
    TestCard(
        number="4000002760003184",
        country="DE",
        authentication="always",
        names=("authenticationRequired",),
    ),
    TestCard(
        number="4000003800000446",
        country="IT",
        authentication="already_set_up",
        names=("authenticationRequiredSetupForOffSession",),
    ),
    TestCard(
        number="4000008260003178",
        country="GB",
        authentication="unless_set_up",
        decline=_INSUFFICIENT,
        names=("authenticationRequiredChargeDeclinedInsufficientFunds",),
    ),
    TestCard(
        number="4000000000003220",
        country="IE",
        authentication="always",
        names=("threeDSecure2Required", "threeDSecureRequired"),
    ),
    TestCard(
        number="4000008400001629",
        authentication="declined",
        decline=_GENERIC,
        names=("threeDSecureRequiredChargeDeclined",),
    ),
    TestCard(
        number="4000008400001280",
        authentication="error",
        decline=_GENERIC,
        names=("threeDSecureRequiredProcessingError",),
    ),
    TestCard(number="4000000000003055", names=("threeDSecureOptional",)),
    TestCard(number="4000000000003097", names=("threeDSecureOptionalProcessingError",)),
    TestCard(number="4000000032200000", authentication="frictionless"),
)

_ALIASES = {
    "visa_createDispute": "createDispute",
    "visa_createDisputeInquiry": "createDisputeInquiry",
    "visa_createDisputeProductNotReceived": "createDisputeProductNotReceived",
    "visa_chargeCustomerFail": "chargeCustomerFail",
    "amex_threeDSecureNotSupported": "amex",
}


def _declined_cards() -> list[TestCard]:
    cards = [
        TestCard(number=number, names=names, decline=decline, attachable=False)
        for number, (names, decline) in _DECLINES.items()
    ]
    cards.append(TestCard(number="4000000000000341", names=("chargeCustomerFail",), decline=_GENERIC))
    return cards


def _all_cards() -> list[TestCard]:
    countries = [TestCard(number=number, country=code, names=(code.lower(),)) for code, number in _COUNTRIES.items()]
    disputes = [
        TestCard(
            number=number,
            brand="mastercard" if number.startswith("5") else "visa",
            names=(name,),
            dispute=reason,
        )
        for number, (name, reason) in _DISPUTES.items()
    ]
    return [
        *_BRANDS, *countries, *_MORE_COUNTRIES, *_declined_cards(), *_FRAUD, *disputes,
        *_REFUNDS_AND_BALANCE, *_AUTHENTICATION,
    ]  # fmt: skip


BY_NUMBER: dict[str, TestCard] = {card.number: card for card in _all_cards()}
BY_NAME: dict[str, TestCard] = {name: card for card in BY_NUMBER.values() for name in card.names}
BY_NAME |= {alias: BY_NAME[name] for alias, name in _ALIASES.items()}
BY_NAME["visa_debit_chargeDeclinedInsufficientFunds"] = replace(BY_NUMBER["4000000000009995"], funding="debit")
BY_NAME["visa_chargeCustomerFailLostCard"] = replace(
    BY_NUMBER["4000000000000341"], decline=_DECLINES["4000000000009987"][1]
)
BY_NAME["visa_chargeCustomerFailStolenCard"] = replace(
    BY_NUMBER["4000000000000341"], decline=_DECLINES["4000000000009979"][1]
)


def passes_luhn(number: str) -> bool:
    """Whether the last digit of a card number fits the others."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
