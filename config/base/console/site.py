"""The console's site: its start page, its security policy, its search."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from csp.constants import UNSAFE_EVAL
from csp.decorators import csp_update
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import urlencode

from config.base import client_address, throttle
from config.base.console import reader

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite as UnfoldAdminSite
else:
    from unfold.sites import UnfoldAdminSite

LOG_INS = throttle.Rate(limit=20, period_seconds=300)
# The theme's Alpine compiles the expressions in its own attributes; nothing inline is allowed beside that.
_ALPINE = {"script-src": UNSAFE_EVAL}
ViewT = TypeVar("ViewT", bound=Callable[..., Any])


class ConsoleSite(UnfoldAdminSite):
    """Staff's site. Only its pages may compile expressions; every other page keeps the strict policy."""

    index_title = "Start"

    def admin_view(self, view: ViewT, cacheable: bool = False) -> ViewT:
        inner = super().admin_view(view, cacheable)

        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            _refuse_nul(request)
            reader.note(request)
            response: HttpResponseBase = inner(request, *args, **kwargs)
            return response

        return cast(ViewT, csp_update(_ALPINE)(page))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Of one app, for its own page; the menu stands in settings, so other pages need not ask every model."""
        found: list[Any] = super().get_app_list(request, app_label) if app_label else []
        return found

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST" and (wait := throttle.hit("log-in", client_address.neighbours(request), LOG_INS)):
            text = f"Too many tries. Wait {wait} seconds."
            return HttpResponse(text, status=429, content_type="text/plain", headers={"Retry-After": str(wait)})
        response = super().login(request, extra_context)
        setattr(response, "_csp_update", _ALPINE)  # noqa: B010 - what `csp_update` sets
        return response

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """One box for all: payments know every id. (The theme's own search keeps answers in the cache.)"""
        return redirect(f"../payments/payment/?{urlencode({'q': request.GET.get('s', '')})}")


def _refuse_nul(request: HttpRequest) -> None:
    """PostgreSQL's text cannot hold the character, so no row has it; forms refuse it by themselves."""
    if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        raise BadRequest("NUL in the address")
