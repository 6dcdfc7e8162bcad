"""Payment methods as they come to be: of data, of a token, of a test id; and as they come to belong to a customer."""

from typing import Any

from . import bank_table, card_table, instruments, tokens_in_use
from .bank_table import TestBank
from .calls import Call
from .card_table import TestCard
from .details import billing
from .errors import ApiError, missing, resource_missing
from .json_types import Json
from .metadata import merged
from .world import World

KINDS = ("card", "us_bank_account", "sepa_debit", "bacs_debit")
_SPENT = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer"
    " attachment, shared with a connected account without Customer attachment, or was detached"
    " from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must"
    " attach it to a Customer first."
)


def _blank(world: World, kind: str, details: Json, params: Json) -> Json:
    return {
        "id": world.ids.new("pm"),
        "object": "payment_method",
        "allow_redisplay": params.get("allow_redisplay", "unspecified"),
        "billing_details": billing(params.get("billing_details")),
        kind: details,
        "created": world.clock.now(),
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": merged({}, params.get("metadata")),
        "type": kind,
    }


def _new_card(world: World, card: TestCard, given: Json, params: Json, name: str = "") -> Json:
    row = _blank(world, "card", instruments.card_hash(world, card, given), params)
    instruments.remember(world, row["id"], kind="card", account=card.number, name=name)
    world.save(row)
    return row


def _bank_hash(bank: TestBank, given: Json) -> Json:
    account = bank.account
    print_ = instruments.fingerprint(f"{bank.kind}:{account}")
    if bank.kind == "sepa_debit":
        return {
            "bank_code": account[4:12],
            "branch_code": "",
            "country": account[:2],
            "fingerprint": print_,
            "generated_from": {"charge": None, "setup_attempt": None},
            "last4": account[-4:],
        }
    if bank.kind == "bacs_debit":
        return {
            "fingerprint": print_,
            "last4": account[-4:],
            "sort_code": given.get("sort_code", "108800"),
        }
    return {
        "account_holder_type": given.get("account_holder_type", "individual"),
        "account_type": given.get("account_type", "checking"),
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": given.get("financial_connections_account"),
        "fingerprint": print_,
        "last4": account[-4:],
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": given.get("routing_number", "110000000"),
        "status_details": {},
    }


def _new_bank(world: World, bank: TestBank, given: Json, params: Json) -> Json:
    row = _blank(world, bank.kind, _bank_hash(bank, given), params)
    instruments.remember(world, row["id"], kind=bank.kind, account=bank.account)
    if given.get("financial_connections_account"):
        instruments.mark(world, row["id"], verified=True)
    world.save(row)
    return row


def from_test_id(world: World, id_: str) -> Json | None:
    """A fresh payment method for ``pm_card_…``, ``pm_usBankAccount_…``, ``pm_sepaDebit_…``."""
    if id_ in bank_table.BY_TEST_ID:
        bank = bank_table.BY_TEST_ID[id_]
        details = {"billing_details": {"name": "Jenny Rosen", "email": "jenny@example.com"}}
        return _new_bank(world, bank, {}, details)
    name = id_.removeprefix("pm_card_")
    if name == id_ or name not in card_table.BY_NAME:
        return None
    return _new_card(world, card_table.BY_NAME[name], {}, {}, name)


def from_data(world: World, call: Call, params: Json, prefix: str = "") -> Json:
    """A payment method of the data given; ``prefix`` names the parameter that holds it."""
    kind = params.get("type")
    if kind is None:
        raise missing(_inside(prefix, "type"))
    if kind not in KINDS:
        raise ApiError(
            f"The payment method type `{kind}` is invalid. Please ensure the provided type is"
            " activated in your dashboard (https://dashboard.stripe.com/account/payments/settings)"
            " and your account is enabled for any preview features that you are trying to use.",
            param=_inside(prefix, "type"),
        )
    if kind not in params:
        raise missing(_inside(prefix, kind))
    if kind == "card":
        return _card_from_data(world, call, params, _inside(prefix, "card"))
    return _bank_from_data(world, kind, params, prefix)


def _inside(prefix: str, name: str) -> str:
    return f"{prefix}[{name}]" if prefix else name


def _card_from_data(world: World, call: Call, params: Json, prefix: str) -> Json:
    given = params["card"]
    if given.get("token"):
        return _card_from_token(world, given["token"], params, prefix)
    instruments.refuse_raw_number(world, call, given)
    for name in ("number", "exp_month", "exp_year"):
        if name not in given:
            raise missing(f"{prefix}[{name}]")
    instruments.check_card(world, given, prefix)
    return _new_card(world, instruments.card_of_number(given["number"]), given, params)


def _card_from_token(world: World, token: str, params: Json, prefix: str) -> Json:
    used = tokens_in_use.use(world, token, f"{prefix}[token]")
    return _new_card(world, used.card, used.given, params, used.name)


def _bank_from_data(world: World, kind: str, params: Json, prefix: str) -> Json:
    given: dict[str, Any] = params[kind]
    number_name = "iban" if kind == "sepa_debit" else "account_number"
    account = str(given.get(number_name, "")).replace(" ", "").upper()
    if not account and given.get("financial_connections_account"):
        account = "000123456789"
    if not account:
        raise missing(f"{_inside(prefix, kind)}[{number_name}]")
    _check_bank(kind, account, params, prefix)
    bank = bank_table.of_account(kind, account) or TestBank(kind=kind, account=account)  # type: ignore[arg-type]
    return _new_bank(world, bank, given, params)


def _check_bank(kind: str, account: str, params: Json, prefix: str) -> None:
    name = _inside(prefix, "billing_details")
    details = params.get("billing_details") or {}
    if not details.get("name"):
        raise missing(f"{name}[name]")
    if kind == "sepa_debit" and not details.get("email"):
        raise missing(f"{name}[email]")
    if kind == "bacs_debit" and account == "00044444":
        raise ApiError(
            "The account number is invalid.", code="account_number_invalid",
            param=f"{_inside(prefix, kind)}[account_number]",
        )  # fmt: skip
    if kind == "sepa_debit" and not (account[:2].isalpha() and account[2:4].isdigit()):
        raise ApiError(
            "The IBAN you provided is invalid.", code="invalid_bank_account_iban",
            param=f"{_inside(prefix, kind)}[iban]",
        )  # fmt: skip


def resolve(world: World, id_: str, *, param: str = "payment_method") -> Json:
    """The payment method with this id, or a fresh one for a test id."""
    row = world.store.find("payment_method", id_) or from_test_id(world, id_)
    if row is None:
        raise resource_missing("PaymentMethod", id_, param=param)
    return row


def refuse_spent(world: World, row: Json) -> None:
    """One use without a customer, or one detachment, ends a payment method."""
    if instruments.behind(world, row["id"])["spent"] and row["customer"] is None:
        raise ApiError(_SPENT)


def attach_to(world: World, row: Json, customer: str, *, announce: bool = True) -> Json:
    """The payment method belongs to the customer from now on; checks are made at the bank."""
    if row["type"] == "card":
        _checks(world, row)
    row["customer"] = customer
    world.save(row)
    if announce:
        world.emit("payment_method.attached", row)
    return row


def _checks(world: World, row: Json) -> None:
    card = instruments.card_behind(world, row["id"])
    checks, details = row["card"]["checks"], row["billing_details"]["address"]
    if checks["cvc_check"] == "unchecked" or card.cvc_check != "pass":
        checks["cvc_check"] = card.cvc_check
    if details["line1"]:
        checks["address_line1_check"] = card.line1_check
    if details["postal_code"]:
        checks["address_postal_code_check"] = card.postal_code_check
