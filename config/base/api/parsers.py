"""JSON as strict as money wants it."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from rest_framework.parsers import BaseParser

from config.base.api.errors import MalformedJson, RequestTooLarge

MAX_BODY_BYTES = 128 * 1024


class StrictJson(BaseParser):
    """No NaN, no name twice, UTF-8, at most 128 KiB; numbers with a point stay floats, which no field accepts."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        raw = stream.read(MAX_BODY_BYTES + 1)
        if len(raw) > MAX_BODY_BYTES:
            raise RequestTooLarge(f"Send at most {MAX_BODY_BYTES} bytes.")
        try:
            return json.loads(raw.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise MalformedJson from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name stands twice")
    return values


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
