"""Stripe's query language: ``status:"succeeded" AND metadata["order"]:"6735"``.

Source: https://docs.stripe.com/search
"""

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .calls import Call
from .errors import ApiError, missing
from .json_types import Json
from .lists import limit

_CLAUSE = re.compile(
    r"""\s*(?P<negated>-)?(?P<field>[a-z0-9_.]+)(\[(?P<quote>["'])(?P<key>(?:\\.|(?!(?P=quote)).)*)"""
    r"""(?P=quote)\])?\s*(?P<operator>>=|<=|:|>|<|~)\s*"""
    r"""(?P<value>null|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|-?\d+)\s*""",
    re.VERBOSE,
)
_JOIN = re.compile(r"(AND|OR)\b", re.IGNORECASE)
_NUMERIC = frozenset({"amount", "created"})
_SUBSTRING = frozenset({"email", "name", "phone"})
_MIN_SUBSTRING = 3


@dataclass(frozen=True, kw_only=True)
class _Clause:
    field: str
    key: str | None
    operator: str
    value: str | int | None
    negated: bool

    def matches(self, row: Json) -> bool:
        return self._holds(row) != self.negated

    def _holds(self, row: Json) -> bool:
        actual = self._actual(row)
        if self.value is None:
            return actual is None
        if actual is None:
            return False
        if isinstance(self.value, int):
            return _COMPARE[self.operator](actual, self.value)
        if self.operator == "~":
            return self.value.lower() in str(actual).lower()
        return str(actual).lower() == self.value.lower()

    def _actual(self, row: Json) -> object:
        if self.field == "metadata":
            metadata = row.get("metadata") or {}
            return metadata.get(self.key) if self.key is not None else None
        found: object = row
        for step in self.field.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        return found


_COMPARE: dict[str, Callable[..., bool]] = {
    ":": lambda a, b: bool(a == b),
    ">": lambda a, b: bool(a > b),
    "<": lambda a, b: bool(a < b),
    ">=": lambda a, b: bool(a >= b),
    "<=": lambda a, b: bool(a <= b),
}


def _refused(why: str) -> ApiError:
    return ApiError(
        f"We were unable to parse your search query. {why} Refer to"
        " https://stripe.com/docs/search#query-language for the query syntax.",
        param="query",
    )


def _unquoted(text: str) -> str | None:
    if text == "null":
        return None
    if text[0] in "\"'":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def _value(field: str, text: str) -> str | int | None:
    value = _unquoted(text)
    if value is None or field not in _NUMERIC:
        return value
    if not re.fullmatch(r"-?\d+", value):
        raise _refused(f"Field `{field}` takes a number.")
    return int(value)


def _parse(query: str, fields: Iterable[str]) -> tuple[list[_Clause], str]:
    clauses: list[_Clause] = []
    joins: set[str] = set()
    position = 0
    while position < len(query):
        found = _CLAUSE.match(query, position)
        if found is None:
            raise _refused("The clause could not be read.")
        clauses.append(_clause(found, fields))
        position = found.end()
        join = _JOIN.match(query, position)
        if join:
            joins.add(join.group(1).upper())
            position = join.end()
        elif position < len(query):
            joins.add("AND")
    if len(joins) > 1:
        raise _refused("You can't combine AND and OR in one query.")
    return clauses, joins.pop() if joins else "AND"


def _clause(found: re.Match[str], fields: Iterable[str]) -> _Clause:
    field, operator = found["field"], found["operator"]
    if field not in fields:
        raise ApiError(
            f"Field `{field}` is an unsupported search field for this resource. Refer to"
            " https://stripe.com/docs/search#query-fields-for-all-resources for the supported"
            " fields.",
            param="query",
        )
    value = _value(field, found["value"])
    if operator == "~" and (field not in _SUBSTRING or not isinstance(value, str) or len(value) < _MIN_SUBSTRING):
        raise _refused("Substring matches take three characters or more of a text field.")
    if operator in (">", "<", ">=", "<=") and field not in _NUMERIC:
        raise _refused(f"Field `{field}` can't be compared with {operator}.")
    key = _unquoted(f'"{found["key"]}"') if found["key"] is not None else None
    return _Clause(field=field, key=key, operator=operator, value=value, negated=bool(found["negated"]))


def page(call: Call, rows: Iterable[Json], *, fields: Iterable[str]) -> Json:
    """One page of a search; ``page`` carries the cursor of ``next_page``."""
    if not call.params.get("query"):
        raise missing("query")
    clauses, join = _parse(call.params["query"], fields)
    every = all if join == "AND" else any
    found = [row for row in rows if not row.get("deleted") and every(clause.matches(row) for clause in clauses)]
    start = _offset(call.params.get("page"))
    end = start + limit(call)
    more = len(found) > end
    return {
        "object": "search_result",
        "data": found[start:end],
        "has_more": more,
        "next_page": base64.urlsafe_b64encode(f"from:{end}".encode()).decode() if more else None,
        "url": call.path,
    }


def _offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("from:"))
    except ValueError as error:
        raise ApiError("Invalid page cursor.", param="page") from error
