"""Stripe's form encoding, read: ``a[b][0][c]=1`` becomes nested maps.

Positions stay map keys here, because only the parameter's type says whether ``0`` is a position or
a name; ``contract`` turns them into lists.
"""

import re
from collections.abc import Iterable

_POSITION = re.compile(r"[0-9]{1,6}")
_BRACKETED = re.compile(r"\[([^\[\]]*)\]")

Form = str | dict[str, "Form"]


def _segments(key: str) -> list[str]:
    head, bracket, rest = key.partition("[")
    return [head, *_BRACKETED.findall(bracket + rest)]


def _place(target: dict[str, Form], segment: str) -> str:
    """``[]`` appends: the next free position."""
    if segment:
        return segment
    positions = [int(name) for name in target if _POSITION.fullmatch(name)]
    return str(max(positions, default=-1) + 1)


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Form]:
    """Nested maps of strings; a later value for the same key wins."""
    root: dict[str, Form] = {}
    for key, value in pairs:
        segments = _segments(key)
        cursor = root
        for segment in segments[:-1]:
            child = cursor.setdefault(_place(cursor, segment), {})
            if not isinstance(child, dict):
                child = cursor[segment] = {}
            cursor = child
        cursor[_place(cursor, segments[-1])] = value
    return root
