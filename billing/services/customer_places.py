"""Where a customer is: the zone their dates are told in, and the way they write."""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from payments.models import Customer

ZONE_KEY = "time_zone"


def zone(customer: Customer) -> ZoneInfo:
    """The customer's zone: named in their metadata, else their country's if it has one time, else the seller's."""
    named = customer.metadata.get(ZONE_KEY, "")
    if named in available_timezones():
        return ZoneInfo(named)
    only = _only_zones().get(customer.address_country)
    return ZoneInfo(only or customer.account.legal_entity.time_zone or "UTC")


def locale(customer: Customer) -> str:
    """The customer's locale as Babel names it; English where none is known."""
    try:
        return str(Locale.parse(customer.preferred_locale.replace("-", "_"))) if customer.preferred_locale else "en"
    except (ValueError, UnknownLocaleError):
        return "en"


@lru_cache(maxsize=1)
def _only_zones() -> dict[str, str]:
    """A zone of every country whose clocks all agree. Source: CLDR, as Babel carries it."""
    by_country: dict[str, list[str]] = {}
    for name, country in get_global("zone_territories").items():
        by_country.setdefault(country, []).append(name)
    known = available_timezones()
    return {
        country: names[0]
        for country, names in by_country.items()
        if known.issuperset(names) and len({_clock(name) for name in names}) == 1
    }


def _clock(name: str) -> tuple[timedelta | None, timedelta | None]:
    winter, summer = datetime(2026, 1, 1), datetime(2026, 7, 1)  # noqa: DTZ001 - any zone's own
    return ZoneInfo(name).utcoffset(winter), ZoneInfo(name).utcoffset(summer)
