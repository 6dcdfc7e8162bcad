"""Writes what goes over the wire to a file, for a test run to hold against Stripe's contract."""

import json
import os
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

ENVIRONMENT = "SANDBOX_CAPTURE"


class Capture:
    """Appends JSON lines to one file a process, in the folder that SANDBOX_CAPTURE names, if it names one."""

    def __init__(self, folder: str | None) -> None:
        self._path = Path(folder, f"{os.getpid()}.jsonl") if folder else None

    @classmethod
    def from_environment(cls) -> "Capture":
        """The capture that the process was started with."""
        return cls(os.environ.get(ENVIRONMENT))

    def webhook(self, body: bytes) -> None:
        """Keep an event as it was delivered."""
        if self._path is not None:
            self._append({"webhook": json.loads(body)})

    async def exchange(self, request: web.Request, response: web.StreamResponse) -> None:
        """Keep a request of Stripe's API and its answer."""
        if self._path is None or not request.path.startswith("/v1/"):
            return
        body = response.body if isinstance(response, web.Response) else b""
        self._append(
            {
                "method": request.method,
                "path": request.path,
                "query": request.query_string,
                "form": (await request.text()) if request.can_read_body or request.method == "POST" else "",
                "publishable": "pk_" in request.headers.get("Authorization", ""),
                "user_agent": request.headers.get("User-Agent", ""),
                "version": request.headers.get("Stripe-Version"),
                "status": response.status,
                "answer": json.loads(body) if isinstance(body, bytes) and body else None,
            }
        )

    def _append(self, line: dict[str, Any]) -> None:
        if self._path is not None:
            with self._path.open("a") as file:
                file.write(json.dumps(line) + "\n")


def middleware(capture: Capture) -> Middleware:
    """The outermost middleware: it sees the answers that the others make of errors."""

    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        await capture.exchange(request, response)
        return response

    return record
