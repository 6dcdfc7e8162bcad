"""Filters of lists that are typed, or chosen from a menu where radio buttons would fill the screen."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from config.base.models import LegalEntity

_INPUT = {"class": "cf-input", "autocomplete": "off"}


class TypedFilter(admin.SimpleListFilter):
    """One text field; subclasses narrow the list by `value()`."""

    template = "admin/billing/field_filter.html"
    placeholder: ClassVar[str] = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def has_output(self) -> bool:
        return True

    def value(self) -> str:
        return str(super().value() or "").strip()

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield {"form": _form(self.parameter_name, self.value(), self.field())}

    def field(self) -> forms.Field:
        widget = forms.TextInput(attrs={**_INPUT, "placeholder": self.placeholder})
        return forms.CharField(required=False, label=str(self.title), widget=widget)


class MenuFilter(TypedFilter):
    """A menu: of `lookups`, and all of them, unless a subclass says otherwise."""

    def menu(self) -> list[tuple[str, str]]:
        return [("", "All"), *((str(value), str(text)) for value, text in self.lookup_choices)]

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1

    def field(self) -> forms.Field:
        widget = forms.Select(attrs={"class": "cf-input"})
        return forms.ChoiceField(required=False, label=str(self.title), choices=self.menu(), widget=widget)


class LegalEntityFilter(MenuFilter):
    """Whose books the list shows (see `of_one_entity`); hidden while there is one."""

    title = "legal entity"
    parameter_name = "entity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(entity.pk), str(entity)) for entity in LegalEntity.objects.order_by("pk")]

    def menu(self) -> list[tuple[str, str]]:
        return [(str(value), str(text)) for value, text in self.lookup_choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


def of_one_entity(request: HttpRequest, queryset: QuerySet[Any], *, field: str) -> QuerySet[Any]:
    """Lists of the books begin with the legal entity, as their index does; a search looks in all."""
    if request.GET.get("q"):
        return queryset
    chosen = request.GET.get(LegalEntityFilter.parameter_name, "")
    entities = LegalEntity.objects.order_by("pk")
    found = entities.filter(pk=int(chosen)).first() if chosen.isdecimal() else entities.first()
    return queryset.filter(**{field: found})


def _form(name: str | None, value: str, field: forms.Field) -> forms.Form:
    form = forms.Form({str(name): value})
    form.fields[str(name)] = field
    return form
