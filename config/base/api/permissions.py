"""Scopes: `payments:read`, `payments:write`, `payments:*`, `*`. The words are those of the addresses."""

from collections.abc import Collection, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from config.base.api.authentication import api_key
from config.base.api.errors import MissingScope

EVERYTHING = "*"


class HasScope(BasePermission):
    """The key may read, or write, the view's `resource`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        action = "read" if request.method in SAFE_METHODS else "write"
        if not allows(api_key(request).scopes, view.resource, action):
            raise MissingScope(f"This API key needs the scope {view.resource}:{action}.")
        return True


def allows(scopes: Collection[str], resource: str, action: str) -> bool:
    return not {EVERYTHING, f"{resource}:*", f"{resource}:{action}"}.isdisjoint(scopes)


def known_scopes() -> set[str]:
    """Every scope that some address asks for."""
    resources = set(_resources(get_resolver().url_patterns))
    return {EVERYTHING, *(f"{resource}:{action}" for resource in resources for action in ("read", "write", "*"))}


def _resources(patterns: Collection[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _resources(pattern.url_patterns)
        elif resource := getattr(getattr(pattern.callback, "cls", None), "resource", ""):
            yield resource
