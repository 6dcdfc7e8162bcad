"""The start page: panels of cards, from the functions that settings list in CONSOLE_PANELS."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Cards that belong together; a panel without cards is not shown."""

    title: str
    cards: Sequence[Card]
    note: str = ""


def with_panels(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The start page's context. Each panel function takes the request and shows only what its reader may see."""
    functions: list[Callable[[HttpRequest], list[Panel]]] = [import_string(path) for path in settings.CONSOLE_PANELS]
    panels = [panel for function in functions for panel in function(request) if panel.cards]
    return {**context, "panels": panels}
