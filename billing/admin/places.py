"""Ids in tables as links to the pages of what they name: a query for each kind of thing, not for each id."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import CreditNote, Entry, Invoice
from config.base.console import display
from payments.models import Customer, Payment, Refund

Kinds = Mapping[str, tuple[type[Model], str]]

KINDS: Kinds = {
    "pi": (Payment, "stripe_id"),
    "pay": (Payment, "public_id"),
    "ch": (Payment, "latest_charge_id"),
    "py": (Payment, "latest_charge_id"),
    "re": (Refund, "stripe_id"),
    "pyr": (Refund, "stripe_id"),
    "refund": (Refund, "public_id"),
    "in": (Invoice, "stripe_id"),
    "inv": (Invoice, "public_id"),
    "cn": (CreditNote, "stripe_id"),
    "cus": (Customer, "stripe_id"),
    "entry": (Entry, "public_id"),
}


class Places:
    """The pages of `ids`, found at once."""

    def __init__(self, ids: Iterable[str], kinds: Kinds = KINDS) -> None:
        by_kind: dict[tuple[type[Model], str], set[str]] = defaultdict(set)
        for any_id in filter(None, ids):
            if kind := kinds.get(any_id.partition("_")[0]):
                by_kind[kind].add(any_id)
        self._keys: dict[str, tuple[type[Model], int]] = {}
        for (model, field), wanted in by_kind.items():
            found = model._default_manager.filter(**{f"{field}__in": wanted}).values_list(field, "pk")
            self._keys.update({name: (model, key) for name, key in found})

    def url(self, any_id: str) -> str:
        """The page of what the id names; empty when we keep no such thing."""
        if any_id not in self._keys:
            return ""
        model, key = self._keys[any_id]
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])

    def link(self, any_id: str, text: object = "") -> SafeString | str:
        """The id, or `text`, as a link; the bare id when we keep no such thing."""
        url = self.url(any_id)
        return display.link(url, text or display.code(any_id)) if url else display.code(any_id)

    def brief(self, any_id: str) -> SafeString | str:
        """As a link that says what it is, for narrow columns; the id on hover, or the bare id when it has no page."""
        if any_id not in self._keys:
            return display.code(any_id)
        name = str(self._keys[any_id][0]._meta.verbose_name).capitalize()
        return format_html('<a class="cf-link" href="{}" title="{}">{}</a>', self.url(any_id), any_id, name)
