"""A company whose processes die, seen from outside."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random


@dataclass
class Mortals:
    """Each morning processes die at random statements of the run until one lives; `deaths` counts them."""

    process: subprocess.Popen[str]
    random: Random
    statements: int = 1
    deaths: int = 0

    def live_a_morning(self) -> None:
        """Killed up to two times, anywhere in a run as long as the one before; the third lives."""
        for _ in range(2):
            if self._live(self.random.randint(1, self.statements)):
                return
        assert self._live(0)

    def _live(self, last: int) -> bool:
        """Whether the process lived to the end of the run."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{last}\n")
        self.process.stdin.flush()
        word, *seen = self.process.stdout.readline().split()
        assert word in {"lived", "died"}
        self.deaths += word == "died"
        self.statements = int(seen[0]) if seen else self.statements
        return word == "lived"


@contextmanager
def mortals(*, database_url: str, account: str, seed: int) -> Iterator[Mortals]:
    """They live in that database, as long as the block lasts."""
    command = [sys.executable, "-m", "tests.flows.reconciled_year.mortal", account]
    told = os.environ | {"DATABASE_URL": database_url}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=told) as process:
        try:
            yield Mortals(process, Random(seed))
        finally:
            process.terminate()
