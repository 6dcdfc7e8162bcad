"""Bad luck on request: what the next matching requests meet."""

import fnmatch
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from .json_types import Json

Kind = Literal["slow", "error_500", "rate_limit_429", "drop_before", "drop_after", "lock_timeout"]


@dataclass(kw_only=True)
class Fault:
    """``after`` lets error_500 do the work first. ``path`` may hold ``*``."""

    kind: Kind
    method: str = "*"
    path: str = "*"
    times: int = 1
    seconds: float = 1.0
    after: bool = False

    def meets(self, method: str, path: str) -> bool:
        """Whether this request is one that the fault waits for."""
        return self.times > 0 and self.method in ("*", method) and fnmatch.fnmatchcase(path, self.path)


class Faults(list[Fault]):
    """Faults in the order in which they were asked for."""

    def take(self, method: str, path: str) -> Fault | None:
        """The next fault for this request, used up by one."""
        for fault in self:
            if fault.meets(method, path):
                fault.times -= 1
                if fault.times == 0:
                    self.remove(fault)
                return fault
        return None

    def report(self) -> list[Json]:
        """Those that still wait."""
        return [asdict(fault) for fault in self]


def from_json(body: Json) -> Fault:
    """A fault as the control door spells it; raises ``ValueError``."""
    kind: Any = body.get("kind")
    if kind not in get_args(Kind):
        raise ValueError(f"kind must be one of {', '.join(get_args(Kind))}")
    return Fault(
        kind=kind,
        method=str(body.get("method") or "*").upper(),
        path=str(body.get("path") or "*"),
        times=int(body.get("times", 1)),
        seconds=float(body.get("seconds", 1.0)),
        after=bool(body.get("after", False)),
    )
