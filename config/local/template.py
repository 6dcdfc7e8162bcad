"""A migrated, empty database to copy from: migrating takes many seconds, copying a blink.

A template is named by the migrations that are in it. As a program it prints the name of the one to use.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import django
from django.apps import AppConfig, apps

from config.local import databases, places, processes

PREFIX = "counterfoil_template_"
KEPT = 3
PACKAGES = ("django", "dj-stripe")


def ensure(server: str) -> str:
    """The name of the template for the code as it is now, built if need be; Django must be set up."""
    name = f"{PREFIX}{fingerprint()}"
    with databases.administered(server) as admin:
        admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [PREFIX])
        if name not in databases.names(admin, PREFIX):
            build(admin, server, name)
    return name


def fingerprint() -> str:
    """Changes with every migration of every app, and with the packages that most migrations come from."""
    contents = [f"{package} {version(package)}" for package in PACKAGES]
    contents += [line for app in apps.get_app_configs() for line in migrations_of(app)]
    return hashlib.sha256("\n".join(contents).encode()).hexdigest()[:16]


def migrations_of(app: AppConfig) -> Iterator[str]:
    for file in sorted(Path(app.path, "migrations").glob("[0-9a-zA-Z]*.py")):
        yield f"{app.label}.{file.stem} {hashlib.sha256(file.read_bytes()).hexdigest()}"


def build(admin: databases.Admin, server: str, name: str) -> None:
    """Migrate under another name, so that an interrupted template is never taken for a whole one."""
    draft = "counterfoil_draft"
    databases.drop(admin, draft)
    databases.create(admin, draft)
    migrate(databases.address(server, draft))
    databases.rename(admin, draft, name)
    for old in databases.names(admin, PREFIX)[:-KEPT]:
        databases.drop(admin, old)


def migrate(url: str) -> None:
    """In a process of its own, as settings name one database for life."""
    command = [sys.executable, "-m", "config.local.migrate"]
    processes.output_of(command, env=os.environ | {"DATABASE_URL": url}, cwd=places.ROOT)


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(ensure(os.environ["DATABASE_URL"]))
