"""Who uses a shared server: file locks, which the kernel releases even for a process that was killed."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.local import places, processes

STOPPING_SECONDS = 15


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Nobody else is inside at the same time."""
    lock = opened(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextmanager
def joined(path: Path, *, shared: bool) -> Iterator[int]:
    """One of the users while it lasts, or the only one; raises places.Unusable when another does not stop in time."""
    lock = opened(path)
    try:
        if shared:
            fcntl.flock(lock, fcntl.LOCK_SH)
        elif not processes.wait_until(lambda: is_last(lock), seconds=STOPPING_SECONDS):
            raise places.Unusable(f"The {path.parent.name} runs already, started by another command: stop that first.")
        yield lock
    finally:
        os.close(lock)


def is_last(lock: int) -> bool:
    """Whether nobody else has joined, and then nobody can; call it where that is short."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def opened(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
