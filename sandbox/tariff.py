"""What Stripe charges here.

Cards 2.9 % + 30, 1.5 % more for cards issued abroad; ACH debits 0.8 %, at most 500; SEPA debits 0.8 % + 30, at most
600; Bacs debits 1 %, at most 400. A dispute costs 1500, an instant payout 1 %, a conversion 2 % of what it brings.
Sources: https://stripe.com/pricing, https://docs.stripe.com/currencies/conversion,
https://docs.stripe.com/payouts/instant-payouts
"""

from . import money
from .json_types import Json
from .world import World

DISPUTE_FEE = 1500
_TARIFFS: dict[str, Json] = {
    "card": {"basis_points": 290, "fixed": 30},
    "us_bank_account": {"basis_points": 80, "fixed": 0, "cap": 500},
    "sepa_debit": {"basis_points": 80, "fixed": 30, "cap": 600},
    "bacs_debit": {"basis_points": 100, "fixed": 0, "cap": 400},
}
_ABROAD_BASIS_POINTS = 150
_INSTANT: Json = {"basis_points": 100, "fixed": 0}
_CONVERSION: Json = {"basis_points": 200, "fixed": 0}


def for_charge(world: World, amount: int, code: str, kind: str, country: str | None) -> int:
    """The fee for a charge, in the currency in which it settles."""
    tariff = dict(_TARIFFS[kind])
    if kind == "card" and country not in (None, world.config.country):
        tariff["basis_points"] += _ABROAD_BASIS_POINTS
    return money.fee(amount, tariff, code)


def for_conversion(amount: int, code: str) -> int:
    """The fee for having had to convert."""
    return money.fee(amount, _CONVERSION, code)


def for_instant_payout(amount: int, code: str) -> int:
    """The fee for money at once."""
    return money.fee(amount, _INSTANT, code)
