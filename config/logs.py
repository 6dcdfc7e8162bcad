"""Logs: JSON lines on standard error, each with what its context binds: request, job, root, event."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

from config.base import card_numbers

# The link's id stays, its signature opens the payment page.
_PAY_LINK = re.compile(r"(link_[0-9A-Za-z]{22}\.)[\w-]+")


def without_secrets(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Card numbers that a caller put into an address, and pay links, must not stand in a log."""
    for name, value in line.items():
        if isinstance(value, str):
            line[name] = _PAY_LINK.sub(r"\1…", card_numbers.blanked(value))
    return line


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    without_secrets,
]


def configure(*, debug: bool) -> dict[str, Any]:
    """Django's LOGGING; configures structlog to the same lines. Quiet libraries stay quiet, Stripe's bodies too."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processor": structlog.processors.JSONRenderer(),
                "foreign_pre_chain": _SHARED,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django.server": {"level": "WARNING"},
            "django.db.backends": {"level": "INFO"},
            "stripe": {"level": "WARNING"},
            "djstripe": {"level": "WARNING"},
            "celery": {"level": "INFO" if debug else "WARNING"},
        },
    }
