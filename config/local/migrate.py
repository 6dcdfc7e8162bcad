"""Django's migrate with one line of progress on standard error; arguments as of `manage.py migrate`."""

import os
import sys
from typing import Any

import django
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


class Command(migrate.Command):
    """Says how far it is."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self.total, self.done = total, 0

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        if action == "apply_start":
            self.done += 1
            steps = len(migration.operations)
            self.stderr.write(f"  migrating {self.done}/{self.total} {migration} ({steps} steps)")


def main(apps: list[str]) -> None:
    django.setup()
    executor = MigrationExecutor(connection)
    leaves = [node for node in executor.loader.graph.leaf_nodes() if not apps or node[0] in apps]
    if plan := executor.migration_plan(leaves):
        call_command(Command(len(plan)), *apps, verbosity=0, interactive=False, skip_checks=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(sys.argv[1:])
