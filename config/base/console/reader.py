"""In whose way amounts are written: the reader's first language, though the console itself speaks English."""

from contextvars import ContextVar

from babel import Locale, UnknownLocaleError
from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

_locale: ContextVar[str] = ContextVar("console_locale", default="en")


def note(request: HttpRequest) -> None:
    """Every page of the console begins with this, so what an earlier request left does not matter."""
    _locale.set(_first_known(request.headers.get("Accept-Language", "").lower()))


def locale() -> str:
    """As Babel names it, such as `de` or `en_GB`."""
    return _locale.get()


def _first_known(header: str) -> str:
    for tag, _weight in parse_accept_lang_header(header):
        try:
            return str(Locale.parse(tag, sep="-"))
        except (ValueError, UnknownLocaleError):
            continue
    return "en"
