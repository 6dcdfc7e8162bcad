"""A Stripe in which nothing happens any more: answers GETs from a world's memory, fast."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

from django.test import override_settings

from config.base import clock
from payments import gateway
from tests.flows.replay.worlds import World


@contextmanager
def frozen(world: World) -> Iterator[None]:
    """Our code talks to this one; its clock stands just before the world began."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(world))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with override_settings(STRIPE_API_BASE=f"http://127.0.0.1:{server.server_port}"):
            _meet_anew()
            yield
    finally:
        _meet_anew()
        server.shutdown()
        server.server_close()


def _meet_anew() -> None:
    gateway.forget_client()
    gateway.forget_outages()
    clock.follow()


def _handler(world: World) -> type[BaseHTTPRequestHandler]:
    remembered: dict[str, tuple[int, bytes]] = {}

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            status, body = self._answer()
            head = f"HTTP/1.1 {status} \r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)

        def _answer(self) -> tuple[int, bytes]:
            if self.path.startswith("/_sandbox/clock"):
                offset = world.began_at - datetime.now(UTC).timestamp()
                return 200, json.dumps({"offset_seconds": int(offset)}).encode()
            if self.path not in remembered:
                remembered[self.path] = self._ask()
            return remembered[self.path]

        def _ask(self) -> tuple[int, bytes]:
            path, _, query = self.path.partition("?")
            if path == "/v1/events":
                return 200, json.dumps(world.listed(query)).encode()
            status, body = world.get(path, dict(parse_qsl(query)))
            return status, json.dumps(body).encode()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing to tell."""

    return Answering
