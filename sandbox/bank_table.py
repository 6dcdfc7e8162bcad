"""Stripe's test bank accounts: what a debit from each does.

Sources: https://docs.stripe.com/payments/ach-direct-debit, …/sepa-debit and …/bacs-debit.
"""

from dataclasses import dataclass
from typing import Literal

DELAYED_SECONDS = 180

Debit = Literal["succeeds", "fails", "stays", "disputed", "blocked"]


@dataclass(frozen=True, kw_only=True)
class TestBank:
    """One account. ``delayed`` debits settle after three minutes at the earliest."""

    kind: Literal["us_bank_account", "sepa_debit", "bacs_debit"]
    account: str
    name: str | None = None
    debit: Debit = "succeeds"
    failure_code: str | None = None
    failure_message: str | None = None
    delayed: bool = False
    dispute_reason: str | None = None
    country: str | None = None
    refuses_microdeposits: bool = False
    mandate_refused: bool = False


_CLOSED = "The customer's bank account has been closed."
_NO_ACCOUNT = "The customer's bank account could not be located."
_FUNDS = "The customer's account has insufficient funds to cover this payment."
_NOT_AUTHORIZED = "The customer has notified their bank that this payment was unauthorized."
_CURRENCY = "The bank was unable to process this payment because of its currency."
_WEEKLY = "The payment exceeds the weekly volume limit for this payment method."
_SOURCE_LIMIT = "The payment exceeds the processing volume limit for this source."

_US: tuple[tuple[str, str, Debit, str | None, str | None], ...] = (
    ("000123456789", "success", "succeeds", None, None),
    ("000111111113", "accountClosed", "fails", "account_closed", _CLOSED),
    ("000000004954", "riskLevelHighest", "blocked", "card_declined", None),
    ("000111111116", "noAccount", "fails", "no_account", _NO_ACCOUNT),
    ("000222222227", "insufficientFunds", "fails", "insufficient_funds", _FUNDS),
    ("000333333335", "debitNotAuthorized", "fails", "debit_not_authorized", _NOT_AUTHORIZED),
    ("000444444440", "invalidCurrency", "fails", "invalid_currency", _CURRENCY),
    ("000555555559", "dispute", "disputed", None, None),
    ("000666666661", "failMicrodeposits", "succeeds", None, None),
    ("000777777771", "weeklyLimitExceeded", "fails", "charge_exceeds_weekly_limit", _WEEKLY),
    ("000000000009", "processing", "stays", None, None),
)

