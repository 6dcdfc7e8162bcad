"""A sandbox for the whole run, empty at the start of each test; it needs neither Django nor a database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.receiver import Receiver, receive
from tests.sandbox.server import Server, serve
from tests.sandbox.wishes import Client, Object

QUICK_RETRIES = ("--webhook-retry-seconds", "0.05,0.05,0.05")


@pytest.fixture(scope="session")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store: Path = tmp_path_factory.mktemp("sandbox")
    with serve("--store", str(store), *QUICK_RETRIES) as server:
        yield server


@pytest.fixture
def server(running_server: Server) -> Server:
    running_server.control("reset", {})
    return running_server


@pytest.fixture
def client(server: Server) -> Client:
    return server.client()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as found:
        yield found


@pytest.fixture
def ada(client: Client) -> Object:
    return client.v1.customers.create({"email": "ada@example.com", "name": "Ada Lovelace"})
