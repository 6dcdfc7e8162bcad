"""The sandbox's own time: real time plus an offset that only grows."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Seconds since 1970, as Stripe writes them."""

    def __init__(self, offset_seconds: int = 0) -> None:
        self.offset_seconds = offset_seconds
        self._pinned: int | None = None
        self.test_clock: str | None = None

    def now(self) -> int:
        """The present moment here."""
        return self._pinned if self._pinned is not None else int(time.time()) + self.offset_seconds

    def precise(self) -> float:
        """The present moment with its fraction; never pinned."""
        return time.time() + self.offset_seconds

    @contextmanager
    def at(self, moment: int, test_clock: str | None = None) -> Iterator[None]:
        """Let work see that moment as its present: when it was due, or what its test clock shows."""
        before = self._pinned, self.test_clock
        self._pinned, self.test_clock = moment, test_clock
        try:
            yield
        finally:
            self._pinned, self.test_clock = before
