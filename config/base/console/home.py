"""The start page: panels of cards, from the functions that settings list in CONSOLE_PANELS."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from config.base.console.display import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One figure, and where to read on."""

    title: str
    value: object
    url: str
    text: object = ""
    tone: Tone = Tone.QUIET


@dataclass(frozen=True, slots=True)
class Series:
    """One line or row of bars; values are decimal numbers as text, so that none passes a float here.

    `last`: the value at its end, as people read it.
    """

    name: str
    values: Sequence[str]
    last: str = ""


_COLORS = ("var(--color-primary-600)", "var(--color-base-400)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A question answered at a glance, drawn by the theme's Chart.js; `kind`: line or bar."""

    title: str
    kind: str
    labels: Sequence[str]
    series: Sequence[Series]

    @property
    def data(self) -> str:
        """As Chart.js reads it."""
        sets = [
            {"label": one.name, "data": list(one.values), "borderColor": color, "backgroundColor": color}
            for one, color in zip(self.series, _COLORS, strict=False)
        ]
        return json.dumps({"labels": list(self.labels), "datasets": sets})

    @property
    def told(self) -> str:
        """What it shows, for those who do not see it."""
        ends = (f"{one.name}: {one.last}" for one in self.series)
        return f"{self.title}. At the end: {', '.join(ends)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Cards that belong together; a panel without cards is not shown."""

    title: str
    cards: Sequence[Card]
    note: str = ""
    chart: Chart | None = None


def with_panels(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The start page's context. Each panel function takes the request and shows only what its reader may see."""
    functions: list[Callable[[HttpRequest], list[Panel]]] = [import_string(path) for path in settings.CONSOLE_PANELS]
    panels = [panel for function in functions for panel in function(request) if panel.cards]
    return {**context, "panels": panels}
