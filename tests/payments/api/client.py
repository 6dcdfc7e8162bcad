"""A storefront: the API over real HTTP, with a key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests


@dataclass(frozen=True)
class Storefront:
    """Speaks to the API as a shop's server does."""

    url: str
    key: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, *, idempotency_key: str = "", **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}", **self.headers}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        address = path if path.startswith("http") else f"{self.url}/api/v1{path}"
        return requests.request(method, address, headers=headers | more.pop("headers", {}), timeout=60, **more)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.call("GET", path, params=query)

    def post(self, path: str, body: Any = None, *, idempotency_key: str = "", **more: Any) -> requests.Response:
        return self.call("POST", path, json=body, idempotency_key=idempotency_key, **more)

    def patch(self, path: str, body: Any) -> requests.Response:
        return self.call("PATCH", path, json=body)


def fields(answer: requests.Response) -> dict[str, str]:
    """The codes of a problem's errors by their fields."""
    return {error["field"]: error["code"] for error in answer.json()["errors"]}
