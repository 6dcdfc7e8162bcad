"""Plain requests to Stripe's API, or to whatever claims to be it, and plain answers."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from stripe._api_version import _ApiVersion

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """An answer: its status, headers, raw body and what that says."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @cached_property
    def body(self) -> Json:
        return dict(json.loads(self.raw))

    @property
    def ok(self) -> Json:
        """The object of an answer that must be good."""
        assert self.status == 200, self.body
        return self.body

    @property
    def error(self) -> Json:
        """The error of an answer that must be one."""
        assert self.status >= 400, self.body
        return dict(self.body["error"])


def _pairs(value: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in items:
            yield from _pairs(child, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, bool):
        yield name, str(value).lower()
    elif value is not None:
        yield name, str(value)


@dataclass
class Caller:
    """Asks as an integration would; nothing is typed, so that nonsense can be sent too."""

    url: str
    key: str

    def ask(self, method: str, path: str, params: Json, headers: Json | None = None) -> Reply:
        form = urlencode(list(_pairs(params, "")))
        query = f"?{form}" if form and method != "POST" else ""
        given = {"Authorization": f"Bearer {self.key}", "Stripe-Version": _ApiVersion.CURRENT}
        given |= headers or {}
        data = form.encode() if method == "POST" else None
        request = Request(f"{self.url}{path}{query}", data, given, method=method)  # noqa: S310
        try:
            with urlopen(request, timeout=30) as response:  # noqa: S310
                return Reply(response.status, dict(response.headers), response.read())
        except HTTPError as error:
            return Reply(error.code, dict(error.headers), error.read())

    def get(self, path: str, **params: Any) -> Reply:
        return self.ask("GET", path, params)

    def post(self, path: str, **params: Any) -> Reply:
        return self.ask("POST", path, params)

    def delete(self, path: str) -> Reply:
        return self.ask("DELETE", path, {})

    def keyed(self, key: str, path: str, **params: Any) -> Reply:
        """A POST with an Idempotency-Key."""
        return self.ask("POST", path, params, {"Idempotency-Key": key})
