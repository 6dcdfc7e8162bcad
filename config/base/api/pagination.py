"""Cursor pages, newest first: a row that appears meanwhile moves nothing and hides nothing."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from config.base.api.errors import FieldError, InvalidCursor, ValidationFailed

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 100
PARAMETERS = ("cursor", "limit")

M = TypeVar("M", bound=Model)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: a row's time and key, and whether older or newer rows are wanted."""

    older: bool
    created_at: datetime
    pk: int

    def __str__(self) -> str:
        micros = (self.created_at - _EPOCH) // _MICROSECOND
        place = f"{'o' if self.older else 'n'}.{micros}.{self.pk}"
        return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        try:
            direction, micros, pk = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).split(b".")
            return cls({b"o": True, b"n": False}[direction], _EPOCH + int(micros) * _MICROSECOND, int(pk))
        except (binascii.Error, ValueError, KeyError, OverflowError):
            raise InvalidCursor from None

    def cut(self, rows: QuerySet[M]) -> QuerySet[M]:
        side = "lt" if self.older else "gt"
        same_time = Q(created_at=self.created_at, **{f"pk__{side}": self.pk})
        beyond = Q(**{f"created_at__{side}": self.created_at}) | same_time
        # the first condition lets the index find the place
        return rows.filter(Q(**{f"created_at__{side}e": self.created_at}) & beyond)


def limit(request: Request) -> int:
    """How many rows a page has; raises ValidationFailed."""
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= LARGEST_LIMIT:
        wanted = f"Give a number from 1 to {LARGEST_LIMIT}."
        raise ValidationFailed([FieldError("limit", "out_of_range", wanted)])
    return int(text)


class CursorPages(BasePagination):
    """`{"data": […], "next": url|null, "previous": url|null}` over `created_at` and the key, newest first."""

    def paginate_queryset(  # type: ignore[override]  # only a query set can be cut at a cursor
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:
        self.request = request
        size = limit(request)
        text = request.query_params.get("cursor")
        cursor = Cursor.parse(text) if text is not None else None
        is_older = cursor is None or cursor.older
        ordered = queryset.order_by(*(("-created_at", "-pk") if is_older else ("created_at", "pk")))
        rows = list((cursor.cut(ordered) if cursor else ordered)[: size + 1])
        has_more = len(rows) > size
        rows = rows[:size] if is_older else rows[:size][::-1]
        self.next = self._link(rows[-1:], older=True) if (has_more or not is_older) else None
        self.previous = self._link(rows[:1], older=False) if cursor and (has_more or is_older) else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"data": data, "next": self.next, "previous": self.previous})

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        page = "https://billing.example.com/api/v1/payments?cursor="
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["data", "next", "previous"],
            "properties": {
                "data": schema,
                "next": {**link, "example": f"{page}by4xNzYzNzE3NDAwMDAwMDAwLjQy"},
                "previous": {**link, "example": f"{page}bi4xNzYzNzE3NDAwMDAwMDAwLjYx"},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
        return [
            parameter("cursor", "Follow `next` and `previous` as they are.", {"type": "string"}),
            parameter("limit", "Rows a page.", size),
        ]

    def _link(self, rows: Sequence[Any], *, older: bool) -> str | None:
        if not rows:
            return None
        cursor = Cursor(older, rows[0].created_at, rows[0].pk)
        return replace_query_param(self.request.build_absolute_uri(), "cursor", str(cursor))


def parameter(name: str, description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
