"""PostgreSQL, and a process that dies at a commit or a statement which the environment names.

`KILL=commit:2:before` dies before the second commit of a transaction, `commit:2:after` right after it;
`statement:INSERT INTO payments_inboxevent:after` dies after the first statement with these words (which, outside
a transaction, is after its commit).
"""

import os
import signal
from typing import Any

from django.db.backends.postgresql import base

_ORDER = os.environ.get("KILL", "never::")
_kind, _what = _ORDER.rpartition(":")[0].split(":", 1)
_side = _ORDER.rpartition(":")[2]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DatabaseWrapper(base.DatabaseWrapper):
    commits = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if _kind == "statement":
            self.execute_wrappers.append(self._statement)

    def _commit(self) -> None:
        type(self).commits += 1
        is_the_one = _kind == "commit" and type(self).commits == int(_what)
        if is_the_one and _side == "before":
            _die()
        super()._commit()  # type: ignore[misc]
        if is_the_one:
            _die()

    def _statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        is_the_one = _what in sql
        if is_the_one and _side == "before":
            _die()
        result = execute(sql, params, many, context)
        if is_the_one:
            _die()
        return result
