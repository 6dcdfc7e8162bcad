"""The HTTP doors that a storefront and the outside world use, for the story and the check."""

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config.local import places
from config.local.stage import Stage

Json = dict[str, Any]


@dataclass(frozen=True)
class Door:
    """One server; `headers` go with every request."""

    url: str
    headers: dict[str, str]

    def get(self, path: str) -> Json:
        return self.ask("GET", path)

    def post(self, path: str, body: Json | None = None, *, key: str = "") -> Json:
        """The same key asks for the same thing again, after an interruption."""
        return self.ask("POST", path, body or {}, {"Idempotency-Key": key or uuid.uuid4().hex})

    def ask(self, method: str, path: str, body: Json | None = None, headers: dict[str, str] | None = None) -> Json:
        """The answer's body; raises places.Unusable with it when it is an error."""
        found: Json = json.loads(self.fetch(path, method, body, headers))
        return found

    def fetch(
        self, path: str, method: str = "GET", body: Json | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        """The answer as it came, of whatever kind; raises places.Unusable with it when it is an error."""
        request = urllib.request.Request(  # noqa: S310 - an address of ours
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"} | self.headers | (headers or {}),
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return bytes(answer.read())
        except urllib.error.HTTPError as refused:
            text = refused.read().decode(errors="replace")[:2000]
            raise places.Unusable(f"{method} {path}: {refused.code} {text}") from None


def storefront(scene: Stage) -> Door:
    return Door(scene.site_url, {"Authorization": f"Bearer {scene.api_key}"})


def outside_world(scene: Stage) -> Door:
    return Door(scene.sandbox_url, {})


def until(what: str, look: Callable[[], Json], holds: Callable[[Json], bool], *, seconds: float = 30) -> Json:
    """Look again until it holds; raises places.Unusable with the last look when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds(seen := look()):
        if time.monotonic() > deadline:
            raise places.Unusable(f"{what}: still {json.dumps(seen)[:1000]}")
        time.sleep(0.25)
    return seen
