"""Billing periods by the calendar, in UTC: the 31st is the last day of shorter months and the 31st again after them.

Source: https://docs.stripe.com/billing/subscriptions/billing-cycle
"""

import calendar
from datetime import UTC, datetime, timedelta

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def add(start: int, interval: str, count: int) -> int:
    """``count`` intervals after ``start``; the day of the month is kept where the month has it."""
    moment = datetime.fromtimestamp(start, UTC)
    if interval in _DAYS:
        return int((moment + timedelta(days=_DAYS[interval] * count)).timestamp())
    return int(_add_months(moment, _MONTHS[interval] * count).timestamp())


def _add_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def boundary_after(anchor: int, interval: str, count: int, moment: int) -> int:
    """The first period boundary later than ``moment``, counted from the anchor so that the day never drifts."""
    step = _steps(anchor, interval, count, moment)
    while add(anchor, interval, count * step) <= moment:
        step += 1
    while add(anchor, interval, count * (step - 1)) > moment:
        step -= 1
    return add(anchor, interval, count * step)


def boundary_until(anchor: int, interval: str, count: int, moment: int) -> int:
    """The last period boundary at or before ``moment``."""
    step = _steps(anchor, interval, count, moment)
    while add(anchor, interval, count * step) > moment:
        step -= 1
    while add(anchor, interval, count * (step + 1)) <= moment:
        step += 1
    return add(anchor, interval, count * step)


def _steps(anchor: int, interval: str, count: int, moment: int) -> int:
    """Near enough; the caller corrects it by the calendar."""
    days = (moment - anchor) // 86400
    length = count * {"day": 1, "week": 7, "month": 30, "year": 365}[interval]
    return days // length


def configured_anchor(config: dict[str, int | None], start: int, interval: str) -> int:
    """The first moment from ``start`` on that ``billing_cycle_anchor_config`` describes."""
    began = datetime.fromtimestamp(start, UTC)
    months = range(14) if interval != "week" else range(2)
    for ahead in months:
        first = _add_months(began.replace(day=1), ahead)
        if config.get("month") and first.month != config["month"]:
            continue
        day = min(int(config["day_of_month"] or 1), calendar.monthrange(first.year, first.month)[1])
        hour, minute, second = (config.get(name) for name in ("hour", "minute", "second"))
        found = first.replace(
            day=day,
            hour=began.hour if hour is None else hour,
            minute=began.minute if minute is None else minute,
            second=began.second if second is None else second,
        )
        if found.timestamp() >= start:
            return int(found.timestamp())
    return start
