"""Everything one running sandbox holds, and the few verbs that all resources share."""

import heapq
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import takewhile

from .clock import Clock
from .config import ACCOUNT_ID, Config
from .events import RETENTION_SECONDS, build, wanted_by
from .ids import Ids
from .json_types import Json
from .store import Store

_DAY = 86400
_log = logging.getLogger("sandbox")
Task = Callable[["World", Json], None]
Reaction = Callable[["World", Json], None]


class World:
    """The state, the time and the announcements. One at a time works on it: handlers never wait."""

    def __init__(
        self, config: Config, tasks: Mapping[str, Task], reactions: Mapping[str, tuple[Reaction, ...]] | None = None
    ) -> None:
        self.config = config
        self.store = Store(config.store)
        self.settings = self._settings()
        self.clock = Clock(self.settings["offset_seconds"])
        self.ids = self._fresh_ids()
        self.request: Json = {"id": None, "idempotency_key": None}
        self.account_id = ACCOUNT_ID
        self.base_url = config.url
        self._tasks = tasks
        self._reactions = reactions or {}
        self._due: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        self._due_count = 0
        for row in self.store.all("_due"):
            self._queue(row)
        self.announced: list[Json] = []
        self._announced_before = 0

    def _fresh_ids(self) -> Ids:
        seed = self.config.seed
        return Ids(f"{seed}:{len(self.store)}" if seed else None)

    def _settings(self) -> Json:
        fresh: Json = {
            "object": "_settings",
            "id": "sandbox",
            "offset_seconds": -_DAY * self.config.start_days_ago,
            "raw_card_data": self.config.raw_card_data,
        }
        return self.store.find("_settings", "sandbox") or fresh

    def begin(self, request_id: str | None = None, idempotency_key: str | None = None) -> None:
        """A piece of work begins, for a request or for the outside world; what is due happens before it."""
        self.request = {"id": None, "idempotency_key": None}
        self.run_due()
        self.request = {"id": request_id, "idempotency_key": idempotency_key}
        self.store.begin()
        self._announced_before = len(self.announced)

    def rollback(self) -> None:
        """Take back everything since ``begin``."""
        self.store.rollback()
        del self.announced[self._announced_before :]

    def set(self, **changed: object) -> None:
        """Keep a setting of this sandbox."""
        self.settings.update(changed)
        self.store.save(self.settings)

    def save(self, row: Json) -> Json:
        """Keep the object; returns what it held before where that differs."""
        return self.store.save(row)

    def emit(self, type_: str, subject: Json, previous: Json | None = None) -> Json:
        """Record an event and queue it for every endpoint that listens."""
        event = build(
            id_=self.ids.new("evt"),
            type_=type_,
            subject=subject,
            previous=previous,
            created=self.clock.now(),
            request=self.request,
        )
        for endpoint in self.store.all("webhook_endpoint"):
            if wanted_by(endpoint, type_):
                event["pending_webhooks"] += 1
                self.announced.append(self.delivery(event, endpoint))
        self.store.save(event)
        if type_.startswith("payment_intent."):
            self.react("payment_intent_changed", subject)
        return event

    def react(self, occasion: str, subject: Json) -> None:
        """Let those who asked for it know what happened to ``subject``."""
        with self.time_of(subject):
            for reaction in self._reactions.get(occasion, ()):
                reaction(self, subject)

    def time_of(self, row: Json | None) -> AbstractContextManager[None]:
        """What belongs to a customer on a test clock lives in that clock's time."""
        clock = self.test_clock_of(row)
        if clock is None or clock["id"] == self.clock.test_clock:
            return nullcontext()
        return self.clock.at(clock["frozen_time"], clock["id"])

    def test_clock_of(self, row: Json | None) -> Json | None:
        """The test clock that the row's customer lives on."""
        for kind in ("invoice", "subscription"):
            if row and "customer" not in row and isinstance(row.get(kind), str):
                row = self.store.find(kind, row[kind])
        owner = row if row and row["object"] == "customer" else self.store.find("customer", (row or {}).get("customer"))
        return self.store.find("test_helpers.test_clock", (owner or {}).get("test_clock"))

    def delivery(self, event: Json, endpoint: Json) -> Json:
        """Note that the event is owed to the endpoint."""
        delivery = {
            "object": "_delivery",
            "id": self.ids.new("dlv"),
            "event": event["id"],
            "type": event["type"],
            "endpoint": endpoint["id"],
            "attempts": 0,
            "due_at": self.clock.precise(),
            "last_status": None,
            "last_error": None,
        }
        self.store.save(delivery)
        return delivery

    def changed(self, type_: str, row: Json) -> Json:
        """Save the object and announce it with what it held before."""
        previous = self.store.save(row)
        if previous:
            self.emit(type_, row, previous)
        return row

    def later(self, seconds: int, task: str, subject: str, **details: object) -> None:
        """Let ``task`` run on ``subject`` when that many seconds have passed here."""
        row: Json = {
            "object": "_due",
            "id": self.ids.new("due"),
            "at": self.clock.now() + seconds,
            "task": task,
            "subject": subject,
            "details": details,
            "test_clock": self.clock.test_clock,
        }
        self.store.save(row)
        self._queue(row)

    def _queue(self, row: Json) -> None:
        self._due_count += 1
        heapq.heappush(self._due[row.get("test_clock") or ""], (row["at"], self._due_count, row["id"]))

    def forget_due(self, task: str, subject: str) -> None:
        """Take back work that is no longer wanted."""
        for row in self.store.children("_due", "subject", subject):
            if row["task"] == task:
                self.store.delete(row)

    def run_due(self, test_clock: str = "", until: int | None = None) -> int:
        """Do all work whose moment has come, each at its own moment; returns how much there was."""
        until, done, queue = self.clock.now() if until is None else until, 0, self._due[test_clock]
        while queue and queue[0][0] <= until:
            at, _, id_ = heapq.heappop(queue)
            row = self.store.find("_due", id_)
            if row is not None:
                with self.clock.at(at, test_clock or None):
                    self._do(row)
                done += 1
        return done

    def _do(self, row: Json) -> None:
        """One piece of due work, whole or not at all."""
        self._announced_before = len(self.announced)
        try:
            self._tasks[row["task"]](self, row)
        except Exception:  # noqa: BLE001 - the boundary: time goes on, the mistake is logged
            _log.exception("%s of %s failed", row["task"], row["subject"])
            self.rollback()
        self.store.delete(row)
        self.store.flush()

    def next_due(self) -> int | None:
        """When the next piece of work is due."""
        queue = self._due[""]
        return queue[0][0] if queue else None

    def advance(self, seconds: int) -> int:
        """Move time forward and let happen what was due meanwhile; returns how much there was."""
        self.begin()
        self.clock.offset_seconds += seconds
        self.set(offset_seconds=self.clock.offset_seconds)
        done = self.run_due()
        self.store.flush()
        return done

    def is_recent(self, event: Json) -> bool:
        """Whether Stripe would still show the event."""
        return bool(event["created"] > self.clock.now() - RETENTION_SECONDS)

    def recent_events(self) -> Iterator[Json]:
        """Events of the last thirty days, newest first."""
        return takewhile(self.is_recent, self.store.newest_first("event"))

    def reset(self) -> None:
        """Forget everything, the moved clock too."""
        self.store.reset()
        self.announced.clear()
        self._due.clear()
        self.settings = self._settings()
        self.clock.offset_seconds = self.settings["offset_seconds"]
        self.ids = self._fresh_ids()
