"""Webhooks: signed, posted, tried again, and sent badly on request.

A 2xx answer is success; redirects are not followed. Retries wait for the pauses configured, by the
sandbox's own clock, so that moving it brings them forward.
Source: https://docs.stripe.com/webhooks
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import random
import time
from collections import Counter
from dataclasses import asdict, dataclass

import aiohttp

from .capture import Capture
from .json_types import Json
from .world import World

_SHUFFLE_WINDOW_SECONDS = 0.05
_IDLE_SECONDS = 0.25


@dataclass
class Manner:
    """How webhooks are delivered from now on."""

    pause: bool = False
    duplicate: int = 1
    shuffle: int | None = None
    drop: float = 0.0


def signature(secrets: list[str], body: bytes, timestamp: int) -> str:
    """The Stripe-Signature header: one v1 for each active secret, and a v0 that means nothing."""
    signed = f"{timestamp}.".encode() + body
    parts = [f"t={timestamp}"]
    parts += [f"v1={_hmac(secret, signed)}" for secret in secrets]
    parts.append(f"v0={_hmac('v0', signed)}")
    return ",".join(parts)


def _hmac(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def active_secrets(world: World, endpoint_id: str) -> list[str]:
    """The secrets that sign now: the newest first, older ones until they expire."""
    row = world.store.find("_endpoint_secret", endpoint_id)
    now = world.clock.now()
    entries = row["secrets"] if row else []
    return [e["secret"] for e in entries if e["expires_at"] is None or e["expires_at"] > now]


class Dispatcher:
    """Takes what the world announces and posts it, several at once."""

    def __init__(self, world: World, capture: Capture) -> None:
        self.world = world
        self._capture = capture
        self.manner = Manner()
        self._random = random.Random()
        self._waiting: dict[str, Json] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.Task[None] | None = None
        self.attempts: list[Json] = []
        self.settled: Counter[str] = Counter()

    async def start(self) -> None:
        """Begin, with what an earlier process left undelivered."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self.world.config.webhook_timeout_seconds),
            connector=aiohttp.TCPConnector(limit=self.world.config.webhook_concurrency),
        )
        self._waiting = {row["id"]: row for row in self.world.store.all("_delivery")}
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Let go; what is undelivered stays in the store."""
        for task in [*self._running, *([self._loop] if self._loop else [])]:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._session is not None:
            await self._session.close()

    def configure(self, body: Json) -> None:
        """Change the manner; only what is named changes."""
        if "pause" in body:
            self.manner.pause = bool(body["pause"])
        if "duplicate" in body:
            self.manner.duplicate = max(1, int(body["duplicate"]))
        if "shuffle" in body:
            seed = body["shuffle"]
            self.manner.shuffle = None if seed in (None, False) else int(seed)
            self._random.seed(self.manner.shuffle)
        if "drop" in body:
            self.manner.drop = float(body["drop"])
        self.collect()

    def again(self, event: Json, times: int, endpoint_id: str | None) -> int:
        """Deliver an event once more, whatever became of it before; returns how many posts."""
        targets = [
            row
            for row in self.world.store.all("webhook_endpoint")
            if endpoint_id in (None, row["id"]) and row["status"] == "enabled"
        ]
        for endpoint in targets:
            for _ in range(times):
                row = self.world.delivery(event, endpoint)
                self._waiting[row["id"]] = row
        self._wake.set()
        return len(targets) * times

    def collect(self) -> None:
        """Take over what was announced since the last time."""
        for row in self.world.announced:
            self._accept(row)
        self.world.announced.clear()
        self._wake.set()

    def _accept(self, row: Json) -> None:
        if self._random.random() < self.manner.drop:
            self._settle(row, "dropped")
            return
        self._waiting[row["id"]] = row
        for _ in range(self.manner.duplicate - 1):
            copy = {**row, "id": self.world.ids.new("dlv")}
            self.world.save(copy)
            self._waiting[copy["id"]] = copy

    def clear(self) -> None:
        """Forget all deliveries and the manner."""
        for task in self._running:
            task.cancel()
        self._waiting.clear()
        self.attempts.clear()
        self.settled.clear()
        self.manner = Manner()

    def pending(self) -> int:
        """First attempts that have not been made yet."""
        fresh = [row for row in self._waiting.values() if row["attempts"] == 0]
        return len(fresh) + len(self._running)

    def report(self) -> Json:
        """The manner, what waits, and the newest attempts."""
        waiting = list(self._waiting.values())
        return {
            "manner": asdict(self.manner),
            "pending": self.pending(),
            "retrying": sum(row["attempts"] > 0 for row in waiting),
            "waiting": waiting[:100],
            "attempts": self.attempts[-200:][::-1],
            "attempted": len(self.attempts),
            "settled": dict(self.settled),
        }

    async def drain(self, timeout_seconds: float) -> bool:
        """Wait until every pending delivery was attempted once; False if that took too long."""
        end = time.monotonic() + timeout_seconds
        while self.pending() and not self.manner.pause:
            if time.monotonic() > end:
                return False
            await asyncio.sleep(0.005)
        return not self.pending()

    async def _run(self) -> None:
        while True:
            await self._pause_between_rounds()
            self._wake.clear()
            while not self.manner.pause and (row := self._next()) is not None:
                del self._waiting[row["id"]]
                task = asyncio.create_task(self._deliver(row))
                self._running.add(task)
                task.add_done_callback(self._done)

    async def _pause_between_rounds(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), _IDLE_SECONDS)
        if self.manner.shuffle is not None:
            await asyncio.sleep(_SHUFFLE_WINDOW_SECONDS)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()
        if not task.cancelled():
            task.result()

    def _next(self) -> Json | None:
        if len(self._running) >= self.world.config.webhook_concurrency:
            return None
        now = self.world.clock.precise()
        due = (row for row in self._waiting.values() if row["due_at"] <= now)
        if self.manner.shuffle is None:
            return next(due, None)
        choices = list(due)
        return self._random.choice(choices) if choices else None

    async def _deliver(self, row: Json) -> None:
        endpoint = self.world.store.find("webhook_endpoint", row["endpoint"])
        event = self.world.store.find("event", row["event"])
        if endpoint is None or event is None or endpoint["status"] != "enabled":
            self._settle(row, "abandoned")
            return
        status, error = await self._post(endpoint, event)
        if self.world.store.find("_delivery", row["id"]) is None:
            return
        row["attempts"] += 1
        row["last_status"], row["last_error"] = status, error
        succeeded = status is not None and 200 <= status < 300
        self._note(row, endpoint)
        if succeeded:
            self._acknowledged(row)
        else:
            self._try_later(row)
        self.world.store.flush()

    async def _post(self, endpoint: Json, event: Json) -> tuple[int | None, str | None]:
        assert self._session is not None
        body = json.dumps(event, separators=(",", ":")).encode()
        self._capture.webhook(body)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Cache-Control": "no-cache",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(active_secrets(self.world, endpoint["id"]), body, int(time.time())),
        }
        self._capture.webhook(body)
        try:
            async with self._session.post(endpoint["url"], data=body, headers=headers, allow_redirects=False) as answer:
                await answer.read()
                return answer.status, None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return None, f"{type(error).__name__}: {error}"

    def _note(self, row: Json, endpoint: Json) -> None:
        self.attempts.append(
            {
                "event": row["event"],
                "type": row["type"],
                "endpoint": endpoint["id"],
                "url": endpoint["url"],
                "attempt": row["attempts"],
                "status": row["last_status"],
                "error": row["last_error"],
                "at": self.world.clock.precise(),
            }
        )

    def _acknowledged(self, row: Json) -> None:
        event = self.world.store.find("event", row["event"])
        if event is not None and event["pending_webhooks"]:
            event["pending_webhooks"] -= 1
            self.world.save(event)
        self._settle(row, "delivered")

    def _try_later(self, row: Json) -> None:
        pauses = self.world.config.webhook_retry_seconds
        if row["attempts"] > len(pauses):
            self._settle(row, "failed")
            return
        row["due_at"] = self.world.clock.precise() + pauses[row["attempts"] - 1]
        self.world.save(row)
        self._waiting[row["id"]] = row

    def _settle(self, row: Json, state: str) -> None:
        self.settled[state] += 1
        self.world.store.delete(row)