# Country → IBANs of success, successDelayed, failed, failedDelayed, disputed, in this order.
_IBANS: dict[str, str] = {
    "AT": "AT611904300234573201 AT321904300235473204 AT861904300235473202 AT051904300235473205 AT591904300235473203",
    "BE": "BE62510007547061 BE78510007547064 BE68539007547034 BE51510007547065 BE08510007547063",
    "DE": "DE89370400440532013000 DE08370400440532013003 DE62370400440532013001"
    " DE78370400440532013004 DE35370400440532013002",
    "ES": "ES0700120345030000067890 ES2300120345030000067893 ES9121000418450200051332"
    " ES9300120345030000067894 ES5000120345030000067892",
    "FR": "FR1420041010050500013M02606 FR3020041010050500013M02609 FR8420041010050500013M02607"
    " FR7920041010050500013M02600 FR5720041010050500013M02608",
    "IE": "IE29AIBK93115212345678 IE24AIBK93115212345671 IE02AIBK93115212345679"
    " IE94AIBK93115212345672 IE51AIBK93115212345670",
    "NL": "NL39RABO0300065264 NL55RABO0300065267 NL91ABNA0417164300 NL28RABO0300065268 NL82RABO0300065266",
}
_SEPA_COUNTRIES = [
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
_SEPA_FAILED = "The customer's bank account could not be debited."

_SEPA_OUTCOMES: dict[str, dict[str, object]] = {
    "success": {},
    "successDelayed": {"delayed": True},
    "failed": {
        "debit": "fails", "failure_code": "debit_not_authorized", "failure_message": _SEPA_FAILED,
    },
    "failedDelayed": {
        "debit": "fails", "failure_code": "debit_not_authorized", "failure_message": _SEPA_FAILED,
        "delayed": True,
    },
    "disputed": {"debit": "disputed", "dispute_reason": "debit_not_authorized"},
    "exceedsWeeklyVolumeLimit": {
        "debit": "fails", "failure_code": "charge_exceeds_source_limit",
        "failure_message": _SOURCE_LIMIT,
    },
    "exceedsWeeklyTransactionLimit": {
        "debit": "fails", "failure_code": "charge_exceeds_weekly_limit",
        "failure_message": _WEEKLY,
    },
    "insufficientFunds": {
        "debit": "fails", "failure_code": "insufficient_funds", "failure_message": _FUNDS,
    },
}  # fmt: skip
_SEPA_ENDINGS = {
    "343434": "exceedsWeeklyVolumeLimit",
    "121212": "exceedsWeeklyTransactionLimit",
    "2222227": "insufficientFunds",
}

_BACS: tuple[TestBank, ...] = (
    TestBank(kind="bacs_debit", account="00012345", name="success"),
    TestBank(
        kind="bacs_debit", account="90012345", name="successDelayed", delayed=True
    ),
    TestBank(
        kind="bacs_debit", account="33333335", name="debitNotAuthorized", debit="fails",
        failure_code="debit_not_authorized", failure_message=_NOT_AUTHORIZED,
    ),
    TestBank(
        kind="bacs_debit", account="93333335", name="debitNotAuthorizedDelayed", debit="fails",
        failure_code="debit_not_authorized", failure_message=_NOT_AUTHORIZED, delayed=True,
    ),
    TestBank(
        kind="bacs_debit", account="22222227", name="insufficientFunds", debit="fails",
        failure_code="insufficient_funds", failure_message=_FUNDS,
    ),
    TestBank(
        kind="bacs_debit", account="92222227", name="insufficientFundsDelayed", debit="fails",
        failure_code="insufficient_funds", failure_message=_FUNDS, delayed=True,
    ),
    TestBank(
        kind="bacs_debit", account="55555559", name="dispute", debit="disputed", delayed=True,
        dispute_reason="debit_not_authorized",
    ),
    TestBank(
        kind="bacs_debit", account="00033333", name="mandateRefused", mandate_refused=True
    ),
    TestBank(
        kind="bacs_debit", account="34343434", name="exceedsWeeklyLimit", debit="fails",
        failure_code="charge_exceeds_source_limit", failure_message=_SOURCE_LIMIT,
    ),
    TestBank(
        kind="bacs_debit", account="12121212", name="exceedsTransactionLimit", debit="fails",
        failure_code="charge_exceeds_transaction_limit",
        failure_message="The payment exceeds the transaction limit for this payment method.",
    ),
)  # fmt: skip


def _us() -> list[TestBank]:
    return [
        TestBank(
            kind="us_bank_account", account=account, name=name, debit=debit, failure_code=code,
            failure_message=message, country="US",
            refuses_microdeposits=name == "failMicrodeposits",
            dispute_reason="insufficient_funds" if debit == "disputed" else None,
        )
        for account, name, debit, code, message in _US
    ]  # fmt: skip


def _sepa_bank(iban: str, outcome: str, name: str | None = None) -> TestBank:
    return TestBank(
        kind="sepa_debit",
        account=iban,
        name=name,
        country=iban[:2],
        **_SEPA_OUTCOMES[outcome],  # type: ignore[arg-type]
    )


def _sepa() -> list[TestBank]:
    found: list[TestBank] = []
    for country in _SEPA_COUNTRIES:
        ibans = _IBANS.get(country.upper(), "").split()
        for place, outcome in enumerate(_SEPA_OUTCOMES):
            iban = ibans[place] if place < len(ibans) else f"{country.upper()}00SANDBOX{place:04d}"
            found.append(_sepa_bank(iban, outcome, f"{outcome}_{country}"))
    return found


_ALL: list[TestBank] = [*_us(), *_sepa(), *_BACS]
_BY_ACCOUNT = {(bank.kind, bank.account): bank for bank in _ALL}
_PREFIX = {
    "us_bank_account": "pm_usBankAccount",
    "sepa_debit": "pm_sepaDebit",
    "bacs_debit": "pm_bacsDebit",
}
BY_TEST_ID = {f"{_PREFIX[bank.kind]}_{bank.name}": bank for bank in _ALL if bank.name}
BY_TEST_ID["pm_usBankAccount"] = _BY_ACCOUNT["us_bank_account", "000123456789"]


def of_account(kind: str, account: str) -> TestBank | None:
    """The test account with this number or IBAN; None where Stripe knows none."""
    known = _BY_ACCOUNT.get((kind, account))  # type: ignore[arg-type]
    if known is None and kind == "sepa_debit":
        for ending, outcome in _SEPA_ENDINGS.items():
            if account.endswith(ending):
                return _sepa_bank(account, outcome)
    return known
