"""What stands behind a payment method: the test card or test bank account, and its past.

A payment method shows no number, so the number lives in a row of ours beside it.
"""

import datetime
import hashlib
from typing import Any

from . import bank_table, card_table
from .bank_table import TestBank
from .calls import Call
from .card_table import BY_NUMBER, Decline, TestCard, passes_luhn
from .errors import ApiError
from .ids import Ids
from .json_types import Json
from .world import World

_NOT_A_TEST_CARD = Decline(
    decline_code="test_mode_live_card",
    message="Your card was declined. Your request was in test mode, but used a non test (live)"
    " card. For a list of valid test cards, visit: https://stripe.com/docs/testing.",
    advice_code=None,
    network_decline_code="",
)
_MIN_DIGITS, _MAX_DIGITS = 13, 19
_MONTHS = 12
_OLDEST_YEARS = 50
_DEFAULT_YEARS_AHEAD = 1


def card_error(message: str, code: str, param: str | None, **more: Any) -> ApiError:
    """A card that cannot be: 402."""
    return ApiError(message, status=402, type="card_error", code=code, param=param, **more)


def _year(world: World) -> tuple[int, int]:
    moment = datetime.datetime.fromtimestamp(world.clock.now(), datetime.UTC)
    return moment.year, moment.month


def _full_year(year: int) -> int:
    return year + 2000 if year < 100 else year


def refuse_raw_number(world: World, call: Call, given: Json) -> None:
    """Card numbers come from a browser, unless the account may send them from a server.

    Raises what Stripe raises on an account that has not asked for raw card data.
    """
    if "number" in given and not call.with_publishable_key and not world.settings["raw_card_data"]:
        raise ApiError(
            "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test"
            " tokens that map to the test card you are using, see https://stripe.com/docs/testing. To enable"
            " testing raw card data APIs, see https://support.stripe.com/questions/enabling-access-to-raw-card-data-apis.",
            status=402,
        )


def check_card(world: World, given: Json, prefix: str) -> None:
    """Raise what Stripe raises for a number, expiry or CVC that cannot be."""
    number = given["number"].replace(" ", "").replace("-", "")
    if not number.isdigit() or not _MIN_DIGITS <= len(number) <= _MAX_DIGITS:
        raise card_error("Your card number is incorrect.", "incorrect_number", f"{prefix}[number]")
    if not passes_luhn(number):
        raise card_error("Your card number is incorrect.", "incorrect_number", f"{prefix}[number]")
    _check_expiry(world, given, prefix)
    cvc = given.get("cvc")
    if cvc and (not cvc.isdigit() or len(cvc) not in (3, 4)):
        raise card_error("Your card's security code is invalid.", "invalid_cvc", f"{prefix}[cvc]")


def _check_expiry(world: World, given: Json, prefix: str) -> None:
    month, year = given["exp_month"], _full_year(given["exp_year"])
    this_year, this_month = _year(world)
    if not 1 <= month <= _MONTHS:
        raise card_error(
            "Your card's expiration month is invalid.", "invalid_expiry_month",
            f"{prefix}[exp_month]",
        )  # fmt: skip
    if (year, month) < (this_year, this_month) or year > this_year + _OLDEST_YEARS:
        raise card_error("Your card's expiration year is invalid.", "invalid_expiry_year", f"{prefix}[exp_year]")


def fingerprint(account: str) -> str:
    """The same sixteen characters for the same card or account, always."""
    digest = hashlib.sha256(account.encode()).digest()
    return "".join(Ids(digest.hex()).text(16))


def card_hash(world: World, card: TestCard, given: Json) -> Json:
    """``payment_method.card``."""
    year, _ = _year(world)
    networks = list(card.networks) or [card.brand]
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "unchecked" if given.get("cvc") else None,
        },
        "country": card.country,
        "display_brand": _display_brand(card),
        "exp_month": given.get("exp_month", 12),
        "exp_year": _full_year(given.get("exp_year", year + _DEFAULT_YEARS_AHEAD)),
        "fingerprint": fingerprint(card.number),
        "funding": card.funding,
        "generated_from": None,
        "last4": card.number[-4:],
        "networks": {
            "available": networks,
            "preferred": (given.get("networks") or {}).get("preferred"),
        },
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.three_d_secure},
        "wallet": None,
    }


def _display_brand(card: TestCard) -> str:
    names = {"amex": "american_express", "diners": "diners_club", "unionpay": "union_pay"}
    return names.get(card.brand, card.brand)


def card_of_number(number: str) -> TestCard:
    """The test card, or a card that every charge declines because it is no test card."""
    digits = number.replace(" ", "").replace("-", "")
    known = BY_NUMBER.get(digits)
    if known:
        return known
    brands = {"4": "visa", "5": "mastercard", "2": "mastercard", "3": "amex", "6": "discover"}
    return TestCard(
        number=digits,
        brand=brands.get(digits[0], "unknown"),
        decline=_NOT_A_TEST_CARD,
        attachable=False,
    )


def masked(number: str) -> str:
    """A test card's number as it is, any other with stars."""
    digits = number.replace(" ", "").replace("-", "")
    return digits if digits in BY_NUMBER else f"{digits[0]}{'*' * (len(digits) - 5)}{digits[-4:]}"


def is_expired(world: World, method: Json) -> bool:
    """Whether the card's month has passed."""
    return (method["card"]["exp_year"], method["card"]["exp_month"]) < _year(world)


def remember(world: World, payment_method: str, *, kind: str, account: str, name: str = "") -> None:
    """Keep what stands behind a payment method; ``name`` where a test id says more than a number.

    A number that is no test card's is not kept: only its first digit and its last four.
    """
    if kind == "card":
        account = masked(account)
    world.save(
        {
            "object": "_instrument",
            "id": payment_method,
            "kind": kind,
            "account": account,
            "name": name,
            "set_up": False,
            "spent": False,
            "verified": False,
        }
    )


def behind(world: World, payment_method: str) -> Json:
    """The row kept by ``remember``."""
    return world.store.get("_instrument", payment_method)


def card_behind(world: World, payment_method: str) -> TestCard:
    """The test card of a payment method."""
    row = behind(world, payment_method)
    named = card_table.BY_NAME.get(row["name"])
    return named or card_of_number(row["account"])


def bank_behind(world: World, payment_method: str) -> TestBank:
    """The test account of a payment method; any other account pays."""
    row = behind(world, payment_method)
    known = bank_table.of_account(row["kind"], row["account"])
    return known or TestBank(kind=row["kind"], account=row["account"])


def mark(world: World, payment_method: str, **facts: bool) -> None:
    """Note what happened to a payment method: set_up, spent, verified."""
    row = behind(world, payment_method)
    row.update(facts)
    world.save(row)
