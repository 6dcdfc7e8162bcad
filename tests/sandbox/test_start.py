"""How the sandbox is started: options, environment, and what it says when it cannot."""

import subprocess
import sys

import pytest

from sandbox.config import from_arguments
from tests.sandbox.server import serve


def test_the_environment_sets_what_the_command_line_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_PORT", "12345")
    monkeypatch.setenv("SANDBOX_WEBHOOK_RETRY_SECONDS", "1,2.5")

    config = from_arguments(["--country", "DE"])

    assert (config.port, config.webhook_retry_seconds, config.country) == (12345, (1.0, 2.5), "DE")
    assert from_arguments(["--port", "7"]).port == 7


def test_a_seed_makes_the_same_ids() -> None:
    ids = []
    for _ in range(2):
        with serve("--seed", "picture") as server:
            client = server.client()
            ids.append([client.v1.customers.create({}).id for _ in range(3)])

    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


def test_a_port_in_use_is_said_in_one_line() -> None:
    with serve() as server:
        port = server.url.rsplit(":", maxsplit=1)[-1]
        command = [sys.executable, "-m", "sandbox", "--port", port]
        second = subprocess.run(command, capture_output=True, text=True, check=False)

    assert second.returncode == 1
    assert second.stderr.startswith(f"Cannot listen on 127.0.0.1:{port}")


def test_only_the_configured_keys_are_accepted() -> None:
    wanted = "sk_test_" + "a" * 24
    with serve("--secret-key", wanted) as server:
        assert server.client(key=wanted).v1.customers.list().data == []
        with pytest.raises(Exception, match="Invalid API Key"):
            server.client().v1.customers.list()
