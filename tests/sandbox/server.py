"""A sandbox of one's own, as a process on a free port."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import stripe

SECRET_KEY = "sk_test_" + "sandbox0" * 4
PUBLISHABLE_KEY = "pk_test_" + "sandbox0" * 4


@dataclass(frozen=True)
class ControlDoor:
    """What the outside world does to a sandbox, by JSON."""

    url: str

    def control(self, door: str, body: Mapping[str, Any] | None = None, **query: str) -> dict[str, Any]:
        """POST with a body, otherwise GET."""
        data = None if body is None else json.dumps(body).encode()
        address = f"{self.url}/_sandbox/{door}?{urlencode(query)}"
        request = Request(address, data, {"Content-Type": "application/json"})  # noqa: S310
        with urlopen(request, timeout=60) as response:  # noqa: S310
            return dict(json.load(response))


@dataclass(frozen=True)
class Server(ControlDoor):
    """A running sandbox: its API by the SDK, and its control door."""

    process: subprocess.Popen[str]

    def client(self, *, key: str = SECRET_KEY) -> stripe.StripeClient:
        """The SDK, unmodified, pointed here."""
        return stripe.StripeClient(key, base_addresses={"api": self.url}, max_network_retries=0)


@contextmanager
def serve(*options: str, port: int = 0) -> Iterator[Server]:
    """Start a sandbox with command line options; stop it at the end."""
    command = [sys.executable, "-m", "sandbox", "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        try:
            assert process.stdout is not None
            yield Server(url=process.stdout.readline().rsplit(maxsplit=1)[-1], process=process)
        finally:
            process.terminate()
