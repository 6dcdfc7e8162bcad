"""Every object in memory, written through to one SQLite file.

Rows keep the order of their creation. What ``save`` was given is on disk after ``flush``, which
each request does once, so that a killed process loses no answered request.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .chronology import Chronology
from .json_types import Json

_PARENTS: dict[str, tuple[str, ...]] = {
    "charge": ("payment_intent", "customer"),
    "refund": ("charge", "payment_intent"),
    "dispute": ("charge", "payment_intent"),
    "payment_method": ("customer",),
    "payment_intent": ("customer",),
    "setup_intent": ("customer",),
    "setup_attempt": ("setup_intent",),
    "mandate": ("payment_method",),
    "tax_id": ("customer",),
    "balance_transaction": ("source", "status"),
    "_unpaid": ("currency",),
    "price": ("product",),
    "promotion_code": ("code",),
    "customer_balance_transaction": ("customer",),
    "line_item": ("invoice",),
    "invoice": ("customer", "parent.subscription_details.subscription"),
    "invoiceitem": ("customer", "invoice"),
    "invoice_payment": ("invoice", "payment.payment_intent"),
    "credit_note": ("invoice", "customer"),
    "_delivery": ("event",),
    "customer": ("test_clock",),
    "subscription": ("customer",),
    "subscription_schedule": ("customer",),
    "_due": ("subject",),
}
_KINDS = {
    "cus": "customer",
    "pm": "payment_method",
    "pi": "payment_intent",
    "seti": "setup_intent",
    "setatt": "setup_attempt",
    "ch": "charge",
    "py": "charge",
    "re": "refund",
    "txn": "balance_transaction",
    "du": "dispute",
    "evt": "event",
    "acct": "account",
    "mandate": "mandate",
    "po": "payout",
    "prod": "product",
    "price": "price",
    "promo": "promotion_code",
    "di": "discount",
    "txr": "tax_rate",
    "cbtxn": "customer_balance_transaction",
    "in": "invoice",
    "il": "line_item",
    "ii": "invoiceitem",
    "inpay": "invoice_payment",
    "sub": "subscription",
    "sub_sched": "subscription_schedule",
    "clock": "test_helpers.test_clock",
    "cn": "credit_note",
}
# Kinds that may appear with a ``created`` in the past, and are listed where it says.
_BY_CREATED = ("balance_transaction",)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, id)
)
"""


def _at(row: Json, path: str) -> Any:
    """What stands at a path of names; None where something is missing on the way."""
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _difference(before: Json, after: Json) -> Json:
    """What ``before`` held where ``after`` differs, nested, as previous_attributes spells it."""
    changed: Json = {}
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            changed[key] = _difference(old, new)
        else:
            changed[key] = old
    return changed


