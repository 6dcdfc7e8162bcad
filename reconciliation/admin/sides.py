"""The two sides of a discrepancy next to each other, field by field, with what differs marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from billing.admin import ledger_words
from config.base.console import display
from config.base.console.pages import Table
from config.base.console.places import Places
from config.base.money import Money
from reconciliation.models import Discrepancy

_ORDER = ("id", "amount", "gross", "fee", "net", "currency", "status", "type", "date")
_MONEY = {"amount", "gross", "fee", "net", "expected", "refunded", "received", "balance", "booked"}
# Which say the same thing in their own way on each side, so that a difference there tells nothing.
_INCOMPARABLE = {"id", "date", "created", "type"}


# Of a type, what stands on our side against which field of Stripe's.
_AGAINST = {
    Discrepancy.Type.FEE: ("expected", "fee"),
    Discrepancy.Type.PAYOUT_NOT_COMPLETE: ("net", "amount"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One row: how each side shows it, and whether they differ."""

    name: str
    theirs: object
    ours: object
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides(Table):
    template: ClassVar[str] = "admin/reconciliation/sides.html"

    fields: Sequence[Field] = ()


def of(row: Discrepancy) -> Sides:
    """Stripe's side and ours, as the run saw them."""
    theirs, ours = dict(row.theirs or {}), _against(row)
    told = {name for side in (theirs, ours) for name, value in side.items() if value not in (None, "")}
    names = [*(name for name in _ORDER if name in told), *sorted(told - set(_ORDER))]
    places = Places(word for side in (theirs, ours) for value in side.values() for word in _words(value))
    return Sides(
        title="Both sides",
        headers=("", "Stripe", "Here"),
        rows=(),
        fields=[_field(name, row, theirs, ours, places) for name in names],
        empty="The run noted no details.",
    )


def _against(row: Discrepancy) -> dict[str, Any]:
    """Our side, each field at the one of Stripe's that it is compared with."""
    ours = dict(row.ours or {})
    name, against = _AGAINST.get(Discrepancy.Type(row.type), ("", ""))
    return {against if key == name else key: value for key, value in ours.items()}


def _words(value: Any) -> list[str]:
    """Several ids stand in one field, with commas."""
    return value.split(", ") if isinstance(value, str) else []


def _field(name: str, row: Discrepancy, theirs: Mapping[str, Any], ours: Mapping[str, Any], places: Places) -> Field:
    their_value, our_value = theirs.get(name), ours.get(name)
    is_told_by_both = name in theirs and name in ours
    return Field(
        name=display.words(name.removesuffix("_minor")),
        theirs=_shown(name, their_value, theirs.get("currency") or row.currency, places, is_there=bool(theirs)),
        ours=_shown(name, our_value, ours.get("currency") or row.currency, places, is_there=bool(ours)),
        differs=(is_told_by_both and _is_comparable(name, row) and their_value != our_value)
        or (name == "id" and not (theirs and ours)),
    )


def _is_comparable(name: str, row: Discrepancy) -> bool:
    """Lines and documents have different words for their states, and a conversion has two currencies."""
    if name in _INCOMPARABLE or (name == "status" and row.type != Discrepancy.Type.STATUS):
        return False
    return name not in {"amount", "currency"} or row.type != Discrepancy.Type.EXCHANGE_DIFFERENCE


def _shown(name: str, value: Any, currency: str, places: Places, *, is_there: bool) -> SafeString | str:
    if value in (None, ""):
        return "" if is_there or name != "id" else display.label("Nothing")
    if isinstance(value, int) and not isinstance(value, bool) and _is_money(name):
        return display.money(Money(value, currency))
    if isinstance(value, str):
        return _text(name, value, places)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _is_money(name: str) -> bool:
    return name in _MONEY or name.endswith(("_minor", "amount", "_fee"))


def _text(name: str, value: str, places: Places) -> SafeString | str:
    if name == "currency":
        return value.upper()
    if name == "id" or places.url(value):
        return format_html_join(", ", "{}", ((places.link(word),) for word in _words(value)))
    if name == "exchange_rate":
        return f"{Decimal(value).normalize():f}"
    moment = _moment(value)
    if isinstance(moment, datetime):
        return display.when(moment)
    if isinstance(moment, date):
        return ledger_words.day(moment)
    return display.words(value) if name in {"status", "type", "kind"} else value


def _moment(value: str) -> date | None:
    try:
        return parse_date(value) or parse_datetime(value)
    except ValueError:
        return None
