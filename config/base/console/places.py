"""Ids in tables as links to the pages of what they name: a query for each kind of thing, not for each id.

Which prefix names what is a table read through settings (CONSOLE_PLACES), so that a page of an app below leads to what
an app above keeps.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.apps import apps
from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.base.console import display


class Places:
    """The pages of `ids`, found at once."""

    def __init__(self, ids: Iterable[str]) -> None:
        by_place: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for any_id in filter(None, ids):
            if place := settings.CONSOLE_PLACES.get(any_id.partition("_")[0]):
                by_place[place].add(any_id)
        self._found: dict[str, tuple[str, str]] = {}
        for place, wanted in by_place.items():
            self._found.update(_pages(place, wanted))

    def url(self, any_id: str) -> str:
        """The page of what the id names; empty when we keep no such thing."""
        return self._found.get(any_id, ("", ""))[0]

    def link(self, any_id: str, text: object = "") -> SafeString | str:
        """The id, or `text`, as a link; the bare id when we keep no such thing."""
        url = self.url(any_id)
        return display.link(url, text or display.code(any_id)) if url else display.code(any_id)

    def brief(self, any_id: str) -> SafeString | str:
        """As a link that says what it is, for narrow columns; the id on hover, or the bare id when it has no page."""
        if any_id not in self._found:
            return display.code(any_id)
        url, name = self._found[any_id]
        return format_html('<a class="cf-link" href="{}" title="{}">{}</a>', url, any_id, name)


def _pages(place: tuple[str, str, str], wanted: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Of each id its page and what it names. What has no page of its own is shown on that of its `owner`."""
    label, field, owner = place
    model = apps.get_model(label)
    shown = model._meta.get_field(owner).related_model if owner else model
    if shown is None or isinstance(shown, str):
        raise LookupError(f"{label}.{owner} leads to no page")
    name, page = str(model._meta.verbose_name).capitalize(), f"{shown._meta.app_label}_{shown._meta.model_name}"
    rows = model._default_manager.filter(**{f"{field}__in": list(wanted)}).values_list(field, owner or "pk")
    return {any_id: (reverse(f"admin:{page}_change", args=[key]), name) for any_id, key in rows if key}
