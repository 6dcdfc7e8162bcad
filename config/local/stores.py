"""Where the demo's data is: servers of yours where the environment names them, else the embedded ones."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from config import env
from config.local import databases, places, postgres, processes, redis
from config.local.services import step

DATABASE = "counterfoil"


@dataclass(frozen=True)
class Stores:
    """The addresses of the demo's data. `server` is ours to make and drop databases on, or empty."""

    server: str
    database_url: str
    redis_url: str


def given(name: str) -> str:
    """What the process or `.env` says."""
    return os.environ.get(name) or env.from_file(places.ROOT / ".env").get(name, "")


@contextmanager
def running() -> Iterator[Stores]:
    with ExitStack() as stack:
        server, database_url, redis_url = "", given("DATABASE_URL"), given("REDIS_URL")
        if not database_url:
            with step("PostgreSQL"):
                server = stack.enter_context(postgres.running(postgres.DEMO)).url()
            database_url = databases.address(server, DATABASE)
        if not redis_url:
            with step("Redis"):
                redis_url = stack.enter_context(redis.running("demo", redis.new_address()))
        yield Stores(server=server, database_url=database_url, redis_url=redis_url)


def exists(stores: Stores) -> bool:
    """Whether the demo's database is there; one of yours always is."""
    if not stores.server:
        return True
    with databases.administered(stores.server) as admin:
        return DATABASE in databases.names(admin, DATABASE)


def renew(stores: Stores, told: dict[str, str]) -> None:
    """An empty database in place of ours; one of yours is migrated as it is."""
    if not stores.server:
        program("config.local.migrate", told)
        return
    template = program("config.local.template", told | {"DATABASE_URL": stores.server})
    with databases.administered(stores.server) as admin:
        databases.drop(admin, DATABASE)
        databases.create(admin, DATABASE, template)


def program(module: str, told: dict[str, str]) -> str:
    """What it printed; its progress goes to the screen."""
    return processes.output_of([sys.executable, "-m", module], env=told, cwd=places.ROOT)


def forget() -> None:
    """Remove the demo's database; raises places.Unusable when it is one of yours."""
    if given("DATABASE_URL"):
        raise places.Unusable("DATABASE_URL names a database of yours: empty it yourself, then `make demo`.")
    postgres.remove(postgres.DEMO.data)
