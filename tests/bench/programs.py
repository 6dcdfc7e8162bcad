"""A small program beside its own database: what it prints, line by line, is what it measured."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import django

from config.local import databases, places, postgres, services, template


def lines(module: str, *arguments: str, database: str) -> Iterator[list[str | float]]:
    """Run `python -m module` on a fresh, migrated database and yield each JSON line that it prints."""
    with postgres.running(postgres.BENCH) as cluster:
        server = cluster.url()
        os.environ.update(environment(server))
        django.setup()
        source = template.ensure(server)
        with databases.administered(server) as admin:
            databases.drop(admin, database)
            databases.create(admin, database, source)
        url = databases.address(server, database)
        services.manage("collectstatic", "--noinput", "--verbosity=0", env=environment(url))
        try:
            yield from _printed(module, *arguments, url=url)
        finally:
            with databases.administered(server) as admin:
                databases.drop(admin, database)


def _printed(module: str, *arguments: str, url: str) -> Iterator[list[str | float]]:
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, env=environment(url), cwd=places.ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        yield from map(json.loads, program.stdout)
    if program.returncode:
        raise RuntimeError(f"{module} failed")


def environment(url: str) -> dict[str, str]:
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "",
        "SECRET_KEY": "for-the-bench-" + "b" * 50,
        "SITE_URL": "http://testserver",
        "DATABASE_URL": url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "STRIPE_SECRET_KEY": "sk_test_" + "b" * 32,
        "STRIPE_PUBLISHABLE_KEY": "pk_test_" + "b" * 32,
        "STRIPE_WEBHOOK_SECRET": "whsec_" + "b" * 32,
        "STRIPE_API_BASE": "",
        "ALLOW_TEST_KEYS": "1",
    }
