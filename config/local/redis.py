"""A real Redis out of a wheel, for one owner: it ends with the process that started it and keeps nothing."""

import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.local import binaries, places, processes

START_SECONDS = 20


@dataclass(frozen=True)
class Address:
    """Where a server will be, known before it runs: settings are read once."""

    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


def new_address() -> Address:
    return Address(port=processes.free_port(), password=secrets.token_urlsafe(24))


@contextmanager
def running(name: str, address: Address) -> Iterator[str]:
    """Redis, up at this address for as long as the block lasts; its URL. Raises places.Unusable."""
    log = places.LOGS / f"redis-{name}.log"
    server = launch(address, log)
    try:
        if not processes.wait_until(lambda: answers(server, address.port), seconds=START_SECONDS):
            raise places.Unusable(f"Redis did not start; see {log.relative_to(places.ROOT)}")
        yield address.url
    finally:
        server.terminate()
        server.wait()


def launch(address: Address, log: Path) -> subprocess.Popen[bytes]:
    """Settings go in by standard input: nobody reads the password in the list of processes."""
    folder = places.private(places.LOCAL / "redis")
    settings = {"bind": "127.0.0.1", "port": address.port, "requirepass": address.password, "save": '""'}
    feed = "".join(f"{name} {value}\n" for name, value in settings.items()).encode()
    return processes.tied([binaries.redis(), "-"], log=log, cwd=folder, env={"LC_ALL": "C"}, feed=feed)


def answers(server: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it takes connections; raises places.Unusable when it has ended."""
    if server.poll() is not None:
        raise places.Unusable("Redis ended at once.")
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
