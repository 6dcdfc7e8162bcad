"""Child processes that end with us, and those that an earlier run left behind."""

import ctypes
import functools
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from config.local import places

PR_SET_PDEATHSIG = 1
LAST_LINES = 20
LIBC = ctypes.CDLL(None)


def die_with(parent: int, number: signal.Signals) -> None:
    """From now on the kernel sends us this signal when our parent ends; at once if it already has."""
    LIBC.prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def tie(number: signal.Signals) -> Callable[[], None]:
    """The same for a child, between fork and exec."""
    return functools.partial(die_with, os.getpid(), number)


def tied(
    command: Sequence[str | Path], *, log: Path, env: Mapping[str, str], cwd: Path, feed: bytes = b""
) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own that does not outlive us, even when we are killed."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=tie(signal.SIGTERM),  # noqa: PLW1509 - we start processes from one thread
        )
    if process.stdin:
        with process.stdin as pipe:
            pipe.write(feed)
    return process


def output_of(command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, errors: int | None = None) -> str:
    """Run a program to its end, or ours, and return what it printed; raises places.Unusable when it fails."""
    done = subprocess.run(
        command,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        check=False,
        preexec_fn=tie(signal.SIGTERM),
    )
    if done.returncode:
        said = f"{done.stdout}{done.stderr or ''}".splitlines()[-LAST_LINES:]
        raise places.Unusable("\n".join([f"{' '.join(map(str, command[1:]))} failed.", *said]))
    return done.stdout


def command_line(pid: int) -> str:
    """What runs under this pid, its words between blanks; empty when nothing does."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def exists(pid: int) -> bool:
    """Whether the kernel knows it, be it only as one that ended and was not collected."""
    return Path(f"/proc/{pid}").exists()


def working_in(folder: Path) -> list[int]:
    """The processes of ours whose working folder it is."""
    return [int(proc.name) for proc in Path("/proc").glob("[0-9]*") if folder_of(proc) == folder]


def folder_of(proc: Path) -> Path | None:
    try:
        return (proc / "cwd").readlink()
    except OSError:
        return None


def is_alive(pid: int) -> bool:
    """Whether it runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def started_at(pid: int) -> str:
    """When the process began, in ticks since boot: with the pid, what tells it from a later one."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def end(pid: int, *signals: signal.Signals, seconds: float = 8) -> None:
    """Send one signal after the other until the process has gone."""
    for number in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait_until(lambda: not is_alive(pid), seconds=seconds):
            return


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
