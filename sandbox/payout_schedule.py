"""Payouts on a schedule: daily, weekly or monthly, at four in the morning UTC.

Source: https://docs.stripe.com/payouts#payout-schedule
"""

import calendar
from datetime import UTC, datetime, timedelta

from . import account, balances, paying_out
from .config import INTERVALS
from .json_types import Json
from .world import World

_WEEKDAYS = [name.lower() for name in calendar.day_name]
_HOUR = 4
_SUBJECT, _TASK = "payout_schedule", "pay_out"


def set_(world: World, wanted: Json) -> Json:
    """Pay out so from now on; returns the account. Raises ValueError for a schedule that Stripe would not know.

    ``interval``; for weekly ones ``weekly_payout_days`` (friday), for monthly ones ``monthly_payout_days`` (the first);
    ``delay_days`` are the days that money from cards is held, counted by the calendar.
    """
    schedule = _schedule(wanted)
    row = account.of(world)
    delay = wanted.get("delay_days")
    world.set(payout_delay_days=None if delay is None else int(delay))
    row["settings"]["payouts"]["schedule"] = {"delay_days": 2 if delay is None else int(delay), **schedule}
    world.forget_due(_TASK, _SUBJECT)
    _plan(world, schedule)
    return world.changed("account.updated", row)


def _schedule(wanted: Json) -> Json:
    interval = wanted.get("interval", "daily")
    if interval not in INTERVALS:
        raise ValueError(f"interval must be one of {', '.join(INTERVALS)}")
    if interval == "weekly":
        days = [str(day).lower() for day in wanted.get("weekly_payout_days", ["friday"])]
        if not days or not set(days) <= set(_WEEKDAYS):
            raise ValueError(f"weekly_payout_days must be among {', '.join(_WEEKDAYS)}")
        return {"interval": interval, "weekly_anchor": days[0], "weekly_payout_days": days}
    if interval == "monthly":
        dates = [int(day) for day in wanted.get("monthly_payout_days", [1])]
        if not dates or not all(1 <= day <= 31 for day in dates):
            raise ValueError("monthly_payout_days must be from 1 to 31")
        return {"interval": interval, "monthly_anchor": dates[0], "monthly_payout_days": dates}
    return {"interval": interval}


def _plan(world: World, schedule: Json) -> None:
    if schedule["interval"] != "manual":
        world.later(_next(schedule, world.clock.now()) - world.clock.now(), _TASK, _SUBJECT)


def _next(schedule: Json, moment: int) -> int:
    """The next moment of a payout."""
    day = datetime.fromtimestamp(moment, UTC).replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    while day.timestamp() <= moment or not _pays(schedule, day):
        day += timedelta(days=1)
    return int(day.timestamp())


def _pays(schedule: Json, day: datetime) -> bool:
    """Whether money goes out on that day; a 31st that a month has not is its last."""
    if schedule["interval"] == "weekly":
        return _WEEKDAYS[day.weekday()] in schedule["weekly_payout_days"]
    if schedule["interval"] == "monthly":
        last = calendar.monthrange(day.year, day.month)[1]
        return day.day in {min(date, last) for date in schedule["monthly_payout_days"]}
    return True


def run(world: World, _due: Json) -> None:
    """One payout for each currency; the next time is planned."""
    for code in balances.currencies(world):
        paying_out.automatic(world, code)
    _plan(world, account.of(world)["settings"]["payouts"]["schedule"])
