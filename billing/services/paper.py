"""What stands on a document, ready to be set: every word chosen, every amount written."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Seller or buyer: a name, and lines of address, tax numbers and e-mail."""

    name: str
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the table; `details` stand small below its text."""

    text: str
    details: Sequence[str] = ()
    quantity: str = ""
    unit: str = ""
    tax: str = ""
    amount: str


@dataclass(frozen=True, slots=True)
class Sum:
    """A row below the table. `weight`: empty, `quiet` or `strong`."""

    name: str
    amount: str
    weight: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    title: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Link:
    text: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document as the template wants it. `moment`: seconds since 1970; `date`: the same day, year first."""

    title: str
    number: str
    summary: str
    lang: str
    size: str
    moment: int
    date: tuple[int, int, int]
    brand: str
    on_brand: str
    brand_ink: str
    logo: bool
    seller: Party
    buyer_title: str
    buyer: Party
    facts: Sequence[tuple[str, str]]
    headline: str
    subline: str = ""
    link: Link = field(default_factory=Link)
    memo: Sequence[str] = ()
    columns: Sequence[str]
    lines: Sequence[Line]
    sums: Sequence[Sum]
    total: Sum
    notes: Sequence[Note] = ()
    footer: Sequence[str] = ()
    words: dict[str, str]
