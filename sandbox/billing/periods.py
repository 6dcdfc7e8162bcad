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


def natural(anchor: int, interval: str, count: int, moment: int) -> tuple[int, int]:
    """The whole period that a moment lies in."""
    return boundary_until(anchor, interval, count, moment), boundary_after(anchor, interval, count, moment)


def _steps(anchor: int, interval: str, count: int, moment: int) -> int:
    """Near enough; the caller corrects it by the calendar."""
    days = (moment - anchor) // 86400
    length = count * {"day": 1, "week": 7, "month": 30, "year": 365}[interval]
    return days // length


def configured_anchor(config: dict[str, int | None], start: int, interval: str, count: int) -> int:
    """The first moment from ``start`` on that ``billing_cycle_anchor_config`` describes, in steps of the interval.

    A month that lacks the day is passed over; periods before the anchor end at the last day of such months.
    """
    began = datetime.fromtimestamp(start, UTC)
    step = 1 if config.get("month") else _MONTHS.get(interval, 1) * count
    for ahead in range(0, 12 * 9, step):
        month = _add_months(began.replace(day=1), ahead)
        found = _configured(config, month)
        if found is not None and found.timestamp() >= start:
            return int(found.timestamp())
    return start


def _configured(config: dict[str, int | None], month: datetime) -> datetime | None:
    day = int(config["day_of_month"] or 1)
    if config.get("month") not in (None, month.month) or day > calendar.monthrange(month.year, month.month)[1]:
        return None
    hour, minute, second = (config.get(name) for name in ("hour", "minute", "second"))
    if hour is None and minute is None and second is None:
        return month.replace(day=day)
    return month.replace(day=day, hour=hour or 0, minute=minute or 0, second=second or 0)
