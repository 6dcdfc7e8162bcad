"""A database of its own for every test that asks for one, real to the last commit.

`db`, `transactional_db`, `@pytest.mark.django_db` and `database_url` all give the same: a copy of the migrated
template, seen by every thread and every subprocess of the test, and dropped after it. Nothing is wrapped in a
transaction and nothing is flushed.
"""

import os
from collections.abc import Iterator

import dj_database_url
import pytest
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker
from redis import Redis

from config.local import template
from tests import environment
from tests.plugins.clones import Clones, drop_orphans


@pytest.fixture(scope="session")
def template_name(database_server: str, request: pytest.FixtureRequest) -> str:
    """The migrated template; building it the first time takes half a minute, and says so."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        return template.ensure(database_server)


@pytest.fixture(scope="session")
def clones(database_server: str, template_name: str, worker_id: str) -> Iterator[Clones]:
    if not environment.DATABASE_SERVER:
        drop_orphans(database_server)
    made = Clones(server=database_server, template=template_name, worker=worker_id)
    yield made
    made.close()


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """pytest-django's one test database is not made."""


@pytest.fixture
def _django_db_helper(clones: Clones, redis_url: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What pytest-django's own fixtures and its mark lead to."""
    Redis.from_url(redis_url).flushall()
    with clones.taken() as url, django_db_blocker.unblock():
        point_django_at(url)
        yield
        connections.close_all()
        os.environ["DATABASE_URL"] = environment.TOLD["DATABASE_URL"]


@pytest.fixture
def database_url(db: None) -> str:
    """The address of this test's database, for its subprocesses: they find it in their environment too."""
    return os.environ["DATABASE_URL"]


def point_django_at(url: str) -> None:
    """The connections of all threads share this dictionary of settings."""
    connections.close_all()
    settings = connections["default"].settings_dict
    parsed = dj_database_url.parse(url)
    settings.update({name: parsed[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
    os.environ["DATABASE_URL"] = url
