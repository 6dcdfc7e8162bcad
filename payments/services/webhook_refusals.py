"""Webhooks that were refused, counted by the hour in the cache; only what is refused touches it."""

import time
from collections.abc import Mapping

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from config.base import throttle

REASONS = ("address_not_allowed", "invalid_signature", "not_an_event", "payload_too_large")
HOUR_SECONDS = 3600

log = structlog.get_logger(__name__)


def note(reason: str, *, address: str) -> None:
    """Count a refusal and log it; without a cache it is only logged, and nobody waits for it."""
    log.warning("a webhook was refused", reason=reason, address=address)
    if throttle.is_resting():
        return
    try:
        cache.add(_key(reason), 0, 2 * HOUR_SECONDS)
        cache.incr(_key(reason))
    except (RedisError, OSError):
        throttle.rest()
    except ValueError:  # the hour's counter went away between the two
        return


def lately() -> Mapping[str, int] | None:
    """Refusals by reason in this hour and the one before; None when the cache is gone."""
    try:
        found = cache.get_many([_key(reason, ago) for reason in REASONS for ago in (0, 1)])
    except (RedisError, OSError):
        return None
    return {reason: sum(found.get(_key(reason, ago), 0) for ago in (0, 1)) for reason in REASONS}


def _key(reason: str, hours_ago: int = 0) -> str:
    return f"webhook-refused:{reason}:{int(time.time()) // HOUR_SECONDS - hours_ago}"
