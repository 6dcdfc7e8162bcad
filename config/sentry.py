"""Errors that nobody foresaw, told to Sentry where SENTRY_DSN names one: where in the code, and nobody's data."""

from collections.abc import Mapping
from typing import Any

import sentry_sdk
from structlog.contextvars import get_contextvars

# An address may be a payment page's, which whoever has it can pay; bodies, variables and crumbs may name people.
OPTIONS: dict[str, Any] = {"include_local_variables": False, "max_request_body_size": "never", "max_breadcrumbs": 0}


def start(dsn: str) -> None:
    """From now on errors are sent there; without a DSN they are only logged."""
    if dsn:
        sentry_sdk.init(dsn, before_send=told, **OPTIONS)


def told(event: Any, hint: Mapping[str, Any]) -> Any:
    """The event without its request, under the words that were logged, with what the context binds as its tags."""
    line = getattr(hint.get("log_record"), "msg", None)
    words = {"logentry": {"message": line["event"]}, "extra": line} if isinstance(line, dict) else {}
    tags = {**event.get("tags", {}), **get_contextvars()}
    return {**{key: value for key, value in event.items() if key != "request"}, **words, "tags": tags}
