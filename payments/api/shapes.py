"""Fields that several nouns show alike."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field({"type": "string", "nullable": True})
class Word(serializers.Field[str | None, Any, str | None, Any]):
    """Text that may be missing: what is empty here is null outside."""

    def to_representation(self, value: str | None) -> str | None:
        return value or None


class Reference(Word):
    """Another object's id, or null."""

    def __init__(self, source: str, **kwargs: Any) -> None:
        super().__init__(source=f"{source}.public_id", default=None, **kwargs)


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.DateTimeField):
    """ISO 8601 in UTC."""


class Doubtful(serializers.Serializer[Any]):
    """An action asked of Stripe that it has not answered; it settles by itself."""

    action = serializers.CharField()
    since = Moment()