class Store:
    """Objects by kind and id. A kind that starts with ``_`` is ours and no part of Stripe's API."""

    def __init__(self, folder: Path | None = None) -> None:
        self._rows: dict[str, dict[str, Json]] = defaultdict(dict)
        self._saved: dict[tuple[str, str], str] = {}
        self._index: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
        self._dirty: dict[tuple[str, str], str | None] = {}
        self._lent: dict[tuple[str, str], Json] = {}
        self._chronologies = {kind: Chronology() for kind in _BY_CREATED}
        self._file = self._open(folder)
        self._load()

    def _open(self, folder: Path | None) -> sqlite3.Connection:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        name = str(folder / "sandbox.sqlite3") if folder is not None else ":memory:"
        file = sqlite3.connect(name, isolation_level=None)
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=OFF")
        file.execute(_SCHEMA)
        return file

    def _load(self) -> None:
        for kind, id_, body in self._file.execute("SELECT kind, id, body FROM objects ORDER BY rowid"):
            row = json.loads(body)
            self._rows[kind][id_] = row
            self._saved[kind, id_] = body
            self._link(row)

    def _link(self, row: Json) -> None:
        for field in _PARENTS.get(row["object"], ()):
            if parent := _at(row, field):
                self._index[row["object"], field, parent][row["id"]] = None
        if chronology := self._chronologies.get(row["object"]):
            chronology.put(row["id"], row["created"])

    def _unlink(self, row: Json, unless: Json | None = None) -> None:
        """A row that stays with a parent keeps its place among the parent's rows."""
        for field in _PARENTS.get(row["object"], ()):
            parent = _at(row, field)
            if parent and (unless is None or _at(unless, field) != parent):
                self._index[row["object"], field, parent].pop(row["id"], None)
        if unless is None and (chronology := self._chronologies.get(row["object"])):
            chronology.drop(row["id"])

    def save(self, row: Json) -> Json:
        """Keep the row as it is now; returns what it held before where that differs."""
        key = (row["object"], row["id"])
        body = json.dumps(row, separators=(",", ":"))
        before: Json = json.loads(self._saved[key]) if key in self._saved else {}
        self._rows[key[0]][key[1]] = row
        self._saved[key] = body
        self._dirty[key] = body
        self._unlink(before, row) if before else None
        self._link(row)
        return _difference(before, row) if before else {}

    def delete(self, row: Json) -> None:
        """Forget the row."""
        key = (row["object"], row["id"])
        self._rows[key[0]].pop(key[1], None)
        body = self._saved.pop(key, None)
        if body is not None:
            self._unlink(json.loads(body))
        self._dirty[key] = None

    def find(self, kind: str, id_: str | None) -> Json | None:
        """The row, or None."""
        row = self._rows[kind].get(id_) if id_ else None
        if row is not None:
            self._lent[kind, row["id"]] = row
        return row

    def get(self, kind: str, id_: str) -> Json:
        """The row, which is known to exist."""
        row = self._rows[kind][id_]
        self._lent[kind, id_] = row
        return row

    def by_id(self, id_: str) -> Json | None:
        """The object with this id, of whatever kind."""
        prefix = "sub_sched" if id_.startswith("sub_sched_") else id_.split("_", 1)[0]
        kinds = [kind] if (kind := _KINDS.get(prefix)) else [name for name in self._rows if name[0] != "_"]
        return next((row for kind in kinds if (row := self.find(kind, id_))), None)

    def all(self, kind: str) -> Iterable[Json]:
        """All rows of a kind, oldest first."""
        return self._rows[kind].values()

    def newest_first(self, kind: str) -> Iterator[Json]:
        """All rows of a kind, newest first."""
        if kind in self._chronologies:
            return self.timeline(kind)
        return reversed(self._rows[kind].values())

    def timeline(
        self, kind: str, *, since: int | None = None, until: int | None = None, start: str | None = None
    ) -> Iterator[Json]:
        """Rows created from ``since`` to ``until``, newest first, from the row ``start`` on."""
        ids = self._chronologies[kind].newest_first(since=since, until=until, start=start)
        return map(self._rows[kind].__getitem__, ids)

    def in_time(self, kind: str, ids: Iterable[str]) -> list[Json]:
        """Those rows that are still there, newest first."""
        return [self._rows[kind][id_] for id_ in self._chronologies[kind].sorted(ids)]

    def children(self, kind: str, field: str, parent: str) -> list[Json]:
        """Rows whose ``field`` names ``parent``, oldest first."""
        ids = self._index.get((kind, field, parent), ())
        return [row for id_ in list(ids) if (row := self.find(kind, id_)) is not None]

    def count(self, kind: str) -> int:
        """How many rows of a kind there are."""
        return len(self._rows[kind])

    def counts(self) -> dict[str, int]:
        """How many rows each of Stripe's kinds has."""
        return {k: len(v) for k, v in sorted(self._rows.items()) if v and not k.startswith("_")}

    def __len__(self) -> int:
        return len(self._saved)

    def rollback(self) -> None:
        """Forget what was saved since the last flush (an unforeseen failure in the middle)."""
        for kind, id_ in self._dirty:
            self._restore(kind, id_)
        self._dirty.clear()

    def _restore(self, kind: str, id_: str) -> None:
        found = self._file.execute("SELECT body FROM objects WHERE kind = ? AND id = ?", (kind, id_)).fetchone()
        current = self._rows[kind].get(id_)
        if current is not None:
            self._unlink(current, json.loads(found[0]) if found else None)
        self._saved.pop((kind, id_), None)
        if found is None:
            self._rows[kind].pop(id_, None)
            return
        row = self._rows[kind].setdefault(id_, {})
        self._refill(row, found[0])
        self._saved[kind, id_] = found[0]
        self._link(row)

    @staticmethod
    def _refill(row: Json, body: str) -> None:
        row.clear()
        row.update(json.loads(body))

    def begin(self) -> None:
        """A new piece of work begins: from here ``undo_unsaved`` can take back."""
        self._lent.clear()

    def undo_unsaved(self) -> None:
        """Rows that were handed out and changed, yet not saved, are again what they were."""
        for (kind, id_), row in self._lent.items():
            body = self._saved.get((kind, id_))
            if body is not None and json.dumps(row, separators=(",", ":")) != body:
                self._refill(row, body)
        self._lent.clear()

    def flush(self) -> None:
        """Write everything saved since the last flush, in one transaction."""
        if not self._dirty:
            return
        written = [(k, i, body) for (k, i), body in self._dirty.items() if body is not None]
        gone = [key for key, body in self._dirty.items() if body is None]
        self._file.execute("BEGIN")
        self._file.executemany(
            "INSERT INTO objects (kind, id, body) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            written,
        )
        self._file.executemany("DELETE FROM objects WHERE kind = ? AND id = ?", gone)
        self._file.execute("COMMIT")
        self._dirty.clear()

    def reset(self) -> None:
        """Empty everything."""
        self._rows.clear()
        self._saved.clear()
        self._index.clear()
        for chronology in self._chronologies.values():
            chronology.clear()
        self._dirty.clear()
        self._lent.clear()
        self._file.execute("DELETE FROM objects")

    def close(self) -> None:
        """Write what is left and let go of the file."""
        self.flush()
        self._file.close()
