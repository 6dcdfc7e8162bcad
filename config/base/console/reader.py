"""In whose way amounts are written: the reader's first language, though the console itself speaks English."""

from contextvars import ContextVar

from django.http import HttpRequest

from config.base import languages

_locale: ContextVar[str] = ContextVar("console_locale", default="en")


def note(request: HttpRequest) -> None:
    """Every page of the console begins with this, so what an earlier request left does not matter."""
    _locale.set(languages.locale_of(request))


def locale() -> str:
    """As Babel names it, such as `de` or `en_GB`."""
    return _locale.get()
