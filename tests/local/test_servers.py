"""The embedded servers outlive nobody, are shared where they should be, and start from whatever was left."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from config.local import places, processes

ROOT = Path(__file__).resolve().parents[2]
USE = """
import sys, psycopg
from config.local import postgres
with postgres.running(postgres.{cluster}) as cluster:
    psycopg.connect(cluster.url()).execute("SELECT 1")
    print(postgres.postmaster(cluster.data), flush=True)
    sys.stdin.readline()
"""
USE_REDIS = """
import sys, redis as client
from config.local import redis
with redis.running("test", redis.new_address()) as url:
    print(client.Redis.from_url(url).info()["process_id"], flush=True)
    sys.stdin.readline()
"""


@dataclass
class User:
    """A process that has a server running."""

    process: subprocess.Popen[str]
    server: int

    def leave(self) -> None:
        self.process.communicate("\n", timeout=30)

    def be_killed(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Checkout:
    """A copy of our code with servers of its own."""

    root: Path

    def start(self, program: str) -> subprocess.Popen[str]:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.root)}
        command = [sys.executable, "-c", program]
        return subprocess.Popen(
            command, cwd=self.root, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def use(self, cluster: str) -> User:
        return self.user_of(USE.format(cluster=cluster))

    def user_of(self, program: str) -> User:
        process = self.start(program)
        assert process.stdout
        return User(process, int(process.stdout.readline()))

    def clean(self) -> None:
        assert self.start("from config.local import clean; clean.main()").wait(timeout=30) == 0

    def home(self) -> Path:
        return Path(
            self.start("from config.local import places; print(places.postgres_home())").communicate()[0].strip()
        )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    root = tmp_path_factory.mktemp("checkout")
    copytree(ROOT / "config" / "local", root / "config" / "local", ignore=ignore_patterns("__pycache__"))
    for name in ("__init__.py", "env.py"):
        (root / "config" / name).write_text((ROOT / "config" / name).read_text())
    copy = Checkout(root)
    yield copy
    copy.clean()


def is_gone(pid: int) -> bool:
    return processes.wait_until(lambda: not processes.is_alive(pid), seconds=10)


def test_the_last_user_stops_the_server_of_the_tests(checkout):
    first, second = checkout.use("TESTS"), checkout.use("TESTS")
    assert first.server == second.server

    first.leave()
    assert processes.is_alive(second.server)

    second.leave()
    assert is_gone(second.server)


def test_a_server_whose_user_was_killed_is_taken_over(checkout):
    killed = checkout.use("TESTS")
    killed.be_killed()

    heir = checkout.use("TESTS")
    assert heir.server == killed.server

    heir.leave()
    assert is_gone(killed.server)


def test_a_server_that_was_killed_itself_is_started_again(checkout):
    user = checkout.use("TESTS")
    os.kill(user.server, signal.SIGKILL)
    user.be_killed()

    later = checkout.use("TESTS")
    assert later.server != user.server
    later.leave()


def test_the_server_of_the_demo_ends_with_its_user(checkout):
    user = checkout.use("DEMO")

    user.be_killed()

    assert is_gone(user.server)


def test_redis_ends_with_its_user(checkout):
    user = checkout.user_of(USE_REDIS)

    user.be_killed()

    assert is_gone(user.server)


def test_a_pid_that_belongs_to_another_program_now_does_not_hinder_a_start(checkout):
    checkout.use("TESTS").leave()
    stale = checkout.home() / "tests" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n0\n1\n\n127.0.0.1\n0 0\nready\n")

    checkout.use("TESTS").leave()


def test_clean_leaves_neither_process_nor_file(checkout):
    user, home = checkout.use("TESTS"), checkout.home()
    assert home.exists()

    checkout.clean()

    assert is_gone(user.server)
    assert not home.exists()
    assert not (checkout.root / ".local").exists()
    user.be_killed()


@pytest.mark.skipif(not places.is_root(), reason="only root can become a user without a name")
def test_a_user_without_a_name_is_told_what_to_do(checkout):
    nameless = """
import os; os.setuid(54321)
from config.local import places
try: places.postgres_owner()
except places.Unusable as reason: print(reason)
"""
    preloaded = f"from config.local import places\n{nameless}"

    answer, _ = checkout.start(preloaded).communicate(timeout=30)

    assert "DATABASE_URL" in answer
