"""JSON as strict as money wants it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from rest_framework.parsers import BaseParser

from config.base.api.errors import MalformedJson, RequestTooLarge

MAX_BODY_BYTES = 128 * 1024
DEEPEST = 32


class StrictJson(BaseParser):
    """No NaN, no name twice, UTF-8, at most 128 KiB and 32 levels.

    Numbers with a point stay floats, which no field accepts.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        raw = stream.read(MAX_BODY_BYTES + 1)
        if len(raw) > MAX_BODY_BYTES:
            raise RequestTooLarge(f"Send at most {MAX_BODY_BYTES} bytes.")
        try:
            body = json.loads(raw.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise MalformedJson from None
        if _is_too_deep(body):
            raise MalformedJson
        return body


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name stands twice")
    return values


def _is_too_deep(body: Any) -> bool:
    """Level by level: whoever reads the body after us may recurse into it."""
    level = [body]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
