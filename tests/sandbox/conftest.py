"""A sandbox for the whole run, empty at the start of each test; it needs neither Django nor a database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from tests.sandbox.receiver import Receiver, receive
from tests.sandbox.server import Server, serve
from tests.sandbox.wishes import Client, Object

QUICK_RETRIES = ("--webhook-retry-seconds", "0.05,0.05,0.05")


@pytest.fixture(scope="session")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store: Path = tmp_path_factory.mktemp("sandbox")
    with serve("--store", str(store), *QUICK_RETRIES) as server:
        yield server


@pytest.fixture(autouse=True)
def anonymous() -> Iterator[None]:
    """These tests ask in nobody's name, also where Counterfoil has asked before in this process: some ask for nonsense
    on purpose."""
    name, stripe.app_info = stripe.app_info, None
    yield
    stripe.app_info = name


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
