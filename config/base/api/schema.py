"""How each operation is described: its own answers, and the problems that every operation may meet."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from config.base.api import errors, idempotency, problems
from config.base.api.authentication import ApiKeyAuthentication
from config.base.errors import DomainError, NotFound

F = TypeVar("F", bound=Callable[..., Any])

EVERYWHERE: tuple[DomainError, ...] = (
    errors.Unauthenticated(),
    errors.MissingScope("This API key needs the scope payments:read."),
    errors.TooManyRequests(7),
    errors.InternalError(),
)
WITH_QUERY: tuple[DomainError, ...] = (
    errors.ValidationFailed([errors.FieldError("limit", "out_of_range", "Give a number from 1 to 100.")]),
)
WITH_BODY: tuple[DomainError, ...] = (
    errors.ValidationFailed([errors.FieldError("colour", "unknown_field", "This field is unknown here.")]),
    errors.CardNumberRefused(),
    errors.MalformedJson(),
    errors.RequestInProgress(),
    errors.UnsupportedMediaType(),
    errors.IdempotencyKeyReused(),
)
MISSING: tuple[DomainError, ...] = (NotFound("There is no such object."),)
_EXAMPLE_REQUEST_ID = "req_2QkYJzTtN1Xb9sVhRwLcE5"
_KEY = OpenApiParameter(
    idempotency.HEADER,
    str,
    OpenApiParameter.HEADER,
    description="At most 255 characters, kept 24 hours: the same key and body get the first answer again.",
    examples=[OpenApiExample("a new UUID", value="0c3f5e0e-6f0c-4c7e-9d0b-3d1a7f6f2b11")],
)


class BearerKey(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class FieldErrorSchema(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="path of the field, such as lines.0.amount")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSchema(serializers.Serializer[Any]):
    """RFC 9457. `code` never changes."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = FieldErrorSchema(many=True, required=False)  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Answer:
    """One way an operation ends well."""

    status: int
    shape: Any
    example: Mapping[str, Any] | str
    meaning: str = ""
    media_type: str = "application/json"


def operation(
    name: str,
    summary: str,
    *,
    about: str = "",
    answers: Iterable[Answer],
    refusals: Iterable[DomainError] = (),
    request: Any = None,
    request_example: Mapping[str, Any] | None = None,
    query: Any = None,
    writes: bool = False,
) -> Callable[[F], F]:
    """Describe one operation, with examples of all that it takes and answers."""
    usual = (*EVERYWHERE, *(WITH_BODY if writes else ()), *(WITH_QUERY if query else ()))
    return extend_schema(
        operation_id=name,
        summary=summary,
        description=about or f"{summary}.",
        request=request,
        responses=_answers(answers) | _refusals((*refusals, *usual)),
        parameters=[*([query] if query and query().fields else []), *([_KEY] if writes else [])],
        examples=_examples(request_example, answers),
    )


def _answers(answers: Iterable[Answer]) -> dict[Any, Any]:
    return {
        (answer.status, answer.media_type): OpenApiResponse(answer.shape, description=answer.meaning)
        for answer in answers
    }


def _examples(request_example: Mapping[str, Any] | None, answers: Iterable[Answer]) -> list[OpenApiExample]:
    asked = [OpenApiExample("request", value=request_example, request_only=True)] if request_example else []
    return asked + [
        OpenApiExample(
            f"answer {answer.status}",
            value=answer.example,
            response_only=True,
            media_type=answer.media_type,
            status_codes=[str(answer.status)],
        )
        for answer in answers
    ]


def _refusals(refusals: Iterable[DomainError]) -> dict[Any, Any]:
    by_status: dict[int, list[DomainError]] = {}
    for refusal in refusals:
        by_status.setdefault(refusal.status, []).append(refusal)
    return {(status, problems.CONTENT_TYPE): _refusal(kinds) for status, kinds in sorted(by_status.items())}


def _refusal(kinds: list[DomainError]) -> OpenApiResponse:
    examples = [
        OpenApiExample(
            f"{kind.status} {kind.code}",
            value=problems.body(kind, request_id=_EXAMPLE_REQUEST_ID),
            response_only=True,
            media_type=problems.CONTENT_TYPE,
            status_codes=[str(kind.status)],
        )
        for kind in kinds
    ]
    return OpenApiResponse(ProblemSchema, description=", ".join(kind.code for kind in kinds), examples=examples)
