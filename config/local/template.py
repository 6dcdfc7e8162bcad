"""A migrated, empty database to copy from: dj-stripe's migrations take half a minute, a copy a blink.

A template is remembered with the migrations that are in it, and a new one starts from the fullest template whose
migrations are all still wanted, unchanged.
"""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import django
import psycopg
from django.apps import AppConfig, apps

from config.local import databases, places, processes

PREFIX = "counterfoil_template_"
KEPT = 6
SLOWEST = "djstripe"
PACKAGES = ("django", "dj-stripe")

Manifest = Mapping[str, str]


def ensure(server: str) -> str:
    """The name of the template for the code as it is now, built if need be; Django must be set up."""
    wanted = manifest()
    name = name_of(wanted)
    with databases.administered(server) as admin:
        admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [PREFIX])
        if name not in databases.names(admin, PREFIX):
            build(admin, server, wanted)
    return name


def manifest() -> Manifest:
    """What a template is made of: each migration of each app with a hash of its text, and two packages."""
    found = {path_name: digest for app in apps.get_app_configs() for path_name, digest in migrations_of(app)}
    return found | {package: version(package) for package in PACKAGES}


def migrations_of(app: AppConfig) -> list[tuple[str, str]]:
    files = sorted(Path(app.path, "migrations").glob("[0-9a-zA-Z]*.py"))
    return [(f"{app.label}.{file.stem}", hashlib.sha256(file.read_bytes()).hexdigest()[:16]) for file in files]


def name_of(contents: Manifest) -> str:
    return PREFIX + hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()[:16]


def build(admin: databases.Admin, server: str, wanted: Manifest) -> None:
    """Migrate a copy of the nearest template; the slowest app is kept as a template of its own on the way."""
    draft = f"{PREFIX}draft"
    databases.drop(admin, draft)
    start = nearest(admin, wanted)
    databases.create(admin, draft, start or "template0")
    if not start:
        migrate(databases.address(server, draft), SLOWEST)
        half = applied(databases.address(server, draft), wanted)
        databases.create(admin, name_of(half), draft)
        databases.remember(admin, name_of(half), json.dumps(half))
    migrate(databases.address(server, draft))
    databases.rename(admin, draft, name_of(wanted))
    databases.remember(admin, name_of(wanted), json.dumps(dict(wanted)))
    for name in databases.names(admin, PREFIX)[:-KEPT]:
        databases.drop(admin, name)


def nearest(admin: databases.Admin, wanted: Manifest) -> str | None:
    """The fullest template that has nothing which is not wanted."""
    notes = {name: databases.remembered(admin, name) for name in databases.names(admin, PREFIX)}
    contents = {name: json.loads(note) for name, note in notes.items() if note}
    usable = {name: content for name, content in contents.items() if content.items() <= wanted.items()}
    return max(usable, key=lambda name: len(usable[name]), default=None)


def applied(url: str, wanted: Manifest) -> dict[str, str]:
    """What of the wanted is in this database."""
    with psycopg.connect(url) as database:
        rows = database.execute("SELECT app || '.' || name FROM django_migrations").fetchall()
    there = {name for (name,) in rows} | set(PACKAGES)
    return {name: digest for name, digest in wanted.items() if name in there}


def migrate(url: str, *app: str) -> None:
    """Migrate this database in a process of its own, as its settings name one database for life."""
    command = [sys.executable, "-m", "config.local.migrate", *app]
    processes.output_of(command, env=os.environ | {"DATABASE_URL": url}, cwd=places.ROOT)


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(ensure(os.environ["DATABASE_URL"]))
