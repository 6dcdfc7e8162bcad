"""A real PostgreSQL out of a wheel: the demo's cluster keeps its data, the one for tests is quick."""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.local import binaries, locks, places, processes

USER = "counterfoil"
START_SECONDS = 60
ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "log_min_duration_statement": "2000",
}
# Losing everything in a power cut is fine for tests, and about three times quicker.
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass(frozen=True)
class Cluster:
    """One database server of this checkout.

    That of the tests is shared by all runs, and the last of them stops it; any other ends with its one user.
    """

    name: str
    is_for_tests: bool = False

    @property
    def data(self) -> Path:
        return places.postgres_home() / self.name

    @property
    def notes(self) -> Path:
        return places.LOCAL / "clusters" / self.name

    @property
    def log(self) -> Path:
        return places.LOGS / f"postgres-{self.name}.log"

    @property
    def gate(self) -> Path:
        return self.notes / "gate"

    @property
    def users(self) -> Path:
        return self.notes / "users"

    @property
    def password(self) -> Path:
        return self.notes / "password"

    def url(self, database: str = "postgres") -> str:
        return f"postgres://{USER}:{self.password.read_text()}@127.0.0.1:{port(self.data)}/{database}"


DEMO = Cluster("demo")
BENCH = Cluster("bench")
TESTS = Cluster("tests", is_for_tests=True)


@contextmanager
def running(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster, up, for as long as the block lasts; raises places.Unusable."""
    with locks.joined(cluster.users, shared=cluster.is_for_tests) as lock:
        with locks.alone(cluster.gate):
            start(cluster)
        try:
            yield cluster
        finally:
            with locks.alone(cluster.gate):
                if locks.is_last(lock):
                    stop(cluster.data)


def start(cluster: Cluster) -> None:
    """Bring it up, unless it already is: from nothing, or from whatever an earlier run left."""
    if pid := postmaster(cluster.data):
        if cluster.is_for_tests and cluster.password.exists() and is_ready(cluster.data, pid):
            return
        stop(cluster.data)
    home = places.made_postgres_home()
    programs = binaries.postgres(home)
    if not (cluster.data.exists() and cluster.password.exists()):
        create(cluster, programs)
    clear(cluster.data)
    serve(cluster, programs)


def create(cluster: Cluster, programs: Path) -> None:
    """An empty cluster with a new password; the half of one that was interrupted is thrown away."""
    shutil.rmtree(cluster.data, ignore_errors=True)
    unfinished = cluster.data.with_name(f"{cluster.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    password = secrets.token_urlsafe(24)
    first_line = unfinished.with_suffix(".password")
    write_private(first_line, password)
    shutil.chown(first_line, places.postgres_owner().pw_uid)
    initdb: list[str | Path] = [
        programs / "bin/initdb",
        "--pgdata",
        unfinished,
        "--username",
        USER,
        "--pwfile",
        first_line,
    ]
    shape = ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"]
    builtin = ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--no-sync"]
    try:
        run(cluster, [*initdb, *shape, *builtin])
    finally:
        first_line.unlink()
    unfinished.rename(cluster.data)
    write_private(cluster.password, password)


def serve(cluster: Cluster, programs: Path) -> None:
    """Start the server and wait until it answers; raises places.Unusable with the end of its log."""
    settings = ALWAYS | {"port": str(usable_port(cluster))} | (HASTY if cluster.is_for_tests else {})
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    server = launch(cluster, [programs / "bin/postgres", "-D", cluster.data, *options])
    processes.wait_until(lambda: server.poll() is not None or is_ready(cluster.data, server.pid), seconds=START_SECONDS)
    if not is_ready(cluster.data, server.pid):
        raise places.Unusable(f"PostgreSQL did not start; the end of its log:\n{tail(cluster.log)}")


def stop(data: Path) -> None:
    """Stop the server of this data folder, if one runs: politely, then not."""
    if pid := postmaster(data):
        processes.end(pid, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)


def remove(home: Path) -> None:
    """Stop every server below this folder and remove it."""
    for file in home.glob("*/postmaster.pid"):
        stop(file.parent)
    shutil.rmtree(home, ignore_errors=True)


def postmaster(data: Path) -> int | None:
    """The pid of the server that runs on this data folder."""
    if not (lines := pid_lines(data)):
        return None
    pid = int(lines[0])
    return pid if processes.is_alive(pid) and f"-D {data} " in processes.command_line(pid) else None


def pid_lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def port(data: Path) -> int:
    return int(pid_lines(data)[3])


def is_ready(data: Path, pid: int) -> bool:
    lines = pid_lines(data)
    return len(lines) > 7 and int(lines[0]) == pid and lines[7].strip() == "ready"


def clear(data: Path) -> None:
    """Remove what a killed server left: its children, and a pid that another program has or nobody collected."""
    for pid in processes.working_in(data):
        processes.end(pid, signal.SIGKILL)
    lines = pid_lines(data)
    if lines and processes.exists(int(lines[0])):
        (data / "postmaster.pid").unlink()


def usable_port(cluster: Cluster) -> int:
    """The same port as last time where it is free."""
    note = cluster.notes / "port"
    if note.exists() and processes.is_free(last := int(note.read_text())):
        return last
    note.write_text(str(chosen := processes.free_port()))
    return chosen


def launch(cluster: Cluster, command: Sequence[str | Path]) -> subprocess.Popen[bytes]:
    """Start a program of PostgreSQL as the user that it may run as, in a session of its own."""
    owner, is_root = places.postgres_owner(), places.is_root()
    places.private(cluster.log.parent)
    with cluster.log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            cwd=cluster.data.parent,
            start_new_session=True,
            preexec_fn=None if cluster.is_for_tests else processes.tie(signal.SIGINT),  # noqa: PLW1509
            umask=0o077,
            user=owner.pw_uid if is_root else None,
            group=owner.pw_gid if is_root else None,
            extra_groups=[] if is_root else None,
        )


def run(cluster: Cluster, command: Sequence[str | Path]) -> None:
    if launch(cluster, command).wait():
        raise places.Unusable(f"{command[0]} failed; the end of its log:\n{tail(cluster.log)}")


def tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def write_private(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
