"""dj-stripe's tables, to be read only: its own pages ask Stripe while they render, and show keys.

They stay where dj-stripe put them (`/admin/djstripe/…`), drawn from the rows alone.
"""

from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from config.base.console import display
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Documents, Facts, Page, Payload
from config.base.console.payloads import BLANKED

_SECRET_FIELDS = ("secret",)


class MirrorAdmin(ReadOnlyAdmin[Model]):
    """Any table of dj-stripe's: its newest rows, and a row with Stripe's object one click away."""

    keyset = ("-djstripe_id",)
    list_display = ("name_shown", "created_shown")
    list_display_links = ("name_shown",)
    search_help_text = "Stripe's id"
    search_fields = ("id",)
    shown: ClassVar[list[str]] = []

    def matching(self, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        return queryset.filter(id=term) if self.opts.pk.attname == "djstripe_id" else queryset.none()

    def page(self, request: HttpRequest, row: Model) -> Page:
        data = getattr(row, "stripe_data", None)
        return Page(
            title=_name(row),
            main=[Documents(title="Stripe's object", payloads=[Payload("Show", data)])] if data else [],
            side=[Facts(title="Row", rows=[(name, _value(row, name)) for name in self.shown])],
        )

    @admin.display(description="Object")
    def name_shown(self, row: Model) -> str:
        return _name(row)

    @admin.display(description="Created (UTC)")
    def created_shown(self, row: Model) -> object:
        return display.when(getattr(row, "created", None)) or display.EMPTY


def _name(row: Model) -> str:
    return str(getattr(row, "id", "") or row.pk)


def _value(row: Model, name: str) -> object:
    value = getattr(row, name)
    return BLANKED if name in _SECRET_FIELDS and value else _text(value)


def _text(value: object) -> object:
    return display.when(value) if hasattr(value, "astimezone") else str(value if value is not None else "")  # type: ignore[arg-type]


def _columns(model: type[Model]) -> list[str]:
    """The row's own columns; foreign keys as the ids that they hold, so that nothing else is read."""
    return [field.attname for field in model._meta.concrete_fields if field.name != "stripe_data"]


def _register(model: type[Model]) -> None:
    pk = model._meta.pk.attname
    facts: dict[str, Any] = {"shown": _columns(model), "keyset": (f"-{pk}",)}
    admin.site.unregister(model)
    admin.site.register(model, type(f"{model.__name__}MirrorAdmin", (MirrorAdmin,), facts))


for _model in apps.get_app_config("djstripe").get_models():
    if admin.site.is_registered(_model):
        _register(_model)
