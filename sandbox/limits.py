"""A request rate limit, off unless configured."""

import time
from collections import deque

from .errors import ApiError


class RateLimit:
    """At most so many requests in any one second of real time; 0 is no limit."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._moments: deque[float] = deque()

    def check(self) -> None:
        """Count one request; raises 429 above the limit."""
        if not self.per_second:
            return
        now = time.monotonic()
        while self._moments and self._moments[0] <= now - 1:
            self._moments.popleft()
        if len(self._moments) >= self.per_second:
            raise rate_limited("global-rate")
        self._moments.append(now)


def rate_limited(reason: str) -> ApiError:
    """What a limiter answers."""
    return ApiError(
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        status=429,
        code="rate_limit",
        headers={"Stripe-Rate-Limited-Reason": reason},
    )


def lock_timeout() -> ApiError:
    """What a locked object answers: a 429 that comes from no limiter."""
    return ApiError(
        "This object cannot be accessed right now because another API request or Stripe process is"
        " currently accessing it. If you see this error intermittently, retry the request. If you"
        " see this error frequently and are making multiple concurrent requests to a single object,"
        " make your requests serially or at a lower rate. For more details, see"
        " https://stripe.com/docs/rate-limits#object-lock-timeouts.",
        status=429,
        code="lock_timeout",
    )
