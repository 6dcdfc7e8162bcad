"""Cursor lists, newest first."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from .calls import Call
from .errors import InvalidParameters, resource_missing
from .json_types import Json

DEFAULT_LIMIT, MAX_LIMIT = 10, 100
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}


def limit(call: Call) -> int:
    """How many objects a page holds; Stripe clamps silently to 1–100."""
    return max(1, min(MAX_LIMIT, int(call.params.get("limit", DEFAULT_LIMIT))))


def created_matches(call: Call, field: str = "created") -> Callable[[Json], bool]:
    """The ``created`` filter: a moment, or an interval of gt, gte, lt, lte."""
    wanted = call.params.get(field)
    if wanted is None:
        return lambda _: True
    if isinstance(wanted, int):
        return lambda row: bool(row[field] == wanted)
    return lambda row: all(_COMPARE[name](row[field], bound) for name, bound in wanted.items())


def created_between(call: Call) -> tuple[int | None, int | None]:
    """The first and the last moment that the ``created`` filter leaves; None where it leaves it open."""
    wanted = call.params.get("created", {})
    if isinstance(wanted, int):
        return wanted, wanted
    first = [wanted[name] + more for name, more in (("gt", 1), ("gte", 0)) if name in wanted]
    last = [wanted[name] - less for name, less in (("lt", 1), ("lte", 0)) if name in wanted]
    return max(first, default=None), min(last, default=None)


def equals(call: Call, *fields: str) -> Callable[[Json], bool]:
    """Filters that compare a field of the object with the parameter of the same name."""
    wanted = {name: call.params[name] for name in fields if name in call.params}
    return lambda row: all(row.get(name) == value for name, value in wanted.items())


def page(
    call: Call,
    rows: Iterable[Json],
    *,
    url: str | None = None,
    noun: str,
    keep: Callable[[Json], bool] = lambda _: True,
) -> Json:
    """One page of ``rows`` (given newest first), cut by the cursors."""
    after, before = call.params.get("starting_after"), call.params.get("ending_before")
    count = limit(call)
    matching = (row for row in rows if not row.get("deleted"))
    rest = _beyond(matching, after, noun) if after else matching
    if after and before:
        raise InvalidParameters("You can only use one of `starting_after` or `ending_before`.", param="starting_after")
    if before:
        newer = list(_until(rest, before, noun, "ending_before", keep))
        data, has_more = newer[-count:], len(newer) > count
    else:
        found = list(islice(filter(keep, rest), count + 1))
        data, has_more = found[:count], len(found) > count
    return {"object": "list", "data": data, "has_more": has_more, "url": url or call.path}


def _beyond(rows: Iterator[Json], cursor: str, noun: str) -> Iterator[Json]:
    for row in rows:
        if row["id"] == cursor:
            return rows
    raise resource_missing(noun, cursor, param="starting_after")


def _until(rows: Iterator[Json], cursor: str, noun: str, param: str, keep: Callable[[Json], bool]) -> Iterator[Json]:
    for row in rows:
        if row["id"] == cursor:
            return
        if keep(row):
            yield row
    raise resource_missing(noun, cursor, param=param)
