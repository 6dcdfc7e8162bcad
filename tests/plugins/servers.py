"""The servers that tests share: PostgreSQL between all runs of this checkout, Redis within one worker."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from config.local import postgres, redis
from tests import environment


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """A PostgreSQL that we may make databases on."""
    with server() as url:
        yield url


@contextmanager
def server() -> Iterator[str]:
    if environment.DATABASE_SERVER:
        yield environment.DATABASE_SERVER
        return
    with postgres.running(postgres.TESTS) as cluster:
        yield cluster.url()


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> Iterator[str]:
    with redis.running(f"tests-{worker_id}", environment.REDIS) as url:
        yield url
