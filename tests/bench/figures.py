"""What `make bench` prints: one JSON line a figure, with the floor that it has to reach."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A median of several rounds. `floor`: at least, `ceiling`: at most; `setting`: under which it was measured."""

    name: str
    unit: str
    rounds: Sequence[float]
    floor: float | None = None
    ceiling: float | None = None
    goal: float | None = None
    setting: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        return round(median(self.rounds), 2)

    @property
    def is_met(self) -> bool:
        return (self.floor is None or self.value >= self.floor) and (self.ceiling is None or self.value <= self.ceiling)

    def line(self) -> str:
        told = {name: value for name, value in asdict(self).items() if value is not None and name != "rounds"}
        rounds = [round(each, 2) for each in self.rounds]
        return json.dumps(
            {"figure": told.pop("name"), "value": self.value, "met": self.is_met, "rounds": rounds, **told}
        )
