"""The console's payment list at a million payments, beside Django's default admin on the same rows."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import django

from config.local import databases, places, postgres, template
from tests.bench.figures import Figure

PAYMENTS = 1_000_000
DATABASE = "bench_console"
SETTING = {
    "payments": PAYMENTS,
    "client": "Django's test client: full middleware, the whole page rendered, no network",
    "console": "25 rows a page, sums by currency where the list is small",
    "default": "a ModelAdmin as one writes it first: 100 rows a page, exact counts, search_fields over ids and e-mail",
}
# Milliseconds. A default admin takes 440 for a page and 3,000 for a search.
CEILINGS = {
    "page": 220,
    "a page in the middle": 220,
    "search by id": 150,
    "search by e-mail": 150,
    "search by amount": 220,
}


def measure() -> Iterator[Figure]:
    """Milliseconds a request, medians of five; the default admin's beside, without a ceiling."""
    with postgres.running(postgres.BENCH) as cluster:
        server = cluster.url()
        os.environ.update(_environment(server))
        django.setup()
        source = template.ensure(server)
        with databases.administered(server) as admin:
            databases.drop(admin, DATABASE)
            databases.create(admin, DATABASE, source)
        try:
            yield from map(_figure, _rounds(databases.address(server, DATABASE)))
        finally:
            with databases.administered(server) as admin:
                databases.drop(admin, DATABASE)


def _rounds(url: str) -> Iterator[tuple[str, str, list[float]]]:
    command = [sys.executable, "-m", "tests.bench.console_list", str(PAYMENTS)]
    with subprocess.Popen(
        command, env=_environment(url), cwd=places.ROOT, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout
        for line in program.stdout:
            side, request, *rounds = json.loads(line)
            yield side, request, rounds
    if program.returncode:
        raise RuntimeError("the console could not be measured")


def _figure(measured: tuple[str, str, list[float]]) -> Figure:
    side, request, rounds = measured
    ceiling = CEILINGS[request] if side == "console" else None
    return Figure(name=f"{side}: {request}", unit="ms", rounds=rounds, ceiling=ceiling, setting=SETTING)


def _environment(url: str) -> dict[str, str]:
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
