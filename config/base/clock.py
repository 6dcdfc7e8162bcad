"""The only clock for rules. Signatures, leases, receipts and lag use real time instead.

Beside a local Stripe (`STRIPE_API_BASE`) it follows that one's clock, so that a month can pass in a second;
beside the real one it is the system's clock, whatever else is set.
"""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings

_FOLLOW_EVERY_SECONDS = 1.0
_TIMEOUT_SECONDS = 0.5


class _FollowedClock:
    """The local Stripe's offset from real time, asked for at most once a second a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta(0)
        self._asked_at = -_FOLLOW_EVERY_SECONDS

    def offset(self) -> timedelta:
        with self._lock:
            if time.monotonic() - self._asked_at >= _FOLLOW_EVERY_SECONDS:
                self._asked_at = time.monotonic()
                self._ask()
            return self._offset

    def forget(self) -> None:
        with self._lock:
            self._asked_at = -_FOLLOW_EVERY_SECONDS

    def _ask(self) -> None:
        try:
            with urlopen(f"{settings.STRIPE_API_BASE}/_sandbox/clock", timeout=_TIMEOUT_SECONDS) as reply:  # noqa: S310
                self._offset = timedelta(seconds=json.load(reply)["offset_seconds"])
        except (URLError, TimeoutError, ConnectionError, ValueError, KeyError):
            return  # an unreachable local Stripe keeps the last known offset


_followed = _FollowedClock()


def now() -> datetime:
    """The moment that rules reckon with, in UTC."""
    real = datetime.now(UTC)
    return real + _followed.offset() if settings.STRIPE_API_BASE else real


def real_now() -> datetime:
    """The moment by the machine's own clock, in UTC: for leases, receipts and lag, which no rule reckons with."""
    return datetime.now(UTC)


def follow() -> None:
    """Ask the local Stripe's clock anew at the next `now()`."""
    _followed.forget()
