"""Errors as `application/problem+json` (RFC 9457), whoever raised them. Nothing of our insides is in them."""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views import defaults
from rest_framework import exceptions

from config.base.api import errors
from config.base.errors import DomainError, Forbidden, NotFound

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 5
_UNNAMED = "non_field_errors"


def problem_response(exception: Exception, context: dict[str, Any]) -> HttpResponseBase | None:
    """DRF's exception handler; None leaves an unforeseen error to Django, which logs it and asks `server_error`."""
    error = translated(exception)
    return response(error, request_id=request_id(context["request"])) if error else None


def response(error: DomainError, *, request_id: str) -> HttpResponse:
    answer = JsonResponse(body(error, request_id=request_id), status=error.status, content_type=CONTENT_TYPE)
    wait_seconds = getattr(error, "retry_after_seconds", None) or (RETRY_SECONDS if error.status == 503 else None)
    if wait_seconds:
        answer["Retry-After"] = str(wait_seconds)
    for name, value in getattr(error, "headers", {}).items():
        answer[name] = value
    return answer


def body(error: DomainError, *, request_id: str) -> dict[str, Any]:
    """The problem; an error's `members` stand in it beside the usual ones."""
    problem: dict[str, Any] = {
        "type": type_url(error.code),
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id,
        **getattr(error, "members", {}),
    }
    if fields := field_errors(error):
        problem["errors"] = [{"field": e.field, "code": e.code, "detail": e.detail} for e in fields]
    return problem


def type_url(code: str) -> str:
    return f"{settings.SITE_URL}/api/problems/{code}"


def field_errors(error: DomainError) -> list[errors.FieldError]:
    if isinstance(error, errors.ValidationFailed):
        return error.errors
    return [errors.FieldError(error.param, error.code, error.detail)] if error.param else []


def translated(exception: Exception) -> DomainError | None:
    """The member of our family that says the same, or None for what nobody foresaw."""
    if isinstance(exception, DomainError):
        return exception
    if isinstance(exception, exceptions.ValidationError):
        return errors.ValidationFailed(list(flattened(exception.detail)))
    for kind, meaning in _MEANINGS:
        if isinstance(exception, kind):
            return meaning(exception)
    return None


def flattened(detail: Any, path: str = "") -> Iterator[errors.FieldError]:
    """DRF's nested messages as one list, each with its field's path."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == _UNNAMED else str(name)
            yield from flattened(inner, ".".join(filter(None, [path, step])))
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            is_item = isinstance(inner, dict | list) and bool(inner)
            yield from flattened(inner, f"{path}.{position}" if is_item else path)
    else:
        yield errors.FieldError(path, getattr(detail, "code", "invalid"), str(detail))


def request_id(request: Any) -> str:
    """The id that the middleware gave this request."""
    return str(getattr(request, "request_id", ""))


def _method_not_allowed(exception: Exception) -> DomainError:
    return errors.MethodNotAllowed(str(getattr(exception, "detail", exception)))


_MEANINGS: list[tuple[type[Exception], Callable[[Exception], DomainError]]] = [
    (exceptions.MethodNotAllowed, _method_not_allowed),
    (exceptions.NotAcceptable, lambda _: errors.NotAcceptable()),
    (exceptions.UnsupportedMediaType, lambda _: errors.UnsupportedMediaType()),
    (exceptions.ParseError, lambda _: errors.MalformedJson()),
    (exceptions.NotFound, lambda _: NotFound("There is no such object.")),
    (Http404, lambda _: NotFound("There is no such object.")),
    (exceptions.PermissionDenied, lambda _: Forbidden("This is not allowed.")),
    (PermissionDenied, lambda _: Forbidden("This is not allowed.")),
]


# Django's own answers: problems below /api/, pages elsewhere -----------------------------------------------------
def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    return response(errors.BadRequest(), request_id=request_id(request))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not _is_api(request):
        return defaults.permission_denied(request, exception)
    return response(Forbidden("This is not allowed."), request_id=request_id(request))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not _is_api(request):
        return defaults.page_not_found(request, exception)
    return response(errors.UnknownAddress(), request_id=request_id(request))


def server_error(request: HttpRequest) -> HttpResponseBase:
    if not _is_api(request):
        return defaults.server_error(request)
    return response(errors.InternalError(), request_id=request_id(request))
