"""One machine for both sides: the same PostgreSQL, the same local Stripe, the same gunicorn with the same settings."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import django

from config.local import databases, places, postgres, processes, redis, template
from tests.bench import posting
from tests.sandbox.server import SECRET_KEY, Server, serve

BIN = Path(sys.executable).parent
GUNICORN = (
    "--worker-class",
    "gthread",
    "--workers",
    "2",
    "--threads",
    "4",
    "--keep-alive",
    "60",
    "--no-control-socket",
)
DRAINERS = 4
SETTINGS = {"stock": "tests.bench.stock.settings", "ours": "config.settings"}
# Everything that a drain or dj-stripe retrieves; not the list of events, which the bench itself reads.
RETRIEVED = ("account", "balance_transactions", "charges", "customers", "payment_intents", "payment_methods", "refunds")
LOG = places.LOGS / "bench.log"


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: its web processes and its own database."""

    port: int
    path: str
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Rig:
    """All that runs while the inbox is measured."""

    stripe: Server
    stock: Side
    ours: Side
    drainers: list[subprocess.Popen[str]]

    def forget_requests(self) -> None:
        """From now on Stripe's record of requests is of this round: it keeps only so many."""
        with urlopen(Request(f"{self.stripe.url}/_sandbox/requests", method="DELETE"), timeout=10):  # noqa: S310
            pass

    def answer_after(self, seconds: float) -> None:
        """From now on Stripe takes so long for each object that is retrieved."""
        with urlopen(Request(f"{self.stripe.url}/_sandbox/faults", method="DELETE"), timeout=10):  # noqa: S310
            pass
        for name in RETRIEVED if seconds else ():
            fault = {"method": "GET", "path": f"/v1/{name}*", "kind": "slow", "seconds": seconds, "times": 10**9}
            self.stripe.control("faults", fault)

    def drain(self) -> None:
        """Let every drainer handle what waits; returns when nothing is left."""
        for drainer in self.drainers:
            assert drainer.stdin
            drainer.stdin.write("go\n")
            drainer.stdin.flush()
        for drainer in self.drainers:
            assert drainer.stdout
            if drainer.stdout.readline() != "done\n":
                raise RuntimeError(f"a drain failed; see {LOG}")


@contextmanager
def running() -> Iterator[Rig]:
    """Everything up, both databases empty and introduced to the account."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres.running(postgres.BENCH)).url()
        broker = stack.enter_context(redis.running("bench", redis.new_address()))
        stripe = stack.enter_context(serve("--capture-delay-seconds", "0"))
        environment = _environment(server, broker=broker, stripe=stripe.url)
        os.environ.update(environment)
        django.setup()
        name = template.ensure(server)
        stock = stack.enter_context(_side("stock", server, name, environment))
        ours = stack.enter_context(_side("ours", server, name, environment))
        drainers = [stack.enter_context(program("tests.bench.drainer", ours.environment)) for _ in range(DRAINERS)]
        yield Rig(stripe, stock, ours, drainers)


def _environment(server: str, *, broker: str, stripe: str) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "",
        "SECRET_KEY": "for-the-bench-" + "b" * 50,
        "SITE_URL": "http://127.0.0.1",
        "DATABASE_URL": server,
        "REDIS_URL": broker,
        "STRIPE_SECRET_KEY": SECRET_KEY,
        "STRIPE_PUBLISHABLE_KEY": "pk_test_" + "b" * 32,
        "STRIPE_WEBHOOK_SECRET": posting.SECRET,
        "STRIPE_API_BASE": stripe,
        "ALLOW_TEST_KEYS": "1",
    }


@contextmanager
def _side(name: str, server: str, source: str, environment: Mapping[str, str]) -> Iterator[Side]:
    database, port = f"bench_{name}", processes.free_port()
    with databases.administered(server) as admin:
        databases.drop(admin, database)
        databases.create(admin, database, source)
    address = databases.address(server, database)
    told = {**environment, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": SETTINGS[name]}
    with program("tests.bench.introduce", told) as introduction:
        assert introduction.stdout
        path = introduction.stdout.readline().strip()
    command = (BIN / "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--no-control-socket", *GUNICORN)
    web = processes.tied(command, log=LOG, env={**os.environ, **told}, cwd=places.ROOT)
    try:
        processes.wait_until(lambda: not processes.is_free(port), seconds=30)
        yield Side(port, path, told)
    finally:
        web.terminate()
        web.wait()
        with databases.administered(server) as admin:
            databases.drop(admin, database)


@contextmanager
def program(module: str, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """One of our small programs, spoken to by lines; it ends when its input does."""
    with (
        LOG.open("a") as log,
        subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **environment},
            cwd=places.ROOT,
        ) as process,
    ):
        yield process
