"""Every request has an id, in its logs, in its answer, and in all that it asks of Stripe."""

import re
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from config.base.ids import public_id

_ACCEPTABLE = re.compile(r"[A-Za-z0-9_.:-]{8,64}")


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give `request.request_id`: ours, always new, so that a caller cannot take another request's place."""

    def middleware(request: HttpRequest) -> HttpResponse:
        setattr(request, "request_id", public_id("req"))  # noqa: B010
        theirs = request.headers.get("X-Request-Id", "")
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(
            request_id=getattr(request, "request_id"),  # noqa: B009
            **({"caller_request_id": theirs} if _ACCEPTABLE.fullmatch(theirs) else {}),
        )
        response = get_response(request)
        response["Request-Id"] = getattr(request, "request_id")  # noqa: B009
        return response

    return middleware
