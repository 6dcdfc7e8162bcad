"""What stands behind the `?` of an address: read strictly, each value once."""

from typing import Any, TypeVar

from rest_framework.request import Request

from config.base.api.errors import FieldError, ValidationFailed
from config.base.api.fields import Strict

S = TypeVar("S", bound=Strict)


class Query(Strict):
    """The filters of an address; a filter that nobody reads is refused."""


def read(request: Request, kind: type[S], *, beside: tuple[str, ...] = ()) -> dict[str, Any]:
    """The validated filters; names `beside` are somebody else's (the page's own). Raises ValidationFailed."""
    given = request.query_params
    if twice := [name for name in given if len(given.getlist(name)) > 1]:
        raise ValidationFailed([FieldError(name, "given_twice", "Give this once.") for name in twice])
    query = kind(data={name: value for name, value in given.items() if name not in beside})
    query.is_valid(raise_exception=True)
    values: dict[str, Any] = query.validated_data
    return values
