"""Databases of one test each, copied from the template ahead of time and dropped behind its back."""

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from config.local import databases, processes

PREFIX = "test_"


class Clones:
    """While a test runs, a thread makes the next one's database."""

    def __init__(self, *, server: str, template: str, worker: str) -> None:
        self.server, self.template = server, template
        self.numbered = (f"{PREFIX}{os.getpid()}_{worker}_{number}" for number in itertools.count())
        self.thread = ThreadPoolExecutor(max_workers=1)
        self.next = self.thread.submit(self.create)

    def create(self) -> str:
        name = next(self.numbered)
        with databases.administered(self.server) as admin:
            databases.create(admin, name, self.template)
        return name

    def drop(self, name: str) -> None:
        with databases.administered(self.server) as admin:
            databases.drop(admin, name)

    @contextmanager
    def taken(self) -> Iterator[str]:
        """The URL of a database that nobody has used."""
        name = self.next.result()
        self.next = self.thread.submit(self.create)
        try:
            yield databases.address(self.server, name)
        finally:
            self.thread.submit(self.drop, name)

    def close(self) -> None:
        self.thread.submit(self.drop, self.next.result())
        self.thread.shutdown()


def drop_orphans(server: str) -> None:
    """Drop the databases of runs on this machine that were killed."""
    with databases.administered(server) as admin:
        for name in databases.names(admin, PREFIX):
            pid = name.removeprefix(PREFIX).partition("_")[0]
            if pid.isdigit() and not processes.is_alive(int(pid)):
                databases.drop(admin, name)
