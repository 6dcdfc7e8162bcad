"""When money becomes available, and in which currency.

An account whose payouts are manual counts calendar days. One that pays out by itself counts as Stripe does: bank debits
in business days, cards in business days in the United States and in calendar days elsewhere, unless it names its own
``delay_days``.
Sources: https://docs.stripe.com/payouts#payout-speed, https://docs.stripe.com/currencies/conversion
"""

from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from . import account, money
from .json_types import Json
from .world import World

DAYS = {"card": 2, "us_bank_account": 4, "sepa_debit": 6, "bacs_debit": 4}
_SATURDAY = 5


class Settled(NamedTuple):
    """An amount in the currency in which it settles; ``rate`` is None where nothing was converted."""

    amount: int
    currency: str
    rate: Decimal | None = None


def midnight_after(moment: int, days: int, *, business: bool = False) -> int:
    """Midnight UTC, so many days or business days on."""
    day = datetime.fromtimestamp(moment, UTC).date()
    while days > 0:
        day += timedelta(days=1)
        days -= not business or day.weekday() < _SATURDAY
    return int(datetime.combine(day, time(), UTC).timestamp())


def available_on(world: World, kind: str) -> int:
    """When money of this kind of payment method, taken now, becomes available."""
    delay, now = world.settings.get("payout_delay_days"), world.clock.now()
    if _interval(world) == "manual":
        return midnight_after(now, DAYS[kind])
    if kind == "card" and delay is not None:
        return midnight_after(now, delay)
    return midnight_after(now, DAYS[kind], business=kind != "card" or world.config.country == "US")


def arrival(world: World, days: int) -> int:
    """When the bank has it; banks count business days where the account pays out by itself."""
    return midnight_after(world.clock.now(), days, business=_interval(world) != "manual")


def _interval(world: World) -> str:
    return str(account.of(world)["settings"]["payouts"]["schedule"]["interval"])


def waits(world: World, kind: str) -> bool:
    """Whether such money is pending at first. ACH debits are so only where the account pays out by itself."""
    return kind != "us_bank_account" or _interval(world) != "manual"


def settled(world: World, amount: int, code: str) -> Settled:
    """The amount in the currency in which the account takes it, at the rate of this moment, rounded half up."""
    to: str = world.settings.get("settle", {}).get(code, code)
    if to == code:
        return Settled(amount, code)
    rate = Decimal(world.settings["rates"][f"{code}/{to}"])
    scale = Decimal(10) ** (money.places(to) - money.places(code))
    return Settled(int((amount * rate * scale).to_integral_value(ROUND_HALF_UP)), to, rate)


def set_rates(world: World, settle: Json, rates: Json) -> None:
    """Settle currencies in others from now on; raises ValueError for one without a rate."""
    wanted = {code.lower(): to.lower() for code, to in settle.items()}
    known = {**world.settings.get("rates", {}), **{pair.lower(): str(Decimal(rate)) for pair, rate in rates.items()}}
    missing = [f"{code}/{to}" for code, to in wanted.items() if code != to and f"{code}/{to}" not in known]
    if missing:
        raise ValueError(f"no rate for {', '.join(missing)}")
    world.set(settle={**world.settings.get("settle", {}), **wanted}, rates=known)
