"""How the console shows money, states, times and ids."""

from datetime import UTC, datetime
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.base.console.reader import locale
from config.base.money import Money

__all__ = [
    "EMPTY",
    "Tone",
    "code",
    "copied",
    "label",
    "link",
    "locale",
    "money",
    "money_unless_zero",
    "when",
    "words",
]

EMPTY = "–"
_COPIED = (
    '<span class="cf-copied"><code class="cf-code">{0}</code>'
    '<button type="button" class="cf-copy" data-copy="{0}" aria-label="Copy {0}" title="Copy">'
    '<span class="material-symbols-outlined" aria-hidden="true">content_copy</span></button></span>'
)


class Tone(StrEnum):
    """How a state feels to whoever reads it; the style sheet gives each a colour."""

    GOOD = "good"
    BUSY = "busy"
    WARN = "warn"
    BAD = "bad"
    QUIET = "quiet"


def money(amount: Money) -> SafeString:
    """An amount, for a right-aligned column."""
    return format_html('<span class="cf-money">{}</span>', amount.format(locale()))


def money_unless_zero(amount: Money) -> SafeString:
    return money(amount) if amount.minor else format_html('<span class="cf-money cf-quiet">{}</span>', EMPTY)


def words(state: str) -> str:
    """`requires_payment_method` as people say it."""
    return state.replace("_", " ").capitalize()


def label(text: str, tone: str = Tone.QUIET, *, title: str = "") -> SafeString:
    return format_html('<span class="cf-label cf-label-{}" title="{}">{}</span>', tone, title, text)


def code(text: str) -> SafeString | str:
    """An id or another word for machines, which people copy."""
    return format_html('<code class="cf-code">{}</code>', text) if text else ""


def copied(text: str | None) -> SafeString | str:
    """`code` with a button that copies it; empty without text."""
    return format_html(_COPIED, text) if text else ""


def when(moment: datetime | None) -> SafeString | str:
    """A moment in UTC, exact on hover."""
    if moment is None:
        return ""
    utc = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        utc.isoformat(),
        utc.strftime("%Y-%m-%d %H:%M:%S UTC"),
        date_format(utc, "j M Y, H:i"),
    )


def link(url: str, text: object, *, external: bool = False) -> SafeString:
    if external:
        return format_html('<a class="cf-link" href="{}" target="_blank" rel="noopener noreferrer">{} ↗</a>', url, text)
    return format_html('<a class="cf-link" href="{}">{}</a>', url, text)
