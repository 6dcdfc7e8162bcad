"""The demo's processes: started one after the other, written down, stopped in reverse."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.local import places, postgres, processes

PIDS = places.LOCAL / "demo" / "pids.json"
TEMP = places.LOCAL / "demo" / "tmp"
START_SECONDS = 60
STOP_SECONDS = 8


@dataclass(frozen=True)
class Service:
    """A process of the demo with its own log; it is up when its URL answers."""

    name: str
    command: Sequence[str | Path]
    url: str = ""

    @property
    def log(self) -> Path:
        return places.LOGS / f"{self.name}.log"


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is under way, then how long it took."""
    began = time.monotonic()
    print(f"  {what} …", flush=True)
    yield
    print(f"  {what}: {time.monotonic() - began:.1f} s", flush=True)


@contextmanager
def running(service: Service, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The process, for as long as the block lasts; what it leaves behind when it is killed lies within reach."""
    told = dict(env) | {"TMPDIR": str(places.private(TEMP))}
    process = processes.tied(service.command, log=service.log, env=told, cwd=places.ROOT)
    note(service.name, process.pid)
    try:
        yield process
    finally:
        end_group(process.pid)
        process.wait()
        forget(service.name)


def end_group(pid: int) -> None:
    """End a process and the children it left in its group."""
    processes.end(pid, signal.SIGTERM, seconds=STOP_SECONDS)
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def answers(url: str) -> bool:
    """Whether a server speaks HTTP there, whatever it says."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - an address of ours
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def wait_for(service: Service, process: subprocess.Popen[bytes]) -> None:
    """Wait until it answers; raises places.Unusable with the end of its log when it does not."""
    is_up = not service.url or processes.wait_until(
        lambda: process.poll() is not None or answers(service.url), seconds=START_SECONDS, every=0.1
    )
    if process.poll() is not None or not is_up:
        raise places.Unusable(f"{service.name} did not start; the end of its log:\n{postgres.tail(service.log)}")


def wait_for_end(service: Service, process: subprocess.Popen[bytes]) -> None:
    """Wait until it has done its work; raises places.Unusable with the end of its log when it could not."""
    if process.wait():
        raise places.Unusable(f"{service.name} failed; the end of its log:\n{postgres.tail(service.log)}")


def manage(*arguments: str, env: Mapping[str, str]) -> str:
    """What a management command printed; raises places.Unusable when it fails."""
    command = [sys.executable, "manage.py", *arguments]
    return processes.output_of(command, env=env, cwd=places.ROOT, errors=subprocess.PIPE)


def outcome(*arguments: str, env: Mapping[str, str]) -> tuple[int, str]:
    """The exit code of a management command and all that it printed, whatever they are."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, env=env, cwd=places.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.returncode, done.stdout


def noted() -> dict[str, tuple[int, str]]:
    return json.loads(PIDS.read_text()) if PIDS.exists() else {}


def note(name: str, pid: int) -> None:
    """Write a process down, for a later start to find if it stays behind."""
    postgres.write_private(PIDS, json.dumps(noted() | {name: (pid, processes.started_at(pid))}))


def forget(name: str) -> None:
    left = {other: process for other, process in noted().items() if other != name}
    if left:
        postgres.write_private(PIDS, json.dumps(left))
    else:
        PIDS.unlink(missing_ok=True)


def end_leftovers() -> None:
    """End what an earlier demo, killed, left behind."""
    for name, (pid, started_at) in noted().items():
        if processes.started_at(pid) == started_at:
            end_group(pid)
        forget(name)
