"""What was asked of the sandbox, for tests and people; kept in memory."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice

from .json_types import Json

KEPT = 20_000
_HIDDEN = frozenset({"number", "cvc"})


@dataclass(kw_only=True)
class Entry:
    """One request at the API."""

    id: str
    method: str
    path: str
    created: float
    idempotency_key: str | None = None
    api_version: str | None = None
    params: Json = field(default_factory=dict)
    status: int | None = None
    replayed: bool = False
    error_code: str | None = None
    fault: str | None = None
    milliseconds: float | None = None


def _masked(params: Json) -> Json:
    """The parameters without card numbers and codes."""
    shown: Json = {}
    for name, value in params.items():
        if isinstance(value, dict):
            shown[name] = _masked(value)
        else:
            shown[name] = "*" * len(value) if name in _HIDDEN else value
    return shown


class RequestLog:
    """The newest requests and how many there were in all."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self.total = 0

    def add(self, entry: Entry) -> None:
        """Note a request when it arrives; its outcome is filled in later."""
        self._entries.append(entry)
        self.total += 1

    def clear(self) -> None:
        """Forget all."""
        self._entries.clear()
        self.total = 0

    def select(self, *, path: str | None, prefix: str | None, method: str | None) -> Iterator[Entry]:
        """Entries, newest first: an exact path, or a beginning of one."""
        return (
            entry
            for entry in reversed(self._entries)
            if (path is None or entry.path == path)
            and (prefix is None or entry.path.startswith(prefix))
            and (method is None or entry.method == method.upper())
        )

    def report(self, entries: Iterator[Entry], limit: int) -> Json:
        """The entries as JSON, with counters over all that matched."""
        found = list(entries)
        return {
            "total": self.total,
            "count": len(found),
            "by_status": Counter(str(entry.status) for entry in found),
            "replayed": sum(entry.replayed for entry in found),
            "by_operation": Counter(f"{entry.method} {entry.path}" for entry in found),
            "requests": [asdict(entry) | {"params": _masked(entry.params)} for entry in islice(found, limit)],
        }
