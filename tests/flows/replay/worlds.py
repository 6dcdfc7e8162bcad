"""Worlds: what happened at a local Stripe, event by event, and the objects that came of it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

import stripe

from payments.failures import JsonObject
from tests import environment
from tests.sandbox.server import ControlDoor, serve

Play = Callable[[stripe.StripeClient, ControlDoor], Any]
_SECONDS_BEFORE_THE_FIRST = 60


@dataclass(frozen=True)
class Recorder(ControlDoor):
    """The control door of a world being played; reads its events before each step, as Stripe forgets them in time."""

    client: stripe.StripeClient
    events: dict[str, JsonObject] = field(default_factory=dict)

    def control(self, door: str, body: Mapping[str, Any] | None = None, **query: str) -> dict[str, Any]:
        self.read()
        return super().control(door, body, **query)

    def read(self) -> None:
        """Keep the events since the newest that is known."""
        newest = max((event["created"] for event in self.events.values()), default=0)
        for event in _pages(self.client, "/v1/events", {"created[gte]": newest}):
            self.events[event["id"]] = event


@dataclass
class World:
    """What was played: all events, oldest first, and every object as it stands now. Nothing happens in it any more."""

    client: stripe.StripeClient
    account: str
    events: list[JsonObject]
    answers: dict[str, tuple[int, JsonObject]] = field(default_factory=dict)

    @property
    def began_at(self) -> int:
        return int(self.events[0]["created"]) - _SECONDS_BEFORE_THE_FIRST

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> tuple[int, JsonObject]:
        """Stripe's answer to a GET, asked for once: status and body."""
        address = f"{path}?{urlencode(params or {})}"
        if address not in self.answers:
            self.answers[address] = self._ask(path, params or {})
        return self.answers[address]

    def all(self, path: str, params: Mapping[str, Any] | None = None) -> list[JsonObject]:
        """Every object of a list."""
        found, more = [], True
        cursor: dict[str, Any] = {}
        while more:
            _, page = self.get(path, {"limit": 100, **(params or {}), **cursor})
            found += page["data"]
            more = page["has_more"]
            cursor = {"starting_after": found[-1]["id"]} if found else {}
        return found

    def listed(self, query: str) -> JsonObject:
        """The list of events, which here remembers all of them: what is proven is order and loss, not age."""
        asked = dict(parse_qsl(query))
        since = int(asked.get("created[gte]", 0))
        until = int(asked.get("created[lt]", 2**62))
        limit = int(asked.get("limit", 10))
        newest_first = [event for event in reversed(self.events) if since <= event["created"] < until]
        after = asked.get("starting_after")
        start = next((place + 1 for place, event in enumerate(newest_first) if event["id"] == after), 0)
        page = newest_first[start : start + limit]
        has_more = len(newest_first) > start + limit
        return {"object": "list", "url": "/v1/events", "data": page, "has_more": has_more}

    def _ask(self, path: str, params: Mapping[str, Any]) -> tuple[int, JsonObject]:
        try:
            response = self.client.raw_request("get", f"{path}?{urlencode(params)}" if params else path)
        except stripe.InvalidRequestError as error:
            refused: Any = error.json_body
            return int(error.http_status or 400), refused or {}
        return int(response.code or 200), response.data


@contextmanager
def played(play: Play, *options: str) -> Iterator[World]:
    """Play a world at a local Stripe of its own, which stands as long as it is looked at."""
    with serve(*options) as server:
        client = stripe.StripeClient(
            environment.SECRET_STRIPE_KEY, base_addresses={"api": server.url}, max_network_retries=0
        )
        recorder = Recorder(server.url, client)
        play(client, recorder)
        recorder.read()
        _, account = World(client, "", []).get("/v1/account")
        events = sorted(recorder.events.values(), key=lambda event: event["created"])
        yield World(client, account["id"], events)


def _pages(client: stripe.StripeClient, path: str, params: Mapping[str, Any]) -> list[JsonObject]:
    return World(client, "", []).all(path, params)
