"""Django's migrate with a line for each migration on standard error; arguments as of `manage.py migrate`.

dj-stripe removes five hundred fields one by one, and for each Django builds its models anew, which is nearly all of
the time that migrating takes. Here a run of removals is one operation, with the same SQL.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import django
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import RemoveField
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class RemoveFields(Operation):
    """Several fields removed from one picture of the models."""

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # models that are built already are built anew for every change
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)


def with_removals_joined(operations: Iterable[Operation]) -> Iterator[Operation]:
    for kind, run in groupby(operations, key=type):
        if kind is RemoveField:
            yield RemoveFields(list(run))
        else:
            yield from run


class Command(migrate.Command):
    """Says how far it is."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self.total, self.done = total, 0

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        if action == "apply_start":
            self.done += 1
            self.stderr.write(f"  migrating {self.done}/{self.total} {migration}")
            migration.operations = list(with_removals_joined(migration.operations))


def main(apps: list[str]) -> None:
    django.setup()
    executor = MigrationExecutor(connection)
    leaves = [node for node in executor.loader.graph.leaf_nodes() if not apps or node[0] in apps]
    if plan := executor.migration_plan(leaves):
        call_command(Command(len(plan)), *apps, verbosity=0, interactive=False, skip_checks=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(sys.argv[1:])
