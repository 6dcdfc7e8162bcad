"""Moments on the command line."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime


def since_argument(text: str) -> datetime:
    """An ISO 8601 moment; UTC where it names no zone."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("give a day or a moment, like 2026-01-31 or 2026-01-31T12:00") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
