"""A page about one row, said in data: a headline, notices, what can be done, blocks of facts. One template shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import ClassVar

from config.base.console.display import Tone
from config.base.console.payloads import readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that whoever opens the page must see first."""

    text: object
    tone: Tone = Tone.WARN
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Something staff can do here; it leads to a page that asks before it acts."""

    text: str
    url: str
    tone: Tone = Tone.QUIET


@dataclass(frozen=True, slots=True)
class Payload:
    """What was sent or received, one click away."""

    title: str
    body: object

    @property
    def text(self) -> str:
        return readable(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and values; values that are not there are not shown."""

    template: ClassVar[str] = "admin/blocks/facts.html"

    title: str
    rows: Sequence[tuple[str, object]]

    @property
    def shown(self) -> list[tuple[str, object]]:
        return [(name, value) for name, value in self.rows if value not in (None, "", [], {}, ())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of the same kind."""

    template: ClassVar[str] = "admin/blocks/table.html"

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[object]]
    empty: str = "None"
    more_url: str = ""

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """Each header, and whether money stands below it."""
        first = self.rows[0] if self.rows else []
        return [(name, "cf-money" in str(cell)) for name, cell in zip_longest(self.headers, first, fillvalue="")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Payloads on their own, such as an event's body."""

    template: ClassVar[str] = "admin/blocks/documents.html"

    title: str
    payloads: Sequence[Payload]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened. `kind` is its road (Webhook, Stripe call, …), `actor` who did it."""

    at: datetime
    kind: str
    text: object
    actor: str = ""
    tone: Tone = Tone.QUIET
    detail: object = ""
    url: str = ""
    payloads: Sequence[Payload] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What happened, in order."""

    template: ClassVar[str] = "admin/blocks/timeline.html"

    title: str
    entries: Sequence[Entry]
    note: str = ""


Block = Facts | Table | Documents | Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All there is to see of one row. `main` blocks tell the story, `side` blocks stand beside."""

    title: str
    headline: object = ""
    labels: Sequence[object] = ()
    subtitle: object = ""
    notices: Sequence[Notice] = ()
    buttons: Sequence[Button] = ()
    main: Sequence[Block] = field(default_factory=list)
    side: Sequence[Block] = field(default_factory=list)
