"""Rates that tighten for whoever keeps breaking them, counted by django-ratelimit.

Each window broken in a row halves the limit of the next one, down to a sixteenth; each window kept doubles it again.
The cache may be gone: then nobody is refused, and it is left alone for a few seconds so that no request waits for it.
"""

import time
from dataclasses import dataclass

import structlog
from django.core.cache import cache
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

STEPS = 4
REST_SECONDS = 10.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in a window of so many seconds."""

    limit: int
    period_seconds: int


@dataclass(slots=True)
class _Rest:
    """After a failure the cache is not asked before `until` (monotonic)."""

    until: float = 0.0


_rest = _Rest()


def hit(name: str, who: str, rate: Rate) -> int | None:
    """Count one; the seconds to wait if that is too many, else None."""
    if is_resting():
        return None
    try:
        return _hit(name, who, rate)
    except (RedisError, OSError) as error:
        rest()
        log.warning("rates are not counted: the cache is gone", reason=type(error).__name__)
        return None


def is_resting() -> bool:
    """Whether the cache failed a moment ago, so that nobody should wait for it now."""
    return time.monotonic() < _rest.until


def rest() -> None:
    """Leave a cache that failed alone for a while."""
    _rest.until = time.monotonic() + REST_SECONDS


def forget_failure() -> None:
    """Ask the cache again at the next hit."""
    _rest.until = 0.0


def _hit(name: str, who: str, rate: Rate) -> int | None:
    broken_key = f"throttle:{name}:{who}"
    broken: tuple[int, int] | None = cache.get(broken_key)
    step = _step(broken, rate.period_seconds)
    limit = max(1, rate.limit >> step)
    usage = get_usage(None, group=name, key=lambda *_: who, rate=(limit, rate.period_seconds), increment=True)
    if usage is None or not usage["should_limit"]:
        return None
    if usage["count"] == limit + 1:
        window_end = int(time.time()) + usage["time_left"]
        cache.set(broken_key, (window_end, step), rate.period_seconds * (STEPS + 2))
    return max(1, int(usage["time_left"]) + 1)


def _step(broken: tuple[int, int] | None, period_seconds: int) -> int:
    """How often the limit is halved now, from the window broken last and the step that it had."""
    if broken is None:
        return 0
    window_end, step = broken
    past_seconds = int(time.time()) - window_end
    if past_seconds <= 0:
        return step
    windows_kept = (past_seconds - 1) // period_seconds
    return max(0, min(step + 1, STEPS) - windows_kept)
